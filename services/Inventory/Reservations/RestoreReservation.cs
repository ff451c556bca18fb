using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Takes back what was cut, up to a date, all of it or nothing.</summary>
internal sealed class RestoreReservation(Guid leaseId, RequestKey request, DateOnly endDate, long leaseVersion)
    : ExistingReservationChange(leaseId, request)
{
    /// <summary>FAILED_PRECONDITION, RESERVATION_RELEASED.</summary>
    public static Grpc.Core.RpcException Released(Guid leaseId) => RpcErrors.FailedPrecondition("RESERVATION_RELEASED",
        "The whole reservation was given back; reserve for another lease.", ("lease_id", leaseId.ToString()));

    protected override ReservationChange Decide(Reservation existing, Instant now)
    {
        if (endDate > existing.OriginalEndDate)
        {
            throw RpcErrors.InvalidFields(
                [new("end_date", "OUT_OF_RANGE",
                    $"The reservation was made up to {existing.OriginalEndDate:O}; nothing is restored beyond.")]);
        }
        if (existing.IsGivenBack) throw Released(LeaseId);
        return leaseVersion < existing.LeaseVersion
            ? ReservationChange.None(existing)
            : existing.Restore(endDate, now).Of(leaseVersion);
    }
}
