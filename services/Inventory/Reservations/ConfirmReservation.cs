using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Makes a hold last.</summary>
internal sealed class ConfirmReservation(Guid leaseId, RequestKey request) : ExistingReservationChange(leaseId, request)
{
    protected override ReservationChange Decide(Reservation existing, Instant now)
    {
        if (existing.IsGivenBack) throw RestoreReservation.Released(LeaseId);
        if (existing.ExpireTime is { } time && time <= now)
        {
            throw RpcErrors.FailedPrecondition("HOLD_EXPIRED",
                $"The hold expired at {time}; reserve for another lease.", ("lease_id", LeaseId.ToString()));
        }
        return existing.Confirm(now);
    }
}
