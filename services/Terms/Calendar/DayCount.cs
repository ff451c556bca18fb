using System.Diagnostics;

namespace Marketplace.Terms;

/// <summary>
/// The rule that prorates a monthly fee over part of a billing period (contract semantics, Day count).
/// </summary>
public enum DayCount
{
    /// <summary>Days / days of the full billing period.</summary>
    ActMonth = 1,

    /// <summary>30/360 days / 30.</summary>
    Thirty360 = 2,

    /// <summary>12 x days / 365.</summary>
    Act365F = 3,

    /// <summary>12 x days / 360.</summary>
    Act360 = 4,

    /// <summary>12 x days / 366 in a leap year, else 365; segments are split at 1 January.</summary>
    ActAct = 5,
}

/// <summary>The share of a monthly fee that falls due for a segment, unreduced, as an invoice line cites it.</summary>
/// <param name="Numerator">Not negative; may exceed the denominator.</param>
/// <param name="Denominator">Positive.</param>
public readonly record struct DayCountFraction(int Numerator, int Denominator);

/// <summary>Computes day-count fractions.</summary>
public static class DayCounts
{
    /// <summary>The fraction of a monthly fee for <paramref name="segment"/>.</summary>
    /// <param name="dayCount">The rule.</param>
    /// <param name="segment">The days, inside one billing period; for <see cref="DayCount.ActAct"/> inside one year
    /// too.</param>
    /// <param name="period">The full billing period, whether or not the term covers all of it.</param>
    public static DayCountFraction Fraction(this DayCount dayCount, DateRange segment, DateRange period) =>
        dayCount switch
        {
            DayCount.ActMonth => new(segment.Days, period.Days),
            DayCount.Thirty360 => new(Days30(segment), 30),
            DayCount.Act365F => new(12 * segment.Days, 365),
            DayCount.Act360 => new(12 * segment.Days, 360),
            DayCount.ActAct => new(12 * segment.Days, DateTime.IsLeapYear(segment.Start.Year) ? 366 : 365),
            _ => throw new UnreachableException($"Day count {dayCount}."),
        };

    private static int Days30(DateRange segment)
    {
        var ((startYear, startMonth, startDay), (endYear, endMonth, endDay)) = segment;
        return 360 * (endYear - startYear) + 30 * (endMonth - startMonth)
            + Math.Min(endDay, 30) - Math.Min(startDay, 30);
    }
}
