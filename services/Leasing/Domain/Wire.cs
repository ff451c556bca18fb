using Marketplace.Terms;

namespace Marketplace.Leasing.Domain;

/// <summary>Between the domain and the common types of the wire.</summary>
internal static class Wire
{
    private const int NanosPerUnit = 1_000_000_000;

    public static Google.Type.Date Date(DateOnly day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };

    public static DateOnly Day(Google.Type.Date date) => new(date.Year, date.Month, date.Day);

    public static bool TryDay(Google.Type.Date? date, out DateOnly day)
    {
        day = default;
        if (date is not { Year: >= TermsLimits.YearMin and <= TermsLimits.YearMax, Month: >= 1 and <= 12, Day: >= 1 })
            return false;
        if (date.Day > DateTime.DaysInMonth(date.Year, date.Month)) return false;
        day = Day(date);
        return true;
    }

    public static Google.Type.Money Money(long minorUnits, Currency currency) =>
        Money(currency.ToUnits(minorUnits), currency.Code);

    public static Google.Type.Money Money(decimal amount, string currencyCode)
    {
        var units = decimal.Truncate(amount);
        return new()
        {
            CurrencyCode = currencyCode,
            Units = (long)units,
            Nanos = (int)((amount - units) * NanosPerUnit),
        };
    }

    public static decimal Amount(Google.Type.Money money) => money.Units + (decimal)money.Nanos / NanosPerUnit;

    /// <summary>The value of a proto enum under its proto name without the prefix.</summary>
    public static TEnum Value<TEnum>(string name)
        where TEnum : struct, Enum =>
            Enum.Parse<TEnum>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
