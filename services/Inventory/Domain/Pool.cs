using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// Capacity of one kind on a site that is sold from one calendar. The power of a tranche stays held for its
/// decommissioning days beyond its end, until the ground is cleared for the next one.
/// </summary>
internal sealed record Pool(
    Guid PoolId,
    Guid SiteId,
    Guid OrganisationId,
    string DisplayName,
    int ServiceLevel,
    string AcceleratorModel,
    int AcceleratorCount,
    int NameplateKw,
    string Region,
    string TimeZone,
    DateOnly CalendarStartDate,
    DateOnly CalendarEndDate,
    long Version,
    Instant CreateTime,
    Instant UpdateTime,
    int DecommissioningDays)
{
    public const int CalendarYears = 25;

    public PowerCurve Capacity { get; init; } = PowerCurve.None;

    public PowerCurve Floor { get; init; } = PowerCurve.None;

    public DateRange Calendar => new(CalendarStartDate, CalendarEndDate);

    /// <summary>The civil day on the pool's site.</summary>
    public DateOnly Today(Instant now) => SiteCalendar.Today(TimeZone, now);
}
