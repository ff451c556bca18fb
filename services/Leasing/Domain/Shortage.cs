using Marketplace.Inventory.V1;

namespace Marketplace.Leasing.Domain;

/// <summary>Says where capacity is short.</summary>
internal static class Shortage
{
    private const int ShortfallsMax = 100;

    public static CapacityShort Of(IReadOnlyCollection<CapacityShortfall> shortfalls) => new()
    {
        Shortfalls = { shortfalls.Take(ShortfallsMax) },
        ShortfallCount = shortfalls.Count,
    };

    /// <summary>The same for a person: the first days and kW.</summary>
    public static string Describe(CapacityShort shortage)
    {
        if (shortage.Shortfalls.Count == 0) return "The capacity is not there.";
        var first = shortage.Shortfalls[0];
        var days = new Terms.DateRange(Wire.Day(first.StartDate), Wire.Day(first.EndDate));
        return $"{first.ShortKw} kW are missing on {days}; {shortage.ShortfallCount} intervals are short.";
    }
}
