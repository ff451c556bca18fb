using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// An offer may be contingent on the end of a lease, as it stands: on a notice that both parties may still withdraw, or
/// on a term that they may still extend. While the lease ends by the first day of the window, it is an offer like any
/// other; when it no longer does, the listing is suspended.
/// </summary>
internal static class ListingContingency
{
    /// <summary>Reports a lease that the offer cannot be contingent on.</summary>
    public static async Task CheckAsync(Fields fields, Transaction transaction, V1.ListingOffer offer, Pool pool)
    {
        if (fields.HasErrors || LeaseOf(offer) is null) return;
        if (await FindAsync(transaction, offer, pool) is not { } reservation)
            fields.Wrong("offer.contingent_lease_id", "NOT_ON_POOL",
                $"Names no lease on pool {pool.PoolId}; name one that holds it, or none.");
        else if (reservation.EndDate > offer.StartDate.ToDateOnly())
            fields.Wrong("offer.start_date", "BEFORE_LEASE_END",
                $"The lease holds its power until {reservation.EndDate:O}; begin then or later.");
    }

    /// <summary>
    /// The day until which the lease that the offer is contingent on holds its window; null: it does not.
    /// </summary>
    public static async Task<DateOnly?> HeldUntilAsync(Transaction transaction, V1.ListingOffer offer, Pool pool) =>
        await FindAsync(transaction, offer, pool) is { } reservation
            && reservation.EndDate > offer.StartDate.ToDateOnly()
            ? reservation.EndDate
            : null;

    /// <summary>The listing, suspended if the lease that it is contingent on no longer ends in time.</summary>
    /// <param name="listing">The listing, which is on the market.</param>
    /// <param name="endOf">When a lease ends whose end may have moved; null: it has not.</param>
    /// <param name="now">What the market clock says.</param>
    public static Listing Follow(Listing listing, Func<Guid, DateOnly?> endOf, Instant now)
    {
        if (!ListingRules.CanSuspend(listing.State)) return listing;
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        return LeaseOf(offer) is { } leaseId && endOf(leaseId) > offer.StartDate.ToDateOnly()
            ? listing with
            {
                StateName = nameof(ListingState.Suspended),
                Version = listing.Version + 1,
                UpdateTime = now,
            }
            : listing;
    }

    private static Guid? LeaseOf(V1.ListingOffer offer) =>
        offer.ContingentLeaseId.Length > 0 ? Guid.Parse(offer.ContingentLeaseId) : null;

    private static async Task<Reservation?> FindAsync(Transaction transaction, V1.ListingOffer offer, Pool pool) =>
        LeaseOf(offer) is { } leaseId
            ? (await ReservationRows.ReadByLeasesAsync(transaction, [leaseId])).SingleOrDefault(reservation =>
                reservation.ProviderOrganisationId == pool.OrganisationId && reservation.PoolIds.Contains(pool.PoolId))
            : null;
}
