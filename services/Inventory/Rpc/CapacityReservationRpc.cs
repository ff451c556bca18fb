using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Reserves capacity for leases and gives it back.</summary>
internal sealed class CapacityReservationRpc(Idempotent idempotent)
    : V1.CapacityReservationService.CapacityReservationServiceBase
{
    public override Task<V1.Reservation> ReserveCapacity(
        V1.ReserveCapacityRequest request, ServerCallContext context) =>
        idempotent.RunAsync(request, context, V1.Reservation.Parser, async transaction =>
            (await Inventory.ReserveCapacity.HandleAsync(transaction, request)).ToProto());

    public override Task<V1.Reservation> TruncateReservation(
        V1.TruncateReservationRequest request, ServerCallContext context)
    {
        var (leaseId, endDate) = Read(request.LeaseId, request.EndDate, request.LeaseVersion);
        return idempotent.RunAsync(request, context, V1.Reservation.Parser, async transaction =>
            (await ChangeReservation.TruncateAsync(transaction, leaseId, endDate, request.LeaseVersion)).ToProto());
    }

    public override Task<V1.Reservation> RestoreReservation(
        V1.RestoreReservationRequest request, ServerCallContext context)
    {
        var (leaseId, endDate) = Read(request.LeaseId, request.EndDate, request.LeaseVersion);
        return idempotent.RunAsync(request, context, V1.Reservation.Parser, async transaction =>
            (await ChangeReservation.RestoreAsync(transaction, leaseId, endDate, request.LeaseVersion)).ToProto());
    }

    public override Task<V1.Reservation> ReleaseReservation(
        V1.ReleaseReservationRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        return idempotent.RunAsync(request, context, V1.Reservation.Parser, async transaction =>
            (await ChangeReservation.ReleaseAsync(transaction, leaseId)).ToProto());
    }

    private static (Guid LeaseId, DateOnly EndDate) Read(
        string leaseId, Google.Type.Date? endDate, long leaseVersion)
    {
        var fields = new Fields();
        var lease = fields.Id("lease_id", leaseId);
        var end = fields.Date("end_date", endDate);
        if (leaseVersion < 1)
            fields.Wrong("lease_version", "REQUIRED", "Required; the version of the lease's last event, from 1.");
        fields.Check();
        return (lease, end!.Value);
    }
}
