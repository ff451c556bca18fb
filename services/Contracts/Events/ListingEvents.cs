namespace Marketplace.Contracts;

/// <summary>
/// A buyer has opened a negotiation on a listing that hides whose it is, and so knows it now. A negotiation makes one
/// such event, which goes by the negotiation's id.
/// </summary>
[Event("disclosure", "listing-disclosed.v1")]
public sealed record ListingDisclosed
{
    /// <summary>The listing.</summary>
    public required Guid ListingId { get; init; }

    /// <summary>The buyer.</summary>
    public required Guid BuyerOrganisationId { get; init; }
}
