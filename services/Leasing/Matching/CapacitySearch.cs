using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using NodaTime;

namespace Marketplace.Leasing.Matching;

/// <summary>Finds the published listings that fit, from memory only.</summary>
internal sealed class CapacitySearch(InventoryIndex index)
{
    /// <summary>The listings that fit, the lowest whole-contract cost first.</summary>
    /// <param name="criteria">What is looked for.</param>
    /// <param name="organisationId">Whose own listings are left out.</param>
    /// <param name="now">What the market clock says.</param>
    public IEnumerable<(Listing Listing, ListingFit Fit)> Find(Criteria criteria, Guid organisationId, Instant now)
    {
        var own = organisationId.ToString();
        return
            from listing in index.Published
            where listing.OrganisationId != own && !HasShortfall(listing, criteria)
            let fit = ListingFit.Of(listing, criteria, now)
            where fit.Misfits.Count == 0
            orderby fit.Cost!.Total, listing.ListingId
            select (listing, fit);
    }

    private bool HasShortfall(Listing listing, Criteria criteria) =>
        index.FreeOf(listing.PoolId) is not { } free
        || FreeCapacity.Shortfalls(listing.PoolId, criteria.Steps, free).Any();
}
