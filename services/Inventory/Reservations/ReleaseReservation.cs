using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Gives a whole reservation back.</summary>
internal sealed class ReleaseReservation(Guid leaseId, RequestKey request) : ExistingReservationChange(leaseId, request)
{
    protected override ReservationChange Decide(Reservation existing, Instant now) => existing.GiveBack(now);
}
