using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Decides over capacity: on every day, reservations never exceed commissioned capacity less the provider's floor. What
/// is given here is copied and never changed.
/// </summary>
internal static class CapacityRules
{
    /// <summary>Takes all steps from the pools, or none of them.</summary>
    /// <param name="pools">The pools that the steps name, with all their days.</param>
    /// <param name="steps">What is wanted, in the order in which it is served when there is not enough.</param>
    public static CapacityDecision Take(IReadOnlyCollection<PoolDays> pools, IReadOnlyCollection<HeldStep> steps)
    {
        var left = pools.ToDictionary(pool => pool.PoolId, pool => pool.Copy());
        var shortfalls = new List<Shortfall>();
        foreach (var step in steps)
        {
            var free = left[step.PoolId].SpanOf(step.Days);
            var wanted = new int[free.Length];
            Array.Fill(wanted, step.Kw);
            shortfalls.AddRange(Shortfall.Find(step.PoolId, step.TrancheId, step.Days.Start, wanted, free.ToArray()));
            foreach (ref var kw in free) kw -= Math.Min(kw, step.Kw);
        }
        return shortfalls.Count == 0
            ? new CapacityDecision.Granted([.. left.Values])
            : new CapacityDecision.Short(
                [.. shortfalls.OrderBy(found => found.PoolId).ThenBy(found => found.Days.Start)]);
    }

    /// <summary>Gives steps back to the pools.</summary>
    public static IReadOnlyList<PoolDays> GiveBack(
        IReadOnlyCollection<PoolDays> pools, IReadOnlyCollection<HeldStep> steps)
    {
        var after = pools.ToDictionary(pool => pool.PoolId, pool => pool.Copy());
        foreach (var step in steps)
        {
            foreach (ref var kw in after[step.PoolId].SpanOf(step.Days)) kw += step.Kw;
        }
        return [.. after.Values];
    }

    /// <summary>Opens the book of a new pool, of which nothing is reserved.</summary>
    public static CapacityDecision Open(Guid poolId, DateRange calendar, PowerCurve capacity, PowerCurve floor)
    {
        var (capacityKw, floorKw) = (capacity.Over(calendar), floor.Over(calendar));
        var shortfalls = Shortfall.Find(poolId, "", calendar.Start, floorKw, capacityKw).ToList();
        return shortfalls.Count > 0
            ? new CapacityDecision.Short(shortfalls)
            : new CapacityDecision.Granted([new(poolId, calendar, Difference(capacityKw, floorKw))]);
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
            : new CapacityDecision.Granted([free with { FreeKw = Difference(availableKw, wantedKw) }]);
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
