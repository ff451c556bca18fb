using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>What is offered to the market.</summary>
internal sealed partial class InventoryRpc
{
    public override Task<V1.Listing> CreateListing(V1.CreateListingRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Listing.Parser, async (transaction, organisationId) =>
            (await EditListing.CreateAsync(transaction, request, organisationId)).ToProto());

    public override async Task<V1.Listing> GetListing(V1.GetListingRequest request, ServerCallContext context)
    {
        var listingId = RequestRules.Id("listing_id", request.ListingId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var caller = context.Caller();
        return (await ListingRows.FindVisibleAsync(transaction, listingId, caller))?.ToProto(caller)
            ?? throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", request.ListingId);
    }

    public override async Task<V1.ListListingsResponse> ListListings(
        V1.ListListingsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var filter = new ListingFilter(
            OptionalState("state", request.State),
            OptionalId("organisation_id", request.OrganisationId),
            OptionalId("pool_id", request.PoolId),
            request.Region.Length == 0 ? null : request.Region,
            (int)request.ServiceLevel);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var caller = context.Caller();
        var seen = await ListingRows.ListVisibleAsync(transaction, caller, filter, page.After, page.Size + 1);
        return new()
        {
            Listings = { seen.Take(page.Size).Select(listing => listing.ToProto(caller)) },
            NextPageToken = page.NextToken(seen.Count, () => seen[page.Size - 1].Listing.ListingId),
        };
    }

    public override Task<V1.Listing> UpdateListing(V1.UpdateListingRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Listing.Parser, async (transaction, organisationId) =>
            (await EditListing.UpdateAsync(transaction, request, organisationId)).ToProto());

    public override Task<V1.Listing> PublishListing(V1.PublishListingRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Listing.Parser, async (transaction, organisationId) =>
            (await ListingLifecycle.PublishAsync(
                transaction, RequestRules.Id("listing_id", request.ListingId), organisationId)).ToProto());

    public override Task<V1.Listing> SuspendListing(V1.SuspendListingRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Listing.Parser, async (transaction, organisationId) =>
            (await ListingLifecycle.SuspendAsync(
                transaction, RequestRules.Id("listing_id", request.ListingId), organisationId)).ToProto());

    public override Task<V1.Listing> WithdrawListing(V1.WithdrawListingRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Listing.Parser, async (transaction, organisationId) =>
            (await ListingLifecycle.WithdrawAsync(
                transaction, RequestRules.Id("listing_id", request.ListingId), organisationId)).ToProto());

    public override Task<V1.ListingAvailability> GetListingAvailability(
        V1.GetListingAvailabilityRequest request, ServerCallContext context) =>
        availability.OfListingAsync(request, context.Caller(), context.CancellationToken);

    public override Task WatchInventory(
        V1.WatchInventoryRequest request,
        IServerStreamWriter<V1.InventoryChange> responseStream,
        ServerCallContext context)
    {
        if (request.AfterSequence < 0)
            throw RpcErrors.InvalidFields(
                [new("after_sequence", "OUT_OF_RANGE", "May not be negative; 0 begins with a snapshot.")]);
        return watch.RunAsync(request.AfterSequence, responseStream, context);
    }
}
