using NodaTime;

namespace Marketplace.Inventory;

/// <summary>An offer of a pool's capacity to the market; its terms are the bytes of the offer's message.</summary>
internal sealed record Listing(
    Guid ListingId,
    Guid PoolId,
    string StateName,
    byte[] Offer,
    long Version,
    Instant CreateTime,
    Instant UpdateTime,
    Instant? PublishTime,
    Instant ExpireTime,
    Guid SiteId,
    Guid OrganisationId,
    string Region,
    string TimeZone,
    int ServiceLevel,
    string AcceleratorModel)
{
    public ListingState State => Enum.Parse<ListingState>(StateName, ignoreCase: true);

    /// <summary>The listing in another state.</summary>
    public Listing MovedTo(ListingState state, Instant now) =>
        this with { StateName = state.ToString(), Version = Version + 1, UpdateTime = now };
}
