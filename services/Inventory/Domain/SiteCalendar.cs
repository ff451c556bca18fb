using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Between instants and the civil days of a site.</summary>
internal static class SiteCalendar
{
    public static DateOnly Today(string timeZone, Instant now) =>
        now.InZone(DateTimeZoneProviders.Tzdb[timeZone]).Date.ToDateOnly();

    /// <summary>The first instant of a day; daylight saving may skip its midnight.</summary>
    public static Instant StartOf(string timeZone, DateOnly day) =>
        DateTimeZoneProviders.Tzdb[timeZone].AtStartOfDay(LocalDate.FromDateOnly(day)).ToInstant();
}
