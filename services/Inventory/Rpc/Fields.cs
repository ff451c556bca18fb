using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Marketplace.Inventory;

/// <summary>
/// Reads the fields of a request and collects everything that is wrong with them, to be answered at once.
/// </summary>
internal sealed partial class Fields
{
    public const int PowerKwMax = 100_000_000;

    private const int TranchesMax = 64;
    private const int StepsMax = 1_024;
    private const long TimestampSecondsMax = 253_402_300_799;
    private const int NanosPerSecond = 1_000_000_000;

    private const int YearMin = 2000;
    private const int YearMax = 2199;

    private readonly List<RpcErrors.FieldError> errors = [];

    public bool HasErrors => errors.Count > 0;

    public void Wrong(string field, string reason, string description) => errors.Add(new(field, reason, description));

    /// <summary>Refuses the request if anything was wrong.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming all wrong fields.</exception>
    public void Check()
    {
        if (HasErrors) throw RpcErrors.InvalidFields(errors);
    }

    public Guid Id(string field, string value)
    {
        if (RequestRules.IsId(value, out var id)) return id;
        Wrong(field, value.Length == 0 ? "REQUIRED" : "INVALID_ID", "Must be a UUID.");
        return Guid.Empty;
    }

    public Guid? OptionalId(string field, string value) => value.Length == 0 ? null : Id(field, value);

    public string Text(string field, string value, int lengthMin, int lengthMax)
    {
        if (value.Length < lengthMin) Wrong(field, "REQUIRED", "Required; may not be empty.");
        if (value.Length > lengthMax)
            Wrong(field, "TOO_LONG", $"Has {value.Length} characters; at most {lengthMax} are allowed.");
        return value;
    }

    /// <summary>A name of 1 to 63 lower-case letters, digits and inner hyphens.</summary>
    public string Name(string field, string value)
    {
        if (!NamePattern().IsMatch(value))
            Wrong(field, value.Length == 0 ? "REQUIRED" : "INVALID_ID",
                "Must be 1 to 63 lower-case letters, digits and inner hyphens.");
        return value;
    }

    public int Number(string field, int value, int min, int max)
    {
        if (value < min || value > max) Wrong(field, "OUT_OF_RANGE", $"Is {value}; must be in [{min}, {max}].");
        return value;
    }

    public void RequiredNumber(string field, bool isGiven, int value, int min, int max)
    {
        if (isGiven) Number(field, value, min, max);
        else Wrong(field, "REQUIRED", $"Required; in [{min}, {max}].");
    }

