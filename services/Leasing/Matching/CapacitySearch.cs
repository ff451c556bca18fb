using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Leasing.Matching;

/// <summary>Finds the published listings that fit, from memory only.</summary>
internal sealed class CapacitySearch(InventoryIndex index)
{
    /// <summary>The listings that fit, the lowest whole-contract cost first.</summary>
    /// <param name="criteria">What is looked for.</param>
    /// <param name="organisationId">Whose own listings are left out.</param>
    /// <param name="maySee">Whether those who ask may see a listing that is for some.</param>
    /// <param name="now">What the market clock says.</param>
    public IEnumerable<(KnownListing Known, ListingFit Fit)> Find(
        Criteria criteria, Guid organisationId, Func<ListingAudience, bool> maySee, Instant now)
    {
        var own = organisationId.ToString();
        return
            from known in index.Published
            let listing = known.Listing
            where listing.OrganisationId != own && maySee(known.Audience) && !HasShortfall(listing, criteria)
            let fit = ListingFit.Of(listing, criteria, now)
            where fit.Misfits.Count == 0
            orderby fit.Cost!.Total, listing.ListingId
            select (known, fit);
    }

    private bool HasShortfall(Listing listing, Criteria criteria) =>
        index.FreeOf(listing.PoolId) is not { } free
        || FreeCapacity.Shortfalls(listing.PoolId, criteria.Steps, free).Any();
}
