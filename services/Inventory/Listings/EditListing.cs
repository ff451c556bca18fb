using Google.Protobuf;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Creates a listing and changes what it says while it is a draft.</summary>
internal static class EditListing
{
    public static async Task<Listing> CreateAsync(
        Transaction transaction, V1.CreateListingRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        if (request.Offer is null) fields.Wrong("offer", "REQUIRED", "Required.");
        fields.Check();
        var pool = await PoolRows.FindAsync(transaction, poolId, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        ListingOfferRules.Check(fields, request.Offer!, pool, transaction.Now);
        await ListingContingency.CheckAsync(fields, transaction, request.Offer!, pool);
        fields.Check();

        var listing = new Listing(
            Guid.CreateVersion7(),
            pool.PoolId,
            nameof(ListingState.Draft),
            request.Offer.ToByteArray(),
            Version: 1,
            transaction.Now,
            transaction.Now,
            PublishTime: null,
            ListingLifecycle.ExpireTimeOf(request.Offer!, pool.TimeZone),
            pool.SiteId,
            pool.OrganisationId,
            pool.Region,
            pool.TimeZone,
            pool.ServiceLevel,
            pool.AcceleratorModel);
        await ListingRows.InsertAsync(transaction, listing);
        return listing;
    }

    public static async Task<Listing> UpdateAsync(
        Transaction transaction, V1.UpdateListingRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var listingId = fields.Id("listing_id", request.ListingId);
        if (request.Offer is null) fields.Wrong("offer", "REQUIRED", "Required.");
        fields.Check();
        var (pool, listing) = await ListingLifecycle.LockAsync(transaction, listingId, organisationId);
        var offer = request.Offer!;
        if (request.UpdateMask is { } mask)
        {
            offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
            UpdateMask.Apply(fields, mask, offer, request.Offer!,
                [.. V1.ListingOffer.Descriptor.Fields.InFieldNumberOrder().Select(field => field.Name)]);
        }
        ListingOfferRules.Check(fields, offer, pool, transaction.Now);
        await ListingContingency.CheckAsync(fields, transaction, offer, pool);
        fields.Check();
        if (listing.State != ListingState.Draft)
            throw ListingLifecycle.Refused("LISTING_NOT_DRAFT", "Only a draft can be changed.", listing);

        var updated = listing with
        {
            Offer = offer.ToByteArray(),
            ExpireTime = ListingLifecycle.ExpireTimeOf(offer, pool.TimeZone),
            Version = listing.Version + 1,
            UpdateTime = transaction.Now,
        };
        await ListingRows.UpdateAsync(transaction, updated);
        await ListingRows.SaveAudienceAsync(transaction, updated);
        return updated;
    }
}
