using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// Sees to it that a reservation ends where an event of its lease says. Leasing has taken capacity back before it says
/// that an end has moved back; where it is cut all the same, it is taken again, and an event for which it is no longer
/// free is parked instead of being forgotten.
/// </summary>
/// <param name="leaseId">The lease.</param>
/// <param name="endDate">The lease's end.</param>
/// <param name="leaseVersion">The version of the event: calls of Leasing run ahead of it.</param>
/// <param name="movesBack">Whether the end may have moved back; else the lease ends earlier.</param>
internal sealed class FollowLeaseEnd(Guid leaseId, DateOnly endDate, long leaseVersion, bool movesBack)
    : ExistingReservationChange(leaseId, request: null)
{
    protected override ReservationChange Decide(Reservation existing, Instant now)
    {
        if (leaseVersion <= existing.LeaseVersion || (movesBack && existing.IsGivenBack))
            return ReservationChange.None(existing);
        // It still reaches further when an event before it was skipped as one that a call took account of.
        return (movesBack && endDate >= existing.EndDate
            ? existing.Restore(endDate, now)
            : existing.Truncate(endDate, now)).Of(leaseVersion);
    }
}
