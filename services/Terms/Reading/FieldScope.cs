using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NodaTime;

namespace Marketplace.Terms;

/// <summary>Collects what is found while terms are read.</summary>
internal sealed class Findings
{
    public List<TermsFinding> Violations { get; } = [];

    public List<TermsFinding> Open { get; } = [];
}

/// <summary>
/// One message of the terms while it is read: reads its fields and reports what is wrong with them under their paths. A
/// method returns null where the field cannot be used; what is required and missing is reported by the method itself.
/// </summary>
internal sealed partial class FieldScope(
    Findings findings, FieldScope? parent, string name, int index, string? currencyCode)
{
    private const int PlacesMax = 9;
    private const int ShownLengthMax = 80;

    /// <summary>The currency that amounts must have; null while it is open.</summary>
    public Currency? Currency { get; } = currencyCode is null ? null : Terms.Currency.Find(currencyCode);

    private string Path => parent is null ? name : parent.PathOf(index < 0 ? name : $"{name}[{index}]");

    public FieldScope Message(string field) => new(findings, this, field, -1, currencyCode);

    public FieldScope Item(string field, int itemIndex) => new(findings, this, field, itemIndex, currencyCode);

    public void Violation(string field, string reason, string message) =>
        findings.Violations.Add(new(PathOf(field), reason, message));

    public void Open(string field, string message) => findings.Open.Add(new(PathOf(field), TermsReasons.Open, message));

    /// <summary>Reports that a field which <paramref name="by"/> makes necessary is missing.</summary>
    public void Required(string field, string by) =>
        Violation(field, TermsReasons.Required, $"Required with {by}.");

    /// <summary>Reports a field that is given although it has no meaning beside another value.</summary>
    public void MustBeAbsent(bool isGiven, string field, string meaning)
    {
        if (isGiven) Violation(field, TermsReasons.NotApplicable, $"Only {meaning}; leave it out.");
    }

    /// <summary>Whether a list is within its limit; a longer one is reported and not read.</summary>
    public bool Count(string field, int count, int max)
    {
        if (count <= max) return true;
        Violation(field, TermsReasons.TooLong, $"Has {count} entries; at most {max} are allowed.");
        return false;
    }

    public string Text(string field, string value, int lengthMax)
    {
        // A character is a code point, whatever it takes in UTF-16.
        if (value.Length > lengthMax && value.EnumerateRunes().Count() is var length && length > lengthMax)
            Violation(field, TermsReasons.TooLong, $"Has {length} characters; at most {lengthMax} are allowed.");
        return value;
    }

    public string RequiredText(string field, string value, int lengthMax)
    {
        if (value.Length == 0) Violation(field, TermsReasons.Required, "Required; may not be empty.");
        return Text(field, value, lengthMax);
    }

    public string? Id(string field, string value)
    {
        if (IdPattern().IsMatch(value)) return value;
        Violation(field, TermsReasons.InvalidId,
            "Must be 1 to 63 lower-case letters, digits and inner hyphens, such as 'hall-1'.");
        return null;
    }

    public int Number(string field, int value, int min, int max)
    {
        if (value < min || value > max)
            Violation(field, TermsReasons.OutOfRange, $"Is {value}; must be in [{min}, {max}].");
        return value;
    }

    /// <summary>A number that <paramref name="by"/> makes necessary, in a field in which 0 says nothing.</summary>
    public int RequiredNumber(string field, int value, int min, int max, string by)
    {
        if (value != 0) return Number(field, value, min, max);
        Violation(field, TermsReasons.Required, $"Required with {by}; a number in [{min}, {max}].");
        return value;
    }

    /// <summary>A choice that may be left open; null if it is, or if there is no such value.</summary>
    public TEnum? OpenChoice<TEnum>(string field, int value, string message)
        where TEnum : struct, Enum
    {
        if (value == 0) Open(field, message);
        return value == 0 ? null : KnownChoice<TEnum>(field, value);
    }

    /// <summary>A choice that may not be left open.</summary>
    public TEnum? RequiredChoice<TEnum>(string field, int value)
        where TEnum : struct, Enum
    {
        if (value == 0) Violation(field, TermsReasons.Required, $"Required; one of {NamesOf<TEnum>()}.");
        return value == 0 ? null : KnownChoice<TEnum>(field, value);
    }

    public DateOnly? Date(string field, Google.Type.Date value)
    {
        if (value is { Year: not 0, Month: not 0, Day: 0 } or { Year: not 0, Month: 0, Day: 0 })
        {
            Violation(field, TermsReasons.IncompleteDate,
                "Names no day. Expand it to a date: an end 'through May 2029' is 2029-06-01, "
                + "the day after the last service day.");
            return null;
        }
        if (value.Year is < TermsLimits.YearMin or > TermsLimits.YearMax
            || value.Month is < 1 or > 12
            || value.Day < 1 || value.Day > DateTime.DaysInMonth(value.Year, value.Month))
        {
            Violation(field, TermsReasons.InvalidDate,
                $"{value.Year:D4}-{value.Month:D2}-{value.Day:D2} is not a day of the years "
                + $"{TermsLimits.YearMin} to {TermsLimits.YearMax}.");
            return null;
        }
        return new(value.Year, value.Month, value.Day);
    }

    public DateOnly? OptionalDate(string field, Google.Type.Date? value) => value is null ? null : Date(field, value);

    public DateOnly? RequiredDate(string field, Google.Type.Date? value)
    {
        if (value is not null) return Date(field, value);
        Violation(field, TermsReasons.Required, "Required; a date.");
        return null;
    }

    /// <summary>The interval of the fields <c>start_date</c> and <c>end_date</c>, or of others.</summary>
    public DateRange? Range(
        Google.Type.Date? start, Google.Type.Date? end, string startField = "start_date", string endField = "end_date")
    {
        var (first, last) = (RequiredDate(startField, start), RequiredDate(endField, end));
        if (first is null || last is null) return null;
        if (first < last) return new(first.Value, last.Value);
        Violation(endField, TermsReasons.EndNotAfterStart,
            $"{last:O} is not after {first:O}. An end is the day after the last day.");
        return null;
    }

    /// <summary>A time of day to the minute.</summary>
    public LocalTime? Time(string field, Google.Type.TimeOfDay value)
    {
        if (value is { Hours: >= 0 and <= 23, Minutes: >= 0 and <= 59, Seconds: 0, Nanos: 0 })
            return new(value.Hours, value.Minutes);
        Violation(field, TermsReasons.InvalidTime, "Must be a time of day from 00:00 to 23:59, to the minute.");
        return null;
    }

    /// <summary>A plain decimal with at most nine places in <c>[min, max]</c>; null if absent.</summary>
    public decimal? Decimal(string field, Google.Type.Decimal? value, decimal min, decimal max)
    {
        if (value is null) return null;
        if (!DecimalPattern().IsMatch(value.Value))
        {
            Violation(field, TermsReasons.InvalidDecimal,
                $"Must be a plain decimal with at most {PlacesMax} places, such as '0.5'.");
            return null;
        }
        // What has too many digits to be parsed is in no range.
        var isParsed = decimal.TryParse(value.Value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var number);
        if (isParsed && number >= min && number <= max) return number;
        Violation(field, TermsReasons.OutOfRange, $"Is {Shown(value.Value)}; must be in [{min}, {max}].");
        return null;
    }

    public decimal? RequiredDecimal(string field, Google.Type.Decimal? value, decimal min, decimal max)
    {
        if (value is null) Violation(field, TermsReasons.Required, $"Required; a decimal in [{min}, {max}].");
        return Decimal(field, value, min, max);
    }

    /// <summary>A unit price in currency units, with at most nine places; null if absent.</summary>
    public decimal? UnitPrice(string field, Google.Type.Money? value) => Money(field, value, TermsLimits.UnitPriceMax);

    public decimal? RequiredUnitPrice(string field, Google.Type.Money? value)
    {
        if (value is null) Violation(field, TermsReasons.Required, "Required; a unit price.");
        return UnitPrice(field, value);
    }

    /// <summary>A price that may still become a unit price or an amount; null if absent.</summary>
    public decimal? AnyPrice(string field, Google.Type.Money? value) => Money(field, value, TermsLimits.AmountMax);

    /// <summary>An amount that is paid, in currency units and a whole number of minor units; null if absent.</summary>
    public decimal? Amount(string field, Google.Type.Money? value)
    {
        if (Money(field, value, TermsLimits.AmountMax) is not { } amount) return null;
        if (Currency is null || amount * Currency.MinorUnitsPerUnit % 1 == 0) return amount;
        Violation(field, TermsReasons.FractionOfMinorUnit,
            $"Is {amount} {Currency.Code}; must be whole minor units, with at most {Currency.Exponent} places.");
        return null;
    }

    public long? AmountMinorUnits(string field, Google.Type.Money? value) =>
        Amount(field, value) is { } amount && Currency is not null ? (long)(amount * Currency.MinorUnitsPerUnit) : null;

    public long? RequiredAmountMinorUnits(string field, Google.Type.Money? value)
    {
        if (value is null) Violation(field, TermsReasons.Required, "Required; an amount.");
        return AmountMinorUnits(field, value);
    }

    /// <summary>A text as a message repeats it: shortened, because a caller's text may be of any length.</summary>
    public static string Shown(string text) => text.Length <= ShownLengthMax ? text : $"{text[..ShownLengthMax]}...";

    private static string NamesOf<TEnum>()
        where TEnum : struct, Enum => string.Join(", ", Enum.GetNames<TEnum>().Select(ProtoNames.EnumValue));

    private decimal? Money(string field, Google.Type.Money? value, long unitsMax)
    {
        if (value is null) return null;
        var scope = Message(field);
        if (currencyCode is not null && value.CurrencyCode != currencyCode)
        {
            scope.Violation("currency_code", TermsReasons.CurrencyMismatch,
                $"Is '{Shown(value.CurrencyCode)}'; every amount of the lease is in {Shown(currencyCode)}.");
            return null;
        }
        if (value.Nanos is < -999_999_999 or > 999_999_999 || Math.Sign(value.Units) * Math.Sign(value.Nanos) < 0)
        {
            scope.Violation("nanos", TermsReasons.InvalidMoney,
                "Must be in [-999999999, 999999999] and have the sign of the units.");
            return null;
        }
        var amount = value.Units + value.Nanos / 1_000_000_000m;
        if (amount >= 0 && amount <= unitsMax) return amount;
        Violation(field, TermsReasons.OutOfRange, $"Is {amount}; must be in [0, {unitsMax}].");
        return null;
    }

    private TEnum? KnownChoice<TEnum>(string field, int value)
        where TEnum : struct, Enum
    {
        // The domain's enums have the numbers of the wire's, which a test compares.
        var choice = Unsafe.As<int, TEnum>(ref value);
        if (Enum.IsDefined(choice)) return choice;
        Violation(field, TermsReasons.UnknownEnumValue, $"There is no value {value}; use one of {NamesOf<TEnum>()}.");
        return null;
    }

    private string PathOf(string field) => parent is null ? field : $"{Path}.{field}";

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\A(?!-0(\.0*)?\z)-?(0|[1-9][0-9]*)(\.[0-9]{1,9})?\z")]
    private static partial Regex DecimalPattern();
}
