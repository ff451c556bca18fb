using Google.Protobuf;
using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Describes capacity and offers it.</summary>
internal sealed partial class InventoryRpc(
    Idempotent idempotent,
    Database database,
    Availability availability,
    CapacityCurves curves,
    FindCapacity findCapacity,
    CheckCapacity checkCapacity,
    ProviderBooks books,
    WatchInventoryCall watch)
    : V1.InventoryService.InventoryServiceBase
{
    public override Task<V1.Site> CreateSite(V1.CreateSiteRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Site.Parser, async (transaction, organisationId) =>
            (await Inventory.CreateSite.HandleAsync(transaction, request, organisationId)).ToProto());

    public override async Task<V1.Site> GetSite(V1.GetSiteRequest request, ServerCallContext context)
    {
        var siteId = RequestRules.Id("site_id", request.SiteId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        return (await SiteRows.FindAsync(transaction, siteId, OwnerOf(context)))?.ToProto()
            ?? throw RpcErrors.NotFound("SITE_NOT_FOUND", "site", request.SiteId);
    }

    public override async Task<V1.ListSitesResponse> ListSites(V1.ListSitesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var sites = await SiteRows.ListAsync(transaction, OwnerOf(context), page.After, page.Size + 1);
        return new()
        {
            Sites = { sites.Take(page.Size).Select(site => site.ToProto()) },
            NextPageToken = page.NextToken(sites.Count, () => sites[page.Size - 1].SiteId),
        };
    }

    public override Task<V1.Pool> CreatePool(V1.CreatePoolRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Pool.Parser, async (transaction, organisationId) =>
            (await Inventory.CreatePool.HandleAsync(transaction, request, organisationId)).ToProto());

    public override async Task<V1.Pool> GetPool(V1.GetPoolRequest request, ServerCallContext context)
    {
        var poolId = RequestRules.Id("pool_id", request.PoolId);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        return (await PoolRows.FindAsync(transaction, poolId, OwnerOf(context)))?.ToProto()
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
    }

    public override async Task<V1.ListPoolsResponse> ListPools(V1.ListPoolsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var siteId = OptionalId("site_id", request.SiteId);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        var pools = await PoolRows.ListAsync(transaction, OwnerOf(context), siteId, page.After, page.Size + 1);
        return new()
        {
            Pools = { pools.Take(page.Size).Select(pool => pool.ToProto()) },
            NextPageToken = page.NextToken(pools.Count, () => pools[page.Size - 1].PoolId),
        };
    }

    public override Task<V1.Pool> SetCapacityCurve(V1.SetCapacityCurveRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Pool.Parser, async (transaction, organisationId) =>
            (await ReplaceCurve.CapacityAsync(transaction, request, organisationId)).ToProto());

    public override Task<V1.Pool> SetProviderFloor(V1.SetProviderFloorRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Pool.Parser, async (transaction, organisationId) =>
            (await ReplaceCurve.FloorAsync(transaction, request, organisationId)).ToProto());

    public override Task<V1.PoolAvailability> GetPoolAvailability(
        V1.GetPoolAvailabilityRequest request, ServerCallContext context) =>
        availability.OfPoolAsync(request, OwnerOf(context), context.CancellationToken);

    public override Task<V1.CapacityCurve> GetCapacityCurve(
        V1.GetCapacityCurveRequest request, ServerCallContext context) =>
        curves.GetAsync(request, OwnerOf(context), context.CancellationToken);

    public override Task<V1.FoundCapacity> FindCapacity(V1.FindCapacityRequest request, ServerCallContext context) =>
        findCapacity.HandleAsync(request, context.Caller(), context.CancellationToken);

    public override Task<V1.CapacityCheck> CheckCapacity(V1.CheckCapacityRequest request, ServerCallContext context) =>
        checkCapacity.HandleAsync(request, OwnerOf(context), context.CancellationToken);

    public override async Task<V1.Reservation> GetReservation(
        V1.GetReservationRequest request, ServerCallContext context)
    {
        var reservationId = RequestRules.Id("reservation_id", request.ReservationId);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        return (await ReservationRows.FindAsync(transaction, reservationId, OwnerOf(context)))?.ToProto()
            ?? throw RpcErrors.NotFound("RESERVATION_NOT_FOUND", "reservation", request.ReservationId);
    }

    public override async Task<V1.ListReservationsResponse> ListReservations(
        V1.ListReservationsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var (poolId, leaseId) = (OptionalId("pool_id", request.PoolId), OptionalId("lease_id", request.LeaseId));
        var state = OptionalState("state", request.State);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        var reservations = await ReservationRows.ListAsync(
            transaction, OwnerOf(context), poolId, leaseId, state, page.After, page.Size + 1);
        return new()
        {
            Reservations = { reservations.Take(page.Size).Select(reservation => reservation.ToProto()) },
            NextPageToken = page.NextToken(reservations.Count, () => reservations[page.Size - 1].ReservationId),
        };
    }

    // Operators see what is of any organisation, others what is of their own.
    private static Guid? OwnerOf(ServerCallContext context) =>
        context.Caller().IsOperator ? null : context.Caller().OrganisationId;

    private static Guid? OptionalId(string field, string value) =>
        value.Length == 0 ? null : RequestRules.Id(field, value);

    private static string? OptionalState<TState>(string field, TState state)
        where TState : struct, Enum
    {
        if (EqualityComparer<TState>.Default.Equals(state, default)) return null;
        if (Enum.IsDefined(state)) return state.ToString().ToUpperInvariant();
        throw RpcErrors.InvalidFields([new(field, "UNKNOWN_ENUM_VALUE", $"There is no value {state:D}.")]);
    }

    private async Task<TAnswer> MutateAsync<TRequest, TAnswer>(
        TRequest request,
        ServerCallContext context,
        MessageParser<TAnswer> answers,
        Func<Transaction, Guid, Task<TAnswer>> handle)
        where TRequest : IMessage<TRequest>, IDeepCloneable<TRequest>
        where TAnswer : IMessage<TAnswer>
    {
        var organisationId = context.Caller().OrganisationId;
        var answer = await idempotent.RunAsync(
            request, context, answers, transaction => handle(transaction, organisationId));
        // Who has been answered finds the books as the answer says they are.
        await books.TellAsync(organisationId, context.CancellationToken);
        return answer;
    }
}
