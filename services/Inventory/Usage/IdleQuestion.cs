using System.Globalization;

namespace Marketplace.Inventory;

/// <summary>How idle capacity is looked for, with every default in its place.</summary>
internal sealed record IdleQuestion(
    int WindowWeeks,
    decimal Quantile,
    int MarginKw,
    int LotStepKw,
    int HorizonWeeks,
    int MinimumWeeks,
    DateOnly? StartDate)
{
    private const int WindowWeeksDefault = 8;
    private const int WindowWeeksMax = 104;
    private const int HorizonWeeksDefault = 52;
    private const int HorizonWeeksMax = 520;
    private const int MinimumWeeksDefault = 4;
    private const int LotStepKwDefault = 1_000;
    private const decimal QuantileMin = 0.5m;

    /// <summary>Reads criteria; what is wrong with them is reported.</summary>
    public static IdleQuestion Read(Fields fields, V1.IdleCriteria? given)
    {
        var criteria = given ?? new();
        fields.Number("criteria.window_weeks", criteria.WindowWeeks, 0, WindowWeeksMax);
        if (criteria.Quantile is not null) fields.Decimal("criteria.quantile", criteria.Quantile, QuantileMin, 1);
        fields.Number("criteria.margin_kw", criteria.MarginKw, 0, Fields.PowerKwMax);
        fields.Number("criteria.lot_step_kw", criteria.LotStepKw, 0, Fields.PowerKwMax);
        fields.Number("criteria.horizon_weeks", criteria.HorizonWeeks, 0, HorizonWeeksMax);
        var horizonWeeks = Given(criteria.HorizonWeeks, HorizonWeeksDefault);
        fields.Number(
            "criteria.minimum_weeks", criteria.MinimumWeeks, 0, Math.Clamp(horizonWeeks, 0, HorizonWeeksMax));
        var startDate = fields.OptionalDate("criteria.start_date", criteria.StartDate);
        return new(
            Given(criteria.WindowWeeks, WindowWeeksDefault),
            criteria.Quantile is null || fields.HasErrors
                ? 1
                : decimal.Parse(criteria.Quantile.Value, CultureInfo.InvariantCulture),
            criteria.MarginKw,
            Given(criteria.LotStepKw, LotStepKwDefault),
            horizonWeeks,
            Given(criteria.MinimumWeeks, Math.Min(MinimumWeeksDefault, horizonWeeks)),
            startDate);
    }

    private static int Given(int value, int otherwise) => value == 0 ? otherwise : value;
}
