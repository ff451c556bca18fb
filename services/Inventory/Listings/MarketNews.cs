using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Brings listings and watchers up to date when a pool's book has changed, in the transaction of the change. The caller
/// holds the pools' rows and has written everything else: the counter of changes is the last lock.
/// </summary>
internal static class MarketNews
{
    /// <summary>
    /// Tells that the books of pools have changed; pools without a listing on the market are nobody's news.
    /// </summary>
    public static async Task PoolsChangedAsync(Transaction transaction, IReadOnlyCollection<Pool> pools)
    {
        var listings = await ListingRows.ListOnMarketAsync(transaction, [.. pools.Select(pool => pool.PoolId)]);
        var changes = new List<(ChangeKind, Guid)>();
        foreach (var pool in pools.OrderBy(pool => pool.PoolId))
        {
            var ofPool = listings.Where(listing => listing.PoolId == pool.PoolId).ToList();
            if (ofPool.Count == 0) continue;
            changes.Add((ChangeKind.Pool, pool.PoolId));
            foreach (var listing in ofPool)
            {
                var now = await OnMarketAsync(transaction, pool, listing);
                if (now.State == listing.State) continue;
                await ListingRows.UpdateAsync(transaction, now);
                changes.Add((ChangeKind.Listing, listing.ListingId));
            }
        }
        if (changes.Count > 0) await ChangeRows.AppendAsync(transaction, changes);
    }

    /// <summary>
    /// The listing as PUBLISHED or EXHAUSTED, whichever its pool's book makes it; others stay as they are.
    /// </summary>
    public static async Task<Listing> OnMarketAsync(Transaction transaction, Pool pool, Listing listing)
    {
        if (listing.State is not (ListingState.Published or ListingState.Exhausted)) return listing;
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        var today = pool.Today(transaction.Now);
        var window = WindowOf(offer);
        var days = new DateRange(today > window.Start ? today : window.Start, window.End);
        var available = days.IsEmpty ? [] : await AvailableAsync(transaction, pool, offer, days);
        var state = ListingRules.OnMarket(days, available, offer.MinimumLotKw, offer.MinimumTermMonths);
        return state == listing.State
            ? listing
            : listing with
            {
                StateName = state.ToString(),
                Version = listing.Version + 1,
                UpdateTime = transaction.Now,
            };
    }

    /// <summary>On each day the lesser of what the listing offers and what its pool has free.</summary>
    public static async Task<int[]> AvailableAsync(
        Transaction transaction, Pool pool, V1.ListingOffer offer, DateRange days)
    {
        var free = (await PoolMonthRows.ReadAsync(transaction, [pool], days)).Single().Over(days);
        var offered = OfferedOver(offer, days);
        for (var day = 0; day < free.Length; day++) free[day] = Math.Min(free[day], offered[day]);
        return free;
    }

    /// <summary>What is offered on each day; nothing outside the window.</summary>
    public static int[] OfferedOver(V1.ListingOffer offer, DateRange days)
    {
        var kw = new int[days.Days];
        var inWindow = WindowOf(offer).Intersect(days);
        if (inWindow.IsEmpty) return kw;
        var curve = new PowerCurve(
            [.. offer.OfferedSteps.Select(step => new PowerStep(step.StartDate.ToDateOnly(), step.PowerKw))]);
        curve.Over(inWindow).CopyTo(kw.AsSpan(inWindow.Start.DayNumber - days.Start.DayNumber));
        return kw;
    }

    public static DateRange WindowOf(V1.ListingOffer offer) =>
        new(offer.StartDate.ToDateOnly(), offer.EndDate.ToDateOnly());
}
