using Marketplace.ServiceDefaults;

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
        if (fields.HasErrors || offer.ContingentLeaseId.Length == 0) return;
        if (await FindAsync(transaction, offer, pool) is not { } reservation)
            fields.Wrong("offer.contingent_lease_id", "NOT_ON_POOL",
                $"Names no lease on pool {pool.PoolId}; name one that holds it, or none.");
        else if (Reaches(reservation.EndDate, offer))
            fields.Wrong("offer.start_date", "BEFORE_LEASE_END",
                $"The lease holds its power until {reservation.EndDate:O}; begin then or later.");
    }

    /// <summary>
    /// The day until which the lease that the offer is contingent on holds its window; null: it does not.
    /// </summary>
    public static async Task<DateOnly?> HeldUntilAsync(Transaction transaction, V1.ListingOffer offer, Pool pool) =>
        await FindAsync(transaction, offer, pool) is { } reservation && Reaches(reservation.EndDate, offer)
            ? reservation.EndDate
            : null;

    /// <summary>Whether the lease that an offer is contingent on no longer ends in time.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="endOf">When a lease ends whose end may have moved; null: it has not.</param>
    public static bool IsHeld(V1.ListingOffer offer, Func<Guid, DateOnly?> endOf) =>
        offer.ContingentLeaseId.Length > 0
        && endOf(Guid.Parse(offer.ContingentLeaseId)) is { } end
        && Reaches(end, offer);

    private static bool Reaches(DateOnly leaseEnd, V1.ListingOffer offer) =>
        leaseEnd > offer.StartDate.ToDateOnly();

    private static async Task<Reservation?> FindAsync(Transaction transaction, V1.ListingOffer offer, Pool pool) =>
        offer.ContingentLeaseId.Length > 0
            ? (await ReservationRows.ReadByLeasesAsync(transaction, [Guid.Parse(offer.ContingentLeaseId)]))
                .SingleOrDefault(reservation => reservation.ProviderOrganisationId == pool.OrganisationId
                    && reservation.PoolIds.Contains(pool.PoolId))
            : null;
}
