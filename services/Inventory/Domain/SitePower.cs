namespace Marketplace.Inventory;

/// <summary>How a site is supplied with power, as far as its provider says.</summary>
/// <param name="GridZone">The zone of the grid or power market; empty: not stated.</param>
/// <param name="Utility">The utility; empty: not stated.</param>
/// <param name="Pue">Energy of the site over energy of its machines, exact; null: not stated.</param>
/// <param name="Redundancy">The number of the wire's enum; 0: not stated.</param>
/// <param name="CurtailableKw">The most that has to be shed; null: not stated.</param>
/// <param name="CurtailmentNoticeMinutes">The least notice of it; null: not stated.</param>
/// <param name="CurtailmentMaximumAnnualHours">The most hours of it in a year; null: not stated.</param>
internal sealed record SitePower(
    string GridZone,
    string Utility,
    decimal? Pue,
    int Redundancy,
    int? CurtailableKw,
    int? CurtailmentNoticeMinutes,
    int? CurtailmentMaximumAnnualHours)
{
    public static SitePower NotStated { get; } = new("", "", null, 0, null, null, null);
}
