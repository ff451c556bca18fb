using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// Brings listings and watchers up to date when a pool's book has changed, in the transaction of the change.
/// </summary>
internal static class MarketNews
{
    /// <summary>
    /// Tells that the book of a pool has changed; a pool without a listing on the market is nobody's news.
    /// </summary>
    /// <param name="transaction">The transaction, which holds the pool's shard.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="free">What is free of it on all days of its calendar.</param>
    public static async Task PoolChangedAsync(Transaction transaction, Pool pool, PoolDays free)
    {
        var listings = await ListingRows.ListOnMarketAsync(transaction, [pool.PoolId]);
        if (listings.Count == 0) return;
        var moved = Moved(pool, free, listings, _ => null, transaction.Now).ToList();
        foreach (var listing in moved) await ListingRows.UpdateAsync(transaction, listing);
        await ChangeRows.AppendAsync(transaction,
        [
            (ChangeKind.Pool, pool.PoolId), .. moved.Select(listing => (ChangeKind.Listing, listing.ListingId)),
        ]);
    }

    /// <summary>
    /// The listings that what is free of their pool exhausts or brings back, or that a lease takes off the market.
    /// </summary>
    /// <param name="pool">The pool.</param>
    /// <param name="free">What is free of it on all days of its calendar.</param>
    /// <param name="listings">Its listings that are on the market.</param>
    /// <param name="endOf">When a lease ends whose end may have moved; null: it has not.</param>
    /// <param name="now">What the market clock says.</param>
    public static IEnumerable<Listing> Moved(
        Pool pool, PoolDays free, IReadOnlyList<Listing> listings, Func<Guid, DateOnly?> endOf, Instant now)
    {
        foreach (var listing in listings.Where(listing => ListingRules.CanSuspend(listing.State)))
        {
            var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
            var state = ListingContingency.IsHeld(offer, endOf)
                ? ListingState.Suspended
                : StateOf(pool, free, offer, now);
            if (state != listing.State) yield return listing.MovedTo(state, now);
        }
    }

    /// <summary>PUBLISHED or EXHAUSTED, whichever its pool's book makes an offer on the market.</summary>
    public static ListingState StateOf(Pool pool, PoolDays free, V1.ListingOffer offer, Instant now)
    {
        var today = pool.Today(now);
        var window = WindowOf(offer);
        var days = new DateRange(today > window.Start ? today : window.Start, window.End);
        var available = days.IsEmpty ? [] : AvailableOver(offer, free, days);
        return ListingRules.OnMarket(days, available, offer.MinimumLotKw, offer.MinimumTermMonths);
    }

    /// <summary>On each day the lesser of what the listing offers and what its pool has free.</summary>
    public static int[] AvailableOver(V1.ListingOffer offer, PoolDays free, DateRange days)
    {
        var available = free.Over(days);
        var offered = OfferedOver(offer, days);
        for (var day = 0; day < available.Length; day++) available[day] = Math.Min(available[day], offered[day]);
        return available;
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
