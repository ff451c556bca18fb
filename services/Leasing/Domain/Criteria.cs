using Google.Protobuf.Collections;
using Marketplace.Terms;

namespace Marketplace.Leasing.Domain;

/// <summary>What a buyer looks for, complete and free of contradictions.</summary>
internal sealed record Criteria(
    DateRange Term,
    IReadOnlyList<CapacityStep> Steps,
    Terms.V1.ServiceLevel ServiceLevel,
    Currency Currency,
    IReadOnlyList<string> Regions,
    IReadOnlyList<string> AcceleratorModels,
    decimal? MaximumMwMonthAmount)
{
    public const int ChoicesMax = 100;
    public const int ChoiceLengthMax = 100;
}

/// <summary>The one reader of criteria, with all findings at once; field paths begin below the criteria.</summary>
internal static class CriteriaReader
{
    public static (Criteria? Criteria, IReadOnlyList<TermsFinding> Violations) Read(V1.CapacityCriteria source)
    {
        var violations = new List<TermsFinding>();
        var steps = Steps(source, violations);
        if (!Enum.IsDefined(source.ServiceLevel) || source.ServiceLevel == Terms.V1.ServiceLevel.Unspecified)
            violations.Add(new("service_level", TermsReasons.Required, "Required: what the provider is to operate."));
        var currency = Currency.Find(source.CurrencyCode);
        if (currency is null)
            violations.Add(new("currency_code", TermsReasons.UnknownCurrency, "Must be an ISO 4217 code such as USD."));
        Choices("regions", source.Regions, violations);
        Choices("accelerator_models", source.AcceleratorModels, violations);
        var maximum = Maximum(source, violations);
        if (violations.Count > 0) return (null, violations);

        var term = new DateRange(steps[0].Days.Start, steps[^1].Days.End);
        return (new(term, steps, source.ServiceLevel, currency!, source.Regions, source.AcceleratorModels, maximum),
            []);
    }

    private static List<CapacityStep> Steps(V1.CapacityCriteria source, List<TermsFinding> violations)
    {
        var steps = new List<CapacityStep>();
        if (source.CapacitySteps.Count is 0 or > TermsLimits.CapacityStepsMax)
        {
            violations.Add(
                new("capacity_steps", source.CapacitySteps.Count == 0 ? TermsReasons.Required : TermsReasons.TooLong,
                $"Between 1 and {TermsLimits.CapacityStepsMax} steps are required."));
            return steps;
        }
        for (var i = 0; i < source.CapacitySteps.Count; i++)
        {
            var (step, path) = (source.CapacitySteps[i], $"capacity_steps[{i}]");
            var (start, end) = (Day($"{path}.start_date", step.StartDate), Day($"{path}.end_date", step.EndDate));
            if (!step.HasContractedKw || step.ContractedKw is < 0 or > TermsLimits.ContractedKwMax)
                violations.Add(new($"{path}.contracted_kw", TermsReasons.OutOfRange,
                    $"Required; must be in [0, {TermsLimits.ContractedKwMax}]."));
            if (start is null || end is null) continue;
            if (end <= start)
                violations.Add(
                    new($"{path}.end_date", TermsReasons.EndNotAfterStart, $"{end:O} is not after {start:O}."));
            else if (steps.Count > 0 && start != steps[^1].Days.End)
                violations.Add(
                    new($"{path}.start_date", start > steps[^1].Days.End ? TermsReasons.Gap : TermsReasons.Overlap,
                    $"The step before ends on {steps[^1].Days.End:O}."));
            else steps.Add(new(new(start.Value, end.Value), step.ContractedKw));
        }
        if (steps.Count > 0 && steps[^1].Days.End > steps[0].Days.Start.AddYears(TermsLimits.TermYearsMax))
            violations.Add(new("capacity_steps", TermsReasons.OutOfRange,
                $"The term may be at most {TermsLimits.TermYearsMax} years."));
        return steps;

        DateOnly? Day(string field, Google.Type.Date? date)
        {
            if (Wire.TryDay(date, out var day)) return day;
            violations.Add(new(field, date is null ? TermsReasons.Required : TermsReasons.InvalidDate,
                "Must be a day between the years 2000 and 2199."));
            return null;
        }
    }

    private static void Choices(string field, RepeatedField<string> values, List<TermsFinding> violations)
    {
        if (values.Count > Criteria.ChoicesMax || values.Any(value => value.Length is 0 or > Criteria.ChoiceLengthMax))
            violations.Add(new(field, TermsReasons.TooLong,
                $"At most {Criteria.ChoicesMax} names of 1 to {Criteria.ChoiceLengthMax} characters."));
    }

    private static decimal? Maximum(V1.CapacityCriteria source, List<TermsFinding> violations)
    {
        const string Field = "maximum_mw_month_amount";
        if (source.MaximumMwMonthAmount is not { } money) return null;
        if (money.CurrencyCode != source.CurrencyCode)
            violations.Add(new(Field, TermsReasons.CurrencyMismatch, $"Must be in {source.CurrencyCode}."));
        if (money.Units is < 0 or > TermsLimits.UnitPriceMax || money.Nanos is < 0 or > 999_999_999)
            violations.Add(new(Field, TermsReasons.OutOfRange, $"Must be in [0, {TermsLimits.UnitPriceMax}]."));
        return money.Units + money.Nanos / 1_000_000_000m;
    }
}
