using Marketplace.Leasing.Termination;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Workers;

/// <summary>
/// Gives back the capacity that was taken back for a notice that was not withdrawn after all, for instance because this
/// service crashed between.
/// </summary>
internal sealed partial class RestorationSweep(NoticeWithdrawal withdrawal, ILogger<RestorationSweep> logger)
    : RepeatedWorker(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(250), logger)
{
    private const int SweepMax = 32;

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        foreach (var restoration in await withdrawal.TakeLeftOverAsync(SweepMax, cancellationToken))
            await TryAsync(restoration, cancellationToken);
    }

    // One lease that cannot be settled does not hold up the others.
    private async Task TryAsync(Restoration restoration, CancellationToken cancellationToken)
    {
        try
        {
            await withdrawal.SettleAsync(restoration, cancellationToken);
            LogSettled(logger, restoration.LeaseId);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
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
}
