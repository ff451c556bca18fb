using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>The same power on days that follow one another.</summary>
internal sealed record IdleBlock(DateRange Days, int Kw)
{
    private const int DaysPerWeek = 7;

    public long KwDays => (long)Kw * Days.Days;

    public int WholeWeeks => Days.Days / DaysPerWeek;
}

/// <summary>What of a floor lies idle, as the comment of IdleCapacity in usage.proto says.</summary>
internal static class IdleRules
{
    /// <summary>What a suggestion needs: of each ten hours of the window, nine with a sample.</summary>
    public const int CoveredTenthsMin = 9;

    /// <summary>What a suggestion bears: a weekend without samples.</summary>
    public const int GapHoursMax = 48;

    public static bool IsCovered(UsageHours usage) => usage.SampleCount * 10 >= usage.Kw.Count * CoveredTenthsMin;

    public static bool IsInterrupted(UsageHours usage) => usage.Gaps.Any(gap => gap.Hours > GapHoursMax);

    /// <summary>What of the floor is idle on each day, in whole lot steps.</summary>
    /// <param name="floorKw">The floor of each day.</param>
    /// <param name="judgedFloorKw">How much of the floor the samples say something about.</param>
    /// <param name="neededKw">What own workloads need.</param>
    /// <param name="lotStepKw">The lot step.</param>
    public static int[] IdleKw(IReadOnlyList<int> floorKw, int judgedFloorKw, int neededKw, int lotStepKw) =>
    [
        .. floorKw.Select(floor => Math.Max(0, Math.Min(floor, judgedFloorKw) - neededKw) / lotStepKw * lotStepKw),
    ];

    /// <summary>
    /// The block with the most kW-days, of equal ones the earliest, and of those the one with the most power; null if
    /// none is long enough.
    /// </summary>
    /// <param name="start">The first day.</param>
    /// <param name="idleKw">What is idle on each day from then on.</param>
    /// <param name="daysMin">The least days of a block.</param>
    public static IdleBlock? BiggestBlock(DateOnly start, IReadOnlyList<int> idleKw, int daysMin)
    {
        IdleBlock? biggest = null;
        foreach (var kw in idleKw.Where(kw => kw > 0).Distinct())
        {
            for (var first = 0; first < idleKw.Count; first++)
            {
                if (idleKw[first] < kw) continue;
                var end = first + 1;
                while (end < idleKw.Count && idleKw[end] >= kw) end++;
                var block = new IdleBlock(new(start.AddDays(first), start.AddDays(end)), kw);
                if (end - first >= daysMin && (biggest is null || IsBigger(block, biggest))) biggest = block;
                first = end;
            }
        }
        return biggest;
    }

    /// <summary>The floor lowered by a block; on all other days the same.</summary>
    public static PowerCurve Without(PowerCurve floor, IdleBlock block)
    {
        var steps = new List<PowerStep>();
        foreach (var start in floor.Steps.Select(step => step.Start).Append(block.Days.Start).Append(block.Days.End)
            .Distinct().Order())
        {
            var kw = floor.Over(new(start, start.AddDays(1)))[0] - (block.Days.Contains(start) ? block.Kw : 0);
            if ((steps.Count == 0 ? 0 : steps[^1].Kw) != kw) steps.Add(new(start, kw));
        }
        return new(steps);
    }

    // Of the same kW-days and the same start the higher power, so that the order of comparing does not matter.
    private static bool IsBigger(IdleBlock block, IdleBlock than) =>
        (block.KwDays, than.Days.Start, block.Kw).CompareTo((than.KwDays, block.Days.Start, than.Kw)) > 0;
}
