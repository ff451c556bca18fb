using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// How a service stops: from SIGTERM on it says that it is not serving and ends its open streams; for the drain delay
/// it still answers, because those who send it calls need a moment to hear of it; then it takes no more connections,
/// calls under way end, workers stop, and what is left in the outbox goes out.
/// </summary>
internal sealed class Drain(ServiceOptions options) : IHostedLifecycleService
{
    /// <summary>How long calls under way, workers and the outbox may take together to end.</summary>
    public static readonly TimeSpan EndDurationMax = TimeSpan.FromSeconds(35);

    // Who has no time to wait cancels it, and the service stops at once.
    public async Task StoppingAsync(CancellationToken cancellationToken) =>
        await Task.Delay(options.DrainDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
