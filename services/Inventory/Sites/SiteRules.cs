using System.Globalization;

namespace Marketplace.Inventory;

/// <summary>What is said of a site, whether it is created or changed.</summary>
internal static class SiteRules
{
    private const int NameLengthMax = 200;
    private const int DescriptionLengthMax = 2_000;
    private const int GridZoneLengthMax = 100;
    private const int UtilityLengthMax = 200;
    private const int PueMin = 1;
    private const int PueMax = 10;
    private const int NoticeMinutesMax = 525_600;
    private const int AnnualHoursMax = 8_784;

    public static void Check(Fields fields, string displayName, string description)
    {
        fields.Text("display_name", displayName, 1, NameLengthMax);
        fields.Text("description", description, 0, DescriptionLengthMax);
    }

    /// <summary>Reads power facts; what is wrong with them is reported.</summary>
    public static SitePower ReadPower(Fields fields, V1.SitePower? power)
    {
        if (power is null) return SitePower.NotStated;
        fields.Text("power.grid_zone", power.GridZone, 0, GridZoneLengthMax);
        fields.Text("power.utility", power.Utility, 0, UtilityLengthMax);
        if (power.Pue is not null) fields.Decimal("power.pue", power.Pue, PueMin, PueMax);
        fields.OptionalChoice("power.redundancy", power.Redundancy);
        if (power.Curtailment is { } curtailment) CheckCurtailment(fields, curtailment);
        return fields.HasErrors
            ? SitePower.NotStated
            : new(
                power.GridZone,
                power.Utility,
                power.Pue is null ? null : decimal.Parse(power.Pue.Value, CultureInfo.InvariantCulture),
                (int)power.Redundancy,
                power.Curtailment is { HasCurtailableKw: true } stated ? stated.CurtailableKw : null,
                power.Curtailment is { HasNoticeMinutes: true } noticed ? noticed.NoticeMinutes : null,
                power.Curtailment is { HasMaximumAnnualHours: true } limited ? limited.MaximumAnnualHours : null);
    }

    private static void CheckCurtailment(Fields fields, V1.GridCurtailment curtailment)
    {
        fields.RequiredNumber("power.curtailment.curtailable_kw",
            curtailment.HasCurtailableKw, curtailment.CurtailableKw, 0, Fields.PowerKwMax);
        if (curtailment.HasNoticeMinutes)
            fields.Number("power.curtailment.notice_minutes", curtailment.NoticeMinutes, 0, NoticeMinutesMax);
        if (curtailment.HasMaximumAnnualHours)
            fields.Number(
                "power.curtailment.maximum_annual_hours", curtailment.MaximumAnnualHours, 0, AnnualHoursMax);
    }
}
