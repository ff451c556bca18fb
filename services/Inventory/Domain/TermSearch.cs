using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>When a power is free for a term.</summary>
/// <param name="EarliestStart">The first day from which the power asked for is; null: none.</param>
/// <param name="LargestKw">The largest power that is from any day.</param>
/// <param name="LargestStart">The first day from which that is; null: the term does not fit in.</param>
internal sealed record TermSearch(DateOnly? EarliestStart, int LargestKw, DateOnly? LargestStart)
{
    /// <summary>Searches, in time that grows with the days and not with the term.</summary>
    /// <param name="free">What is free.</param>
    /// <param name="starts">The days on which the term may begin.</param>
    /// <param name="termMonths">The length of the term; months without the day end on their last one.</param>
    /// <param name="wantedKw">The power asked for; 0: none.</param>
    public static TermSearch Over(PoolDays free, DateRange starts, int termMonths, int wantedKw)
    {
        var (earliest, largest, largestStart) = ((DateOnly?)null, 0, (DateOnly?)null);
        // The days that may yet be the least of a term, their power rising: a later end only drops and adds some.
        var least = new LinkedList<int>();
        var next = Math.Max(0, starts.Start.DayNumber - free.Days.Start.DayNumber);
        for (var start = free.Days.Start.AddDays(next); start < starts.End; start = start.AddDays(1))
        {
            var end = start.AddMonths(termMonths);
            if (end > free.Days.End) break;
            for (; next < end.DayNumber - free.Days.Start.DayNumber; next++)
            {
                while (least.Last is { } last && free.FreeKw[last.Value] >= free.FreeKw[next]) least.RemoveLast();
                least.AddLast(next);
            }
            while (least.First!.Value < start.DayNumber - free.Days.Start.DayNumber) least.RemoveFirst();
            var kw = free.FreeKw[least.First.Value];
            if (earliest is null && wantedKw > 0 && kw >= wantedKw) earliest = start;
            if (largestStart is null || kw > largest) (largest, largestStart) = (kw, start);
        }
        return new(earliest, largest, largestStart);
    }
}
