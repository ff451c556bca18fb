using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Gives a hold back whose time is over, unless it was confirmed.</summary>
internal sealed class ExpireHold(Guid leaseId) : ExistingReservationChange(leaseId, request: null)
{
    protected override ReservationChange Decide(Reservation existing, Instant now) =>
        existing.ExpireTime <= now ? existing.GiveBack(now) : ReservationChange.None(existing);
}
