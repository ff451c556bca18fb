using Marketplace.Inventory.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// For whom a listing is, and what of it is shown to whom. Inventory, which has the listings, and Leasing, which
/// matches them, decide it by this one rule.
/// </summary>
public sealed class ListingAudience
{
    private readonly Guid providerId;
    private readonly HashSet<Guid>? named;
    private readonly HashSet<Guid>? excluded;

    /// <summary>Reads for whom a listing is.</summary>
    /// <param name="listing">The listing with everything that it says.</param>
    public ListingAudience(Listing listing)
    {
        var offer = listing.Offer;
        providerId = Guid.Parse(listing.OrganisationId);
        IsBlind = offer.Visibility == ListingVisibility.Blind;
        if (offer.Visibility == ListingVisibility.Named)
            named = [.. offer.NamedBuyerOrganisationIds.Select(Guid.Parse)];
        if (offer.ExcludedOrganisationIds.Count > 0)
            excluded = [.. offer.ExcludedOrganisationIds.Select(Guid.Parse)];
    }

    /// <summary>Whether it is hidden whose the listing is.</summary>
    public bool IsBlind { get; }

    /// <summary>Whether a caller is told everything of every listing, whomever it is for.</summary>
    public static bool IsToldAll(Caller caller) => caller.IsOperator || caller.IsService;

    /// <summary>
    /// Whether the listing is for an organisation: it may see it, have it quoted, negotiate and sign on it.
    /// </summary>
    public bool Includes(Guid organisationId) =>
        organisationId == providerId
        || (named?.Contains(organisationId) != false && excluded?.Contains(organisationId) != true);

    /// <summary>Whether a caller may see the listing once it is published.</summary>
    public bool MaySee(Caller caller) => IsToldAll(caller) || Includes(caller.OrganisationId);

    /// <summary>Whether a caller may know whose the listing is.</summary>
    /// <param name="caller">The caller, who may see it.</param>
    /// <param name="isDisclosed">Whether the caller's organisation has opened a negotiation on it.</param>
    public bool MayKnowProvider(Caller caller, bool isDisclosed) =>
        !IsBlind || isDisclosed || caller.OrganisationId == providerId || IsToldAll(caller);

    /// <summary>The listing as a caller is shown it; the same message where all of it is.</summary>
    /// <param name="listing">The listing with everything that it says, which stays as it is.</param>
    /// <param name="caller">The caller, who may see it.</param>
    /// <param name="isDisclosed">Whether the caller's organisation has opened a negotiation on it.</param>
    public Listing Shown(Listing listing, Caller caller, bool isDisclosed)
    {
        if (caller.OrganisationId == providerId || IsToldAll(caller)) return listing;
        var mayKnowProvider = MayKnowProvider(caller, isDisclosed);
        if (mayKnowProvider && named is null && excluded is null && !listing.Contingent) return listing;
        var shown = listing.Clone();
        // Who else is asked, who is not, and whose lease ends before, is the provider's business.
        shown.Offer.ContingentLeaseId = "";
        shown.Offer.NamedBuyerOrganisationIds.Clear();
        shown.Offer.ExcludedOrganisationIds.Clear();
        if (!mayKnowProvider) (shown.OrganisationId, shown.PoolId, shown.SiteId) = ("", "", "");
        return shown;
    }
}
