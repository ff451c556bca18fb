using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// Rebuilds the book of a pool from its curves and reservations, one by one, and compares it with the book that
/// decisions go by.
/// </summary>
internal static class CapacityAudit
{
    private const int PageSize = 1_000;

    /// <summary>
    /// The intervals of days on which the book says something else: there the wanted power is what the curves and
    /// reservations leave, and the free power what the book says.
    /// </summary>
    /// <param name="transaction">A snapshot, so that all of it is of one instant.</param>
    /// <param name="pool">The pool.</param>
    public static async Task<IReadOnlyList<Shortfall>> FindMisbookedAsync(Transaction transaction, Pool pool)
    {
        var rebuilt = await RebuildAsync(transaction, pool);
        var book = (await PoolMonthRows.ReadAsync(transaction, [pool])).Single();
        var differences = new int[rebuilt.FreeKw.Length];
        for (var day = 0; day < differences.Length; day++) differences[day] = rebuilt.FreeKw[day] - book.FreeKw[day];
        return
        [
            .. DaysOfPower.Runs(rebuilt.Days.Start, differences).Where(run => run.Kw != 0).Select(run => new Shortfall(
                pool.PoolId, "", run.Days, rebuilt.Over(run.Days)[0], book.Over(run.Days)[0])),
        ];
    }

    /// <summary>What the curves and reservations of a pool leave free.</summary>
    public static async Task<PoolDays> RebuildAsync(Transaction transaction, Pool pool)
    {
        var (capacity, floor) = (pool.Capacity.Over(pool.Calendar), pool.Floor.Over(pool.Calendar));
        for (var day = 0; day < capacity.Length; day++) capacity[day] -= floor[day];
        var free = new PoolDays(pool.PoolId, pool.Calendar, capacity);
        Guid? after = null;
        while (true)
        {
            var page = await ReservationRows.ListAsync(
                transaction, pool.OrganisationId, pool.PoolId, null, null, after, PageSize);
            foreach (var step in page.SelectMany(reservation => reservation.HeldWithMargins))
            {
                if (step.PoolId == pool.PoolId) free.Add(step.Days, -step.Kw);
            }
            if (page.Count < PageSize) return free;
            after = page[^1].ReservationId;
        }
    }
}