    public void Choice<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (EqualityComparer<TEnum>.Default.Equals(value, default)) Wrong(field, "REQUIRED", "Required.");
        else OptionalChoice(field, value);
    }

    public void OptionalChoice<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value)) Wrong(field, "UNKNOWN_ENUM_VALUE", $"There is no value {value:D}.");
    }

    public bool Count(string field, int count, int min, int max)
    {
        if (count < min) Wrong(field, "REQUIRED", $"Must have at least {min}.");
        if (count > max) Wrong(field, "TOO_LONG", $"Has {count}; at most {max} are allowed.");
        return count >= min && count <= max;
    }

    public DateOnly? Date(string field, Google.Type.Date? value)
    {
        if (value is null)
        {
            Wrong(field, "REQUIRED", "Required; a date.");
            return null;
        }
        return OptionalDate(field, value);
    }

    public DateOnly? OptionalDate(string field, Google.Type.Date? value)
    {
        if (value is null) return null;
        if (value.Year is >= YearMin and <= YearMax && value.Month is >= 1 and <= 12
            && value.Day >= 1 && value.Day <= DateTime.DaysInMonth(value.Year, value.Month))
            return new(value.Year, value.Month, value.Day);
        Wrong(field, "INVALID_DATE",
            $"{value.Year:D4}-{value.Month:D2}-{value.Day:D2} is not a day of the years {YearMin} to {YearMax}.");
        return null;
    }

    /// <summary>The interval of two dates; null if one is wrong, or the end not after the start.</summary>
    public DateRange? Range(string prefix, DateOnly? start, DateOnly? end)
    {
        if (start is null || end is null) return null;
        if (start < end) return new(start.Value, end.Value);
        Wrong($"{prefix}end_date", "END_NOT_AFTER_START",
            $"{end:O} is not after {start:O}. An end is the day after the last day.");
        return null;
    }

    /// <summary>A curve: steps ascending by day, each day once.</summary>
    public PowerCurve Curve(string field, IReadOnlyList<V1.CurveStep> steps, int powerKwMax)
    {
        if (!Count(field, steps.Count, 0, PowerCurve.StepsMax)) return PowerCurve.None;
        var read = new List<PowerStep>();
        for (var i = 0; i < steps.Count; i++)
        {
            var path = $"{field}[{i}]";
            RequiredNumber($"{path}.power_kw", steps[i].HasPowerKw, steps[i].PowerKw, 0, powerKwMax);
            if (Date($"{path}.start_date", steps[i].StartDate) is not { } start) continue;
            if (read.Count > 0 && start <= read[^1].Start)
                Wrong($"{path}.start_date", "OUT_OF_ORDER",
                    $"{start:O} is not after {read[^1].Start:O}; steps ascend, each day once.");
            read.Add(new(start, steps[i].PowerKw));
        }
        return HasErrors ? PowerCurve.None : new(read);
    }

    /// <summary>What tranches hold over time.</summary>
    public List<HeldStep> Profile(string field, IReadOnlyList<V1.TrancheProfile> tranches)
    {
        var profile = new List<HeldStep>();
        if (!Count(field, tranches.Count, 1, TranchesMax)) return profile;
        var names = new HashSet<string>();
        for (var i = 0; i < tranches.Count; i++)
        {
            if (!names.Add(Name($"{field}[{i}].tranche_id", tranches[i].TrancheId)))
                Wrong($"{field}[{i}].tranche_id", "DUPLICATE_ID", "Another tranche has this name.");
            AddSteps(profile, $"{field}[{i}]", i, tranches[i]);
        }
        return profile;
    }

    /// <summary>A required instant.</summary>
    public Instant Time(string field, Timestamp? value)
    {
        if (value is { Seconds: >= 0 and <= TimestampSecondsMax, Nanos: >= 0 and < NanosPerSecond })
            return value.ToInstant();
        Wrong(field, value is null ? "REQUIRED" : "INVALID_TIME", "Required; an instant from 1970 to 9999.");
        return default;
    }

    /// <summary>A plain decimal with at most nine places.</summary>
    public void Decimal(string field, Google.Type.Decimal? value, decimal min, decimal max)
    {
        if (value is null) Wrong(field, "REQUIRED", $"Required; a decimal in [{min}, {max}].");
        else if (!DecimalPattern().IsMatch(value.Value))
            Wrong(field, "INVALID_DECIMAL", "Must be a plain decimal with at most nine places, such as '0.5'.");
        else if (decimal.Parse(value.Value, CultureInfo.InvariantCulture) is var number
            && (number < min || number > max))
            Wrong(field, "OUT_OF_RANGE", $"Is {value.Value}; must be in [{min}, {max}].");
    }

    private void AddSteps(List<HeldStep> profile, string path, int index, V1.TrancheProfile tranche)
    {
        var poolId = Id($"{path}.pool_id", tranche.PoolId);
        if (!Count($"{path}.steps", tranche.Steps.Count, 1, StepsMax)) return;
        DateOnly? before = null;
        for (var i = 0; i < tranche.Steps.Count; i++)
        {
            var (step, stepPath) = (tranche.Steps[i], $"{path}.steps[{i}]");
            RequiredNumber($"{stepPath}.reserved_kw", step.HasReservedKw, step.ReservedKw, 0, PowerKwMax);
            var (start, end) =
                (Date($"{stepPath}.start_date", step.StartDate), Date($"{stepPath}.end_date", step.EndDate));
            if (Range($"{stepPath}.", start, end) is not { } days) continue;
            if (before is { } expected && days.Start != expected)
                Wrong($"{stepPath}.start_date", days.Start < expected ? "OVERLAP" : "GAP",
                    $"The step before ends on {expected:O}; this one begins there.");
            profile.Add(new(index, tranche.TrancheId, poolId, days, step.ReservedKw));
            before = days.End;
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A-?[0-9]{1,18}(\.[0-9]{1,9})?\z")]
    private static partial Regex DecimalPattern();
}
