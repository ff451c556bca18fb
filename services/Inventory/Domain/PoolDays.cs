using System.Numerics;
using System.Runtime.InteropServices;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>What of a pool is free on each of some days of its calendar.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Days">The days.</param>
/// <param name="FreeKw">The free power of each day.</param>
internal sealed record PoolDays(Guid PoolId, DateRange Days, int[] FreeKw)
{
    /// <summary>The free power of the days of a range; 0 on those that are not here.</summary>
    public int[] Over(DateRange days)
    {
        var kw = new int[days.Days];
        var held = days.Intersect(Days);
        if (!held.IsEmpty) SpanOf(held).CopyTo(kw.AsSpan(held.Start.DayNumber - days.Start.DayNumber));
        return kw;
    }

    /// <summary>The free power of some of the days, to be changed in place.</summary>
    public Span<int> SpanOf(DateRange days) => FreeKw.AsSpan(days.Start.DayNumber - Days.Start.DayNumber, days.Days);

    /// <summary>Whether at least a power is free on each of some of the days.</summary>
    public bool Has(DateRange days, int kw) =>
        kw == int.MinValue || !SpanOf(days).ContainsAnyInRange(int.MinValue, kw - 1);

    /// <summary>Adds a power to each of some of the days, in place.</summary>
    public void Add(DateRange days, int kw)
    {
        var free = SpanOf(days);
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(free);
        var added = new Vector<int>(kw);
        foreach (ref var vector in vectors) vector += added;
        foreach (ref var day in free[(vectors.Length * Vector<int>.Count)..]) day += kw;
    }
}

/// <summary>Power on days that are all alike.</summary>
internal readonly record struct DaysOfPower(DateRange Days, int Kw)
{
    /// <summary>The power of each day as steps that follow one another.</summary>
    public static IEnumerable<DaysOfPower> Runs(DateOnly start, IReadOnlyList<int> kw)
    {
        var first = 0;
        for (var day = 1; day <= kw.Count; day++)
        {
            if (day < kw.Count && kw[day] == kw[first]) continue;
            yield return new(new(start.AddDays(first), start.AddDays(day)), kw[first]);
            first = day;
        }
    }
}
