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
                foreach (var negotiationId in await reserving.TakeUnansweredAsync(SweepMax, stoppingToken))
                    await TryAsync(negotiationId, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(logger, exception);
            }
            await Task.Delay(Poll, stoppingToken);
        }
    }

    // One negotiation that cannot be finished does not hold up the others.
    private async Task TryAsync(Guid negotiationId, CancellationToken stoppingToken)
    {
        try
        {
            await reserving.FinishAsync(negotiationId, stoppingToken);
            LogFinished(logger, negotiationId);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnanswered(logger, negotiationId, exception.Message);
        }
    }

    [LoggerMessage(EventId = 1, EventName = "reservation_sweep.finished", Level = LogLevel.Information,
        Message = "Negotiation {NegotiationId} is led on from RESERVING")]
    private static partial void LogFinished(ILogger logger, Guid negotiationId);

    [LoggerMessage(EventId = 2, EventName = "reservation_sweep.unanswered", Level = LogLevel.Warning,
        Message = "Inventory has not answered for negotiation {NegotiationId}: {Reason}")]
    private static partial void LogUnanswered(ILogger logger, Guid negotiationId, string reason);

    [LoggerMessage(EventId = 3, EventName = "reservation_sweep.interrupted", Level = LogLevel.Warning,
        Message = "The sweep is interrupted and goes on")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
