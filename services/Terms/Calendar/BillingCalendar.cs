namespace Marketplace.Terms;

/// <summary>
/// The grid of billing periods: months that begin on one day of the month, or on the last day of a shorter month,
/// without end in both directions (contract semantics, Day count). The calendar-month cycle is the grid of day 1.
/// </summary>
/// <param name="day">The day of the month on which periods begin, in <c>[1, 31]</c>.</param>
public readonly struct BillingCalendar(int day)
{
    /// <summary>The full period that <paramref name="date"/> lies in.</summary>
    public DateRange PeriodContaining(DateOnly date)
    {
        var (year, month, _) = date;
        var boundary = Boundary(year, month);
        return date < boundary ? new(BoundaryBefore(year, month), boundary) : new(boundary, BoundaryAfter(year, month));
    }

    /// <summary>The period that begins where <paramref name="period"/> ends.</summary>
    public DateRange Next(DateRange period) => new(period.End, BoundaryAfter(period.End.Year, period.End.Month));

    /// <summary>The first boundary on or after <paramref name="date"/>.</summary>
    public DateOnly BoundaryOnOrAfter(DateOnly date)
    {
        var period = PeriodContaining(date);
        return period.Start == date ? date : period.End;
    }

    private DateOnly Boundary(int year, int month) =>
        new(year, month, Math.Min(day, DateTime.DaysInMonth(year, month)));

    private DateOnly BoundaryAfter(int year, int month) =>
        month == 12 ? Boundary(year + 1, 1) : Boundary(year, month + 1);

    private DateOnly BoundaryBefore(int year, int month) =>
        month == 1 ? Boundary(year - 1, 12) : Boundary(year, month - 1);
}
