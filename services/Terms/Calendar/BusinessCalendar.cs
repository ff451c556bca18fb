namespace Marketplace.Terms;

/// <summary>The lease's business days: every day but Saturdays, Sundays and the holidays that the terms list.</summary>
public sealed class BusinessCalendar(IEnumerable<DateOnly> holidays)
{
    private readonly HashSet<DateOnly> holidays = [.. holidays];

    /// <summary>Whether <paramref name="date"/> is a business day.</summary>
    public bool IsBusinessDay(DateOnly date) =>
        date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !holidays.Contains(date);

    /// <summary>The first business day on or after <paramref name="date"/>.</summary>
    public DateOnly OnOrAfter(DateOnly date)
    {
        while (!IsBusinessDay(date)) date = date.AddDays(1);
        return date;
    }

    /// <summary>
    /// The <paramref name="count"/>-th business day after <paramref name="date"/>; 0 gives the date itself.
    /// </summary>
    public DateOnly PlusBusinessDays(DateOnly date, int count)
    {
        for (; count > 0; count--) date = OnOrAfter(date.AddDays(1));
        return date;
    }
}
