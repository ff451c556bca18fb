using NodaTime;

namespace Marketplace.Inventory;

/// <summary>A place with power and machines.</summary>
internal sealed record Site(
    Guid SiteId,
    Guid OrganisationId,
    string DisplayName,
    string Description,
    string Region,
    string TimeZone,
    SitePower Power,
    long Version,
    Instant CreateTime,
    Instant UpdateTime);
