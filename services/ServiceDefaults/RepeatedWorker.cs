using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// A worker that does the same again and again until the service stops. What interrupts it, such as a database or
/// another service that is away, is logged, and it begins again after a pause.
/// </summary>
/// <param name="interval">How long it pauses when it has done its work.</param>
/// <param name="retry">How long it pauses when it was interrupted.</param>
/// <param name="logger">Hears of interruptions.</param>
public abstract partial class RepeatedWorker(TimeSpan interval, TimeSpan retry, ILogger logger) : BackgroundService
{
    /// <summary>Does the work once.</summary>
    protected abstract Task WorkAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = interval;
            try
            {
                await WorkAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogInterrupted(logger, exception, GetType().Name);
                pause = retry;
            }
            await Task.Delay(pause, stoppingToken);
        }
    }

    [LoggerMessage(EventId = 1000, EventName = "worker.interrupted", Level = LogLevel.Warning,
        Message = "{Worker} is interrupted and begins again")]
    private static partial void LogInterrupted(ILogger logger, Exception exception, string worker);
}
