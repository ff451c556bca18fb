using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Proves again and again that no kW is sold twice: from the reservations alone, and by rebuilding every book. What it
/// finds, two guards have missed, and somebody has to know.
/// </summary>
internal sealed partial class CapacityAuditor(Database database, ILogger<CapacityAuditor> logger)
    : RepeatedWorker(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1), logger)
{
    private const int PageSize = 100;

    /// <summary>Looks at every pool once.</summary>
    /// <returns>How many intervals of days are wrong.</returns>
    public async Task<int> AuditAsync(CancellationToken cancellationToken)
    {
        var found = new List<Shortfall>();
        await using (var transaction = await database.BeginSnapshotAsync(cancellationToken))
            found.AddRange(await CapacitySweep.FindOversoldAsync(transaction, null, null));
        foreach (var oversold in found)
            LogOversold(logger, oversold.PoolId, oversold.Days, oversold.WantedKw, oversold.FreeKw);
        Guid? after = null;
        while (true)
        {
            // A snapshot for each page: none stays open for long.
            await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
            var pools = await PoolRows.ListAsync(transaction, null, null, after, PageSize);
            foreach (var pool in pools)
            {
                foreach (var misbooked in await CapacityAudit.FindMisbookedAsync(transaction, pool))
                {
                    LogMisbooked(logger, pool.PoolId, misbooked.FreeKw, misbooked.Days, misbooked.WantedKw);
                    found.Add(misbooked);
                }
            }
            if (pools.Count < PageSize) return found.Count;
            after = pools[^1].PoolId;
        }
    }

    protected override Task WorkAsync(CancellationToken cancellationToken) => AuditAsync(cancellationToken);

    [LoggerMessage(EventId = 1, EventName = "capacity.oversold", Level = LogLevel.Critical,
        Message = "Pool {PoolId} is oversold on {Days}: {ReservedKw} kW are reserved of {AvailableKw} kW")]
    private static partial void LogOversold(
        ILogger logger, Guid poolId, DateRange days, int reservedKw, int availableKw);

    [LoggerMessage(EventId = 2, EventName = "capacity.misbooked", Level = LogLevel.Critical,
        Message = "The book of pool {PoolId} has {BookedKw} kW free on {Days}, and its reservations leave {FreeKw} kW")]
    private static partial void LogMisbooked(ILogger logger, Guid poolId, int bookedKw, DateRange days, int freeKw);
}
