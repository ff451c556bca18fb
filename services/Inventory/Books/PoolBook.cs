using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>A pool in the memory of its shard's writer: its curves, what is free of it, and its listings.</summary>
/// <param name="pool">The pool.</param>
/// <param name="free">What is free on every day of its calendar.</param>
/// <param name="listings">Its listings that are on the market.</param>
internal sealed class PoolBook(Pool pool, PoolDays free, IReadOnlyList<Listing> listings)
{
    // Where the free power of the batch under way rises and falls, by day of the calendar; 0 between batches.
    private readonly List<(DateRange Days, int Kw)> uncommitted = [];

    public Pool Pool { get; private set; } = pool;

    public PoolDays Free => free;

    public IReadOnlyList<Listing> Listings { get; set; } = listings;

    /// <summary>How many changes of the batch under way the pool has seen.</summary>
    public int UncommittedChanges { get; private set; }

    /// <summary>The pool as it is when the batch under way is committed.</summary>
    public Pool Next => Pool with { Version = Pool.Version + UncommittedChanges };

    /// <summary>Notes what a change of the batch under way adds to some days.</summary>
    public void Note(DateRange days, int addedKw) => uncommitted.Add((days, addedKw));

    /// <summary>Notes that a change of the batch under way is done.</summary>
    public void NoteChange() => UncommittedChanges++;

    /// <summary>What the batch under way adds to each day, month by month, without the months that it leaves.</summary>
    public IEnumerable<(DateOnly Month, int[] AddedKw)> AddedKw()
    {
        if (uncommitted.Count == 0) yield break;
        var days = new DateRange(
            uncommitted.Min(change => change.Days.Start), uncommitted.Max(change => change.Days.End));
        var rises = new int[days.Days + 1];
        foreach (var (changed, kw) in uncommitted)
        {
            rises[changed.Start.DayNumber - days.Start.DayNumber] += kw;
            rises[changed.End.DayNumber - days.Start.DayNumber] -= kw;
        }
        var (day, addedKw) = (days.Start, 0);
        while (day < days.End)
        {
            var month = new DateOnly(day.Year, day.Month, 1);
            var added = new int[DateTime.DaysInMonth(day.Year, day.Month)];
            for (; day < days.End && day.Month == month.Month; day = day.AddDays(1))
            {
                addedKw += rises[day.DayNumber - days.Start.DayNumber];
                added[day.Day - 1] = addedKw;
            }
            if (added.AsSpan().ContainsAnyExcept(0)) yield return (month, added);
        }
    }

    public void Committed()
    {
        Pool = Next;
        uncommitted.Clear();
        UncommittedChanges = 0;
    }
}
