using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Reserves capacity for leases and gives it back.</summary>
internal sealed class CapacityReservationRpc(ProviderBooks books, Database database)
    : V1.CapacityReservationService.CapacityReservationServiceBase
{
    public override Task<V1.Reservation> ReserveCapacity(
        V1.ReserveCapacityRequest request, ServerCallContext context)
    {
        var change = Inventory.ReserveCapacity.Read(request, RequestKey.Of(request, context));
        return books.ChangeAsync(change.ProviderId, change, context,
            (replica, options) => replica.ReserveCapacityAsync(request, options));
    }

    public override Task<V1.Reservation> HoldCapacity(V1.HoldCapacityRequest request, ServerCallContext context)
    {
        var change = Inventory.ReserveCapacity.Read(request, RequestKey.Of(request, context));
        return books.ChangeAsync(change.ProviderId, change, context,
            (replica, options) => replica.HoldCapacityAsync(request, options));
    }

    public override Task<V1.Reservation> ConfirmReservation(
        V1.ConfirmReservationRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        return ChangeAsync(new ConfirmReservation(leaseId, RequestKey.Of(request, context)), context,
            (replica, options) => replica.ConfirmReservationAsync(request, options));
    }

    public override Task<V1.Reservation> AmendReservation(
        V1.AmendReservationRequest request, ServerCallContext context)
    {
        var fields = new Fields();
        var leaseId = fields.Id("lease_id", request.LeaseId);
        var profile = fields.Profile("tranches", request.Tranches);
        CheckVersion(fields, request.LeaseVersion);
        fields.Check();
        return ChangeAsync(
            new AmendReservation(leaseId, RequestKey.Of(request, context), profile, request.LeaseVersion), context,
            (replica, options) => replica.AmendReservationAsync(request, options));
    }

    public override Task<V1.Reservation> TruncateReservation(
        V1.TruncateReservationRequest request, ServerCallContext context)
    {
        var (leaseId, endDate) = Read(request.LeaseId, request.EndDate, request.LeaseVersion);
        return ChangeAsync(
            new TruncateReservation(leaseId, RequestKey.Of(request, context), endDate, request.LeaseVersion), context,
            (replica, options) => replica.TruncateReservationAsync(request, options));
    }

    public override Task<V1.Reservation> RestoreReservation(
        V1.RestoreReservationRequest request, ServerCallContext context)
    {
        var (leaseId, endDate) = Read(request.LeaseId, request.EndDate, request.LeaseVersion);
        return ChangeAsync(
            new RestoreReservation(leaseId, RequestKey.Of(request, context), endDate, request.LeaseVersion), context,
            (replica, options) => replica.RestoreReservationAsync(request, options));
    }

    public override Task<V1.Reservation> ReleaseReservation(
        V1.ReleaseReservationRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        return ChangeAsync(new ReleaseReservation(leaseId, RequestKey.Of(request, context)), context,
            (replica, options) => replica.ReleaseReservationAsync(request, options));
    }

    public override Task<V1.RefreshBooksResponse> RefreshBooks(
        V1.RefreshBooksRequest request, ServerCallContext context)
    {
        books.Refresh(RequestRules.Id("provider_organisation_id", request.ProviderOrganisationId));
        return Task.FromResult(new V1.RefreshBooksResponse());
    }

    private async Task<V1.Reservation> ChangeAsync(
        BookChange change,
        ServerCallContext context,
        Func<V1.CapacityReservationService.CapacityReservationServiceClient, CallOptions,
            AsyncUnaryCall<V1.Reservation>> forward)
    {
        Guid? providerId;
        await using (var transaction = await database.BeginAsync(context.CancellationToken))
            providerId = await ShardRows.ProviderOfAsync(transaction, change.LeaseId);
        return await books.ChangeAsync(
            providerId ?? throw ExistingReservationChange.NotFound(change.LeaseId), change, context, forward);
    }

    private static (Guid LeaseId, DateOnly EndDate) Read(
        string leaseId, Google.Type.Date? endDate, long leaseVersion)
    {
        var fields = new Fields();
        var lease = fields.Id("lease_id", leaseId);
        var end = fields.Date("end_date", endDate);
        CheckVersion(fields, leaseVersion);
        fields.Check();
        return (lease, end!.Value);
    }

    private static void CheckVersion(Fields fields, long leaseVersion)
    {
        if (leaseVersion < 1)
            fields.Wrong("lease_version", "REQUIRED", "Required; the version of the lease's last event, from 1.");
    }
}
