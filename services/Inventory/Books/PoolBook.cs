using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>A pool in the memory of its shard's writer: its curves, what is free of it, and its listings.</summary>
/// <param name="pool">The pool.</param>
/// <param name="free">What is free on every day of its calendar.</param>
/// <param name="listings">Its listings that are on the market.</param>
internal sealed class PoolBook(Pool pool, PoolDays free, IReadOnlyList<Listing> listings)
{
    // What the batch that is being decided adds to some days.
    private readonly List<(DateRange Days, int Kw)> added = [];
    private int changeCount;

    public Pool Pool { get; private set; } = pool;

    public PoolDays Free => free;

    public IReadOnlyList<Listing> Listings { get; set; } = listings;

    /// <summary>Notes what a change adds to some days.</summary>
    public void Note(DateRange days, int addedKw) => added.Add((days, addedKw));

    /// <summary>Notes that a change is done.</summary>
    public void NoteChange() => changeCount++;

    /// <summary>Closes the batch, which the next one stands on.</summary>
    /// <returns>What the batch changes.</returns>
    public PoolChange Close()
    {
        Pool = Pool with { Version = Pool.Version + changeCount };
        changeCount = 0;
        var change = new PoolChange(Pool.PoolId, Pool.Version, [.. AddedKw()]);
        added.Clear();
        return change;
    }

    private IEnumerable<(DateOnly Month, int[] AddedKw)> AddedKw()
    {
        if (added.Count == 0) yield break;
        var days = new DateRange(added.Min(change => change.Days.Start), added.Max(change => change.Days.End));
        var rises = new int[days.Days + 1];
        foreach (var (changed, kw) in added)
        {
            rises[changed.Start.DayNumber - days.Start.DayNumber] += kw;
            rises[changed.End.DayNumber - days.Start.DayNumber] -= kw;
        }
        var (day, addedKw) = (days.Start, 0);
        while (day < days.End)
        {
            var month = new DateOnly(day.Year, day.Month, 1);
            var ofMonth = new int[DateTime.DaysInMonth(day.Year, day.Month)];
            for (; day < days.End && day.Month == month.Month; day = day.AddDays(1))
            {
                addedKw += rises[day.DayNumber - days.Start.DayNumber];
                ofMonth[day.Day - 1] = addedKw;
            }
            if (ofMonth.AsSpan().ContainsAnyExcept(0)) yield return (month, ofMonth);
        }
    }
}

/// <summary>What a batch changes of a pool.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Version">Its version afterwards.</param>
/// <param name="AddedKw">What is added to each day of a month, without the months that it leaves.</param>
internal sealed record PoolChange(
    Guid PoolId, long Version, IReadOnlyList<(DateOnly Month, int[] AddedKw)> AddedKw);
