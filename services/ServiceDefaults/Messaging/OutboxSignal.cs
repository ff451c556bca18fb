namespace Marketplace.ServiceDefaults;

/// <summary>
/// Wakes the relay when this process has committed events; those of other replicas it finds by looking.
/// </summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim committed = new(0);

    /// <inheritdoc/>
    public void Dispose() => committed.Dispose();

    internal void Raise()
    {
        // Once is enough however many there are; a race raises it twice, which costs one look.
        if (committed.CurrentCount == 0) committed.Release();
    }

    /// <summary>Waits until events are committed, or a while.</summary>
    /// <returns>Whether events were committed.</returns>
    internal Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        committed.WaitAsync(timeout, cancellationToken);
}
