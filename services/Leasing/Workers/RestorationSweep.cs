using Marketplace.Leasing.Termination;

namespace Marketplace.Leasing.Workers;

/// <summary>
/// Gives back the capacity that was taken back for a notice that was not withdrawn after all, for instance because this
/// service crashed between.
/// </summary>
internal sealed partial class RestorationSweep(NoticeWithdrawal withdrawal, ILogger<RestorationSweep> logger)
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
                foreach (var restoration in await withdrawal.TakeLeftOverAsync(SweepMax, stoppingToken))
                    await TryAsync(restoration, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(logger, exception);
            }
            await Task.Delay(Poll, stoppingToken);
        }
    }

    // One lease that cannot be settled does not hold up the others.
    private async Task TryAsync(Restoration restoration, CancellationToken stoppingToken)
    {
        try
        {
            await withdrawal.SettleAsync(restoration, stoppingToken);
            LogSettled(logger, restoration.LeaseId);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnsettled(logger, exception, restoration.LeaseId);
        }
    }

    [LoggerMessage(EventId = 1, EventName = "restoration_sweep.settled", Level = LogLevel.Information,
        Message = "Inventory holds for lease {LeaseId} what the lease says")]
    private static partial void LogSettled(ILogger logger, Guid leaseId);

    [LoggerMessage(EventId = 2, EventName = "restoration_sweep.unsettled", Level = LogLevel.Warning,
        Message = "Capacity of lease {LeaseId} could not be given back and is tried again")]
    private static partial void LogUnsettled(ILogger logger, Exception exception, Guid leaseId);

    [LoggerMessage(EventId = 3, EventName = "restoration_sweep.interrupted", Level = LogLevel.Warning,
        Message = "The sweep is interrupted and goes on")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
