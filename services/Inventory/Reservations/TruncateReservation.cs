using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Cuts a reservation at a date; at or after its end there is nothing to cut.</summary>
internal sealed class TruncateReservation(Guid leaseId, RequestKey request, DateOnly endDate, long leaseVersion)
    : ExistingReservationChange(leaseId, request)
{
    // What is known of a later version of the lease is never undone.
    protected override ReservationChange Decide(Reservation existing, Instant now) =>
        leaseVersion < existing.LeaseVersion
            ? ReservationChange.None(existing)
            : existing.Truncate(endDate, now).Of(leaseVersion);
}
