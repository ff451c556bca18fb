using Marketplace.Leasing.Negotiations;

namespace Marketplace.Leasing.Workers;

/// <summary>
/// Asks Inventory again for what was asked and not answered, for instance because this service crashed between.
/// </summary>
internal sealed partial class ReservationSweep(Reserving reserving, ILogger<ReservationSweep> logger)
    : BackgroundService
{
    private const int SweepMax = 32;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // All at once: each waits for its turn to ask, and none holds up another.
                var taken = await reserving.TakeUnansweredAsync(SweepMax, stoppingToken);
                await Task.WhenAll(taken.Select(item => reserving.FinishAsync(item.NegotiationId, item.Claim)));
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(logger, exception);
            }
            await Task.Delay(Poll, stoppingToken);
        }
    }

    [LoggerMessage(EventId = 1, EventName = "reservation_sweep.interrupted", Level = LogLevel.Warning,
        Message = "The sweep is interrupted and goes on")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
