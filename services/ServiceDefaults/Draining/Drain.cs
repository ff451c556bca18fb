using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// How a service stops: from SIGTERM on it says that it is not serving and ends its open streams; for the drain delay
/// it still answers, because those who send it calls need a moment to hear of it; then it takes no more connections,
/// calls under way end, workers stop, and what is left in the outbox goes out.
/// </summary>
internal sealed class Drain(ServiceOptions options, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private static readonly TimeSpan StreamsEndMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StreamsPoll = TimeSpan.FromMilliseconds(5);

    // The server closes a connection on which the end of a stream may still have to be written.
    private static readonly TimeSpan StreamsFlush = TimeSpan.FromMilliseconds(100);

    /// <summary>How long calls under way, workers and the outbox may take together to end.</summary>
    public static readonly TimeSpan EndDurationMax = TimeSpan.FromSeconds(35);

    // Who has no time to wait cancels it, and the service stops at once.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Whoever stops the host itself has not said so yet.
        lifetime.StopApplication();
        await Task.WhenAll(WaitAsync(options.DrainDelay, cancellationToken), EndStreamsAsync(cancellationToken));
    }

    private async Task EndStreamsAsync(CancellationToken cancellationToken)
    {
        if (OpenStreams.Count(lifetime) == 0) return;
        var polls = StreamsEndMax / StreamsPoll;
        for (var poll = 0; OpenStreams.Count(lifetime) > 0 && poll < polls; poll++)
            await WaitAsync(StreamsPoll, cancellationToken);
        await WaitAsync(StreamsFlush, cancellationToken);
    }

    private static async Task WaitAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        await Task.Delay(duration, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
