using Grpc.Core;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// Publishes, suspends, withdraws and expires listings. The pool's shard is held before the listing is read.
/// </summary>
internal static class ListingLifecycle
{
    public static async Task<Listing> PublishAsync(Transaction transaction, Guid listingId, Guid organisationId)
    {
        var (pool, listing) = await LockAsync(transaction, listingId, organisationId);
        if (!ListingRules.CanPublish(listing.State, listing.ExpireTime, transaction.Now))
        {
            throw Refused("LISTING_NOT_PUBLISHABLE",
                "A listing is published from DRAFT or SUSPENDED and before it expires.", listing);
        }
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        CheckOffered(transaction, pool, offer);
        if (await ListingContingency.HeldUntilAsync(transaction, offer, pool) is { } heldUntil)
        {
            throw RpcErrors.FailedPrecondition("LEASE_HOLDS_WINDOW",
                $"The lease that the listing is contingent on holds its power until {heldUntil:O}, beyond the window's "
                + $"first day; withdraw the listing and offer what is free from then on.",
                ("lease_id", offer.ContingentLeaseId), ("end_date", $"{heldUntil:O}"));
        }
        var free = (await PoolMonthRows.ReadAsync(transaction, [pool])).Single();
        var state = MarketNews.StateOf(pool, free, offer, transaction.Now);
        var published = listing.MovedTo(state, transaction.Now) with
        {
            PublishTime = listing.PublishTime ?? transaction.Now,
        };
        await ListingRows.UpdateAsync(transaction, published);
        await transaction.ScheduleAsync(
            ListingExpiry.WorkKind, listingId.ToString(), listing.ExpireTime, listingId.ToString());
        // The pool is told with the listing: watchers may not have seen it before.
        await ChangeRows.AppendAsync(transaction, [(ChangeKind.Listing, listingId), (ChangeKind.Pool, pool.PoolId)]);
        return published;
    }

    public static async Task<Listing> SuspendAsync(Transaction transaction, Guid listingId, Guid organisationId)
    {
        var (_, listing) = await LockAsync(transaction, listingId, organisationId);
        return ListingRules.CanSuspend(listing.State)
            ? await SaveAsync(transaction, listing.MovedTo(ListingState.Suspended, transaction.Now))
            : throw Refused(
                "LISTING_NOT_PUBLISHED", "Only a listing that is PUBLISHED or EXHAUSTED can be suspended.", listing);
    }

    public static async Task<Listing> WithdrawAsync(Transaction transaction, Guid listingId, Guid organisationId)
    {
        var (_, listing) = await LockAsync(transaction, listingId, organisationId);
        return ListingRules.CanWithdraw(listing.State)
            ? await SaveAsync(transaction, listing.MovedTo(ListingState.Withdrawn, transaction.Now))
            : throw Refused("LISTING_CLOSED", "The listing's time is over.", listing);
    }

    public static async Task ExpireAsync(Transaction transaction, Guid listingId)
    {
        var (_, listing) = await LockAsync(transaction, listingId, organisationId: null);
        if (ListingRules.CanExpire(listing.State, listing.ExpireTime, transaction.Now))
            await SaveAsync(transaction, listing.MovedTo(ListingState.Expired, transaction.Now));
    }

    /// <summary>A listing of an organisation, or of any if none is named, whose pool's shard is held.</summary>
    public static async Task<(Pool Pool, Listing Listing)> LockAsync(
        Transaction transaction, Guid listingId, Guid? organisationId)
    {
        if (await ListingRows.FindAsync(transaction, listingId) is { } found
            && (organisationId is null || found.OrganisationId == organisationId))
        {
            var pool = await PoolRows.LockAsync(transaction, found.PoolId);
            return (pool!, (await ListingRows.FindAsync(transaction, listingId))!);
        }
        throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", listingId.ToString());
    }

    /// <summary>When an offer expires: when it says, or at the end of its window.</summary>
    public static Instant ExpireTimeOf(V1.ListingOffer offer, string timeZone) =>
        offer.ExpireTime?.ToInstant() ?? SiteCalendar.StartOf(timeZone, offer.EndDate.ToDateOnly());

    public static RpcException Refused(string reason, string message, Listing listing) =>
        RpcErrors.FailedPrecondition(reason, $"The listing is {listing.StateName.ToUpperInvariant()}. {message}",
            ("listing_id", listing.ListingId.ToString()), ("state", listing.StateName.ToUpperInvariant()));

    private static void CheckOffered(Transaction transaction, Pool pool, V1.ListingOffer offer)
    {
        var (window, today) = (MarketNews.WindowOf(offer), pool.Today(transaction.Now));
        var days = window.Intersect(new(today, DateOnly.MaxValue));
        if (days.IsEmpty) return;
        var (capacity, floor) = (pool.Capacity.Over(days), pool.Floor.Over(days));
        for (var day = 0; day < capacity.Length; day++) capacity[day] -= floor[day];
        var shortfalls =
            Shortfall.Find(pool.PoolId, "", days.Start, MarketNews.OfferedOver(offer, days), capacity).ToList();
        if (shortfalls.Count > 0) throw CapacityErrors.Short(shortfalls);
    }

    private static async Task<Listing> SaveAsync(Transaction transaction, Listing listing)
    {
        await ListingRows.UpdateAsync(transaction, listing);
        // A draft that is withdrawn was never told, and is not now.
        if (listing.PublishTime is not null)
            await ChangeRows.AppendAsync(transaction, [(ChangeKind.Listing, listing.ListingId)]);
        return listing;
    }
}
