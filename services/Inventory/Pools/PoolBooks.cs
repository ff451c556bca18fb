using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Writes what a decision leaves free. The caller holds the pools' rows.</summary>
internal static class PoolBooks
{
    public static async Task SaveAsync(
        Transaction transaction,
        IReadOnlyList<Pool> pools,
        IReadOnlyCollection<PoolDays> before,
        IReadOnlyCollection<PoolDays> after)
    {
        await PoolMonthRows.ApplyAsync(transaction, before, after);
        await PoolRows.RaiseVersionsAsync(transaction, [.. pools.Select(pool => pool.PoolId)]);
        await MarketNews.PoolsChangedAsync(transaction, pools);
    }
}
