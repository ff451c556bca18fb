using System.Runtime.InteropServices;

namespace Marketplace.Cli;

/// <summary>Turns Ctrl-C and SIGTERM into a cancellation, for as long as it lives.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public Interrupt()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            registrations.Add(PosixSignalRegistration.Create(signal, Cancel));
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void Cancel(PosixSignalContext context)
    {
        // The second one ends the process as it always does.
        if (source.IsCancellationRequested) return;
        context.Cancel = true;
        source.Cancel();
    }
}
