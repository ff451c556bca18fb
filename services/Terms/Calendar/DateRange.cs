namespace Marketplace.Terms;

/// <summary>A half-open interval of civil dates, <c>[Start, End)</c>. Empty when both are the same day.</summary>
/// <param name="Start">The first day.</param>
/// <param name="End">The day after the last day; not before <paramref name="Start"/>.</param>
public readonly record struct DateRange(DateOnly Start, DateOnly End)
{
    /// <summary>The number of days.</summary>
    public int Days => End.DayNumber - Start.DayNumber;

    /// <summary>Whether there is no day in the range.</summary>
    public bool IsEmpty => End <= Start;

    /// <summary>Whether <paramref name="date"/> is one of the days.</summary>
    public bool Contains(DateOnly date) => Start <= date && date < End;

    /// <summary>
    /// The days up to, but not including, <paramref name="date"/>; empty at <see cref="Start"/> if there are none.
    /// </summary>
    public DateRange CutAt(DateOnly date) => new(Start, date < Start ? Start : date < End ? date : End);

    /// <summary>The days that are in both ranges; empty if there are none.</summary>
    public DateRange Intersect(DateRange other)
    {
        var start = Start > other.Start ? Start : other.Start;
        var end = End < other.End ? End : other.End;
        return new(start, end > start ? end : start);
    }

    /// <summary>The range as <c>2026-05-01/2029-06-01</c> (ISO 8601).</summary>
    public override string ToString() => $"{Start:O}/{End:O}";
}
