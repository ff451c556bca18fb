using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Decides over capacity: on every day, reservations never exceed commissioned capacity less the provider's floor.
/// </summary>
internal static class CapacityRules
{
    /// <summary>Changes what is free as one: gives steps back and takes others, or changes nothing.</summary>
    /// <param name="free">What is free of each pool that the steps name, on all their days; changed in place.</param>
    /// <param name="freed">What is given back first.</param>
    /// <param name="taken">What is wanted, in the order in which it is served when there is not enough.</param>
    /// <returns>Where there is not enough, by pool and day; empty when all of it is done.</returns>
    public static IReadOnlyList<Shortfall> Change(
        Func<Guid, PoolDays> free, IReadOnlyList<HeldStep> freed, IReadOnlyList<HeldStep> taken)
    {
        foreach (var step in freed) free(step.PoolId).Add(step.Days, step.Kw);
        for (var i = 0; i < taken.Count; i++)
        {
            if (free(taken[i].PoolId).Has(taken[i].Days, taken[i].Kw))
            {
                free(taken[i].PoolId).Add(taken[i].Days, -taken[i].Kw);
                continue;
            }
            for (var done = i - 1; done >= 0; done--) free(taken[done].PoolId).Add(taken[done].Days, taken[done].Kw);
            var shortfalls = ShortfallsOf(free, taken);
            foreach (var step in freed) free(step.PoolId).Add(step.Days, -step.Kw);
            return shortfalls;
        }
        return [];
    }

    /// <summary>Opens the book of a new pool, of which nothing is reserved.</summary>
    public static CapacityDecision Open(Guid poolId, DateRange calendar, PowerCurve capacity, PowerCurve floor)
    {
        var (capacityKw, floorKw) = (capacity.Over(calendar), floor.Over(calendar));
        var shortfalls = Shortfall.Find(poolId, "", calendar.Start, floorKw, capacityKw).ToList();
        return shortfalls.Count > 0
            ? new CapacityDecision.Short(shortfalls)
            : new CapacityDecision.Granted(new(poolId, calendar, Difference(capacityKw, floorKw)));
    }

    /// <summary>
    /// Replaces the capacity of a pool, which has to cover what is reserved and what the floor keeps.
    /// </summary>
    /// <param name="free">What is free on all days of the calendar.</param>
    /// <param name="before">The capacity so far.</param>
    /// <param name="after">The capacity to be; on past days the same.</param>
    public static CapacityDecision ReplaceCapacity(PoolDays free, PowerCurve before, PowerCurve after)
    {
        var capacityKw = after.Over(free.Days);
        return Replace(free, wantedKw: Difference(before.Over(free.Days), free.FreeKw), capacityKw);
    }

    /// <summary>Replaces the floor of a pool, which has to leave what is reserved.</summary>
    /// <param name="free">What is free on all days of the calendar.</param>
    /// <param name="before">The floor so far.</param>
    /// <param name="after">The floor to be; on past days the same.</param>
    public static CapacityDecision ReplaceFloor(PoolDays free, PowerCurve before, PowerCurve after) =>
        Replace(free, wantedKw: after.Over(free.Days), Sum(before.Over(free.Days), free.FreeKw));

    private static CapacityDecision Replace(PoolDays free, int[] wantedKw, int[] availableKw)
    {
        var shortfalls = Shortfall.Find(free.PoolId, "", free.Days.Start, wantedKw, availableKw).ToList();
        return shortfalls.Count > 0
            ? new CapacityDecision.Short(shortfalls)
            : new CapacityDecision.Granted(free with { FreeKw = Difference(availableKw, wantedKw) });
    }

    private static List<Shortfall> ShortfallsOf(Func<Guid, PoolDays> free, IReadOnlyList<HeldStep> wanted)
    {
        var left = new Dictionary<Guid, PoolDays>();
        foreach (var ofPool in wanted.GroupBy(step => step.PoolId))
        {
            var days = new DateRange(ofPool.Min(step => step.Days.Start), ofPool.Max(step => step.Days.End));
            left[ofPool.Key] = new(ofPool.Key, days, free(ofPool.Key).Over(days));
        }
        var shortfalls = new List<Shortfall>();
        foreach (var step in wanted)
        {
            var kw = left[step.PoolId].SpanOf(step.Days);
            var wantedKw = new int[kw.Length];
            Array.Fill(wantedKw, step.Kw);
            shortfalls.AddRange(Shortfall.Find(step.PoolId, step.TrancheId, step.Days.Start, wantedKw, kw.ToArray()));
            foreach (ref var day in kw) day -= Math.Min(day, step.Kw);
        }
        return [.. shortfalls.OrderBy(found => found.PoolId).ThenBy(found => found.Days.Start)];
    }

    private static int[] Difference(int[] kw, int[] less)
    {
        var difference = new int[kw.Length];
        for (var day = 0; day < kw.Length; day++) difference[day] = kw[day] - less[day];
        return difference;
    }

    private static int[] Sum(int[] kw, int[] more)
    {
        var sum = new int[kw.Length];
        for (var day = 0; day < kw.Length; day++) sum[day] = kw[day] + more[day];
        return sum;
    }
}
