using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>How long the periods of a curve are; the numbers are the wire's.</summary>
internal enum CurvePeriod
{
    Day = 1,
    Week = 2,
    Month = 3,
    Quarter = 4,
    Year = 5,
}

/// <summary>What there is, is kept and is free on each of some days.</summary>
internal sealed record DailyCapacity(DateRange Days, int[] CapacityKw, int[] FloorKw, int[] FreeKw)
{
    private const int QuarterMonths = 3;

    /// <summary>The periods that cover the days, the first and the last one cut to them.</summary>
    public IEnumerable<DateRange> Periods(CurvePeriod period)
    {
        for (var start = Days.Start; start < Days.End;)
        {
            var end = period == CurvePeriod.Day ? EndOfAlike(start) : NextAfter(start, period);
            if (end > Days.End) end = Days.End;
            yield return new(start, end);
            start = end;
        }
    }

    /// <summary>The figures of some of the days.</summary>
    public PeriodCapacity Over(DateRange days)
    {
        var (first, count) = (days.Start.DayNumber - Days.Start.DayNumber, days.Days);
        var free = FreeKw.AsSpan(first, count);
        var (least, most) = (int.MaxValue, int.MinValue);
        foreach (var kw in free) (least, most) = (Math.Min(least, kw), Math.Max(most, kw));
        return new(
            days,
            Sum(CapacityKw.AsSpan(first, count)),
            Sum(FloorKw.AsSpan(first, count)),
            Sum(free),
            least,
            most);
    }

    private DateOnly EndOfAlike(DateOnly start)
    {
        var first = start.DayNumber - Days.Start.DayNumber;
        var day = first + 1;
        while (day < FreeKw.Length && CapacityKw[day] == CapacityKw[first] && FloorKw[day] == FloorKw[first]
            && FreeKw[day] == FreeKw[first]) day++;
        return Days.Start.AddDays(day);
    }

    private static DateOnly NextAfter(DateOnly day, CurvePeriod period)
    {
        var month = new DateOnly(day.Year, day.Month, 1);
        return period switch
        {
            CurvePeriod.Week => day.AddDays(7 - ((int)day.DayOfWeek + 6) % 7),
            CurvePeriod.Month => month.AddMonths(1),
            CurvePeriod.Quarter => month.AddMonths(QuarterMonths - (day.Month - 1) % QuarterMonths),
            CurvePeriod.Year => new(day.Year + 1, 1, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(period)),
        };
    }

    private static long Sum(ReadOnlySpan<int> kw)
    {
        var sum = 0L;
        foreach (var day in kw) sum += day;
        return sum;
    }
}

/// <summary>What there is, is kept and is free in a period, in kW-days, and the least and most that is free on a
/// day.</summary>
internal sealed record PeriodCapacity(
    DateRange Days, long Capacity, long Floor, long Free, int LeastFreeKw, int MostFreeKw)
{
    private const int UtilisationPlaces = 10_000;

    /// <summary>What is reserved, in kW-days.</summary>
    public long Reserved => Capacity - Floor - Free;

    /// <summary>The share of what can be sold that is reserved, in ten thousandths; null: nothing can be.</summary>
    public long? Utilisation => Capacity - Floor is var sellable and > 0
        ? (long)(((Int128)Reserved * UtilisationPlaces * 2 + sellable) / ((Int128)sellable * 2))
        : null;
}
