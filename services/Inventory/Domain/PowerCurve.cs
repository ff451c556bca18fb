using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>A power that holds from a day on until the next step's.</summary>
internal readonly record struct PowerStep(DateOnly Start, int Kw);

/// <summary>Power over time: 0 before the first step, the last one's for ever.</summary>
/// <param name="steps">The steps, ascending by day, each day once.</param>
internal sealed class PowerCurve(IReadOnlyList<PowerStep> steps)
{
    public const int StepsMax = 1_024;

    public static PowerCurve None { get; } = new([]);

    public IReadOnlyList<PowerStep> Steps => steps;

    /// <summary>The power of each day of a range.</summary>
    public int[] Over(DateRange days)
    {
        var kw = new int[days.Days];
        for (var i = 0; i < steps.Count; i++)
        {
            var end = i + 1 < steps.Count ? steps[i + 1].Start : DateOnly.MaxValue;
            var held = days.Intersect(new(steps[i].Start, end));
            if (held.IsEmpty) continue;
            kw.AsSpan(held.Start.DayNumber - days.Start.DayNumber, held.Days).Fill(steps[i].Kw);
        }
        return kw;
    }

    /// <summary>
    /// The curve that replaces this one from a day on. What held on the days of the calendar before it stays, because
    /// reservations of those days stand on it.
    /// </summary>
    public PowerCurve ReplacedBy(PowerCurve other, DateOnly calendarStart, DateOnly from)
    {
        if (from <= calendarStart) return other;
        var past = new DateRange(calendarStart, from);
        if (Over(past).AsSpan().SequenceEqual(other.Over(past))) return other;
        var kept = steps.Where(step => step.Start < from).ToList();
        var kw = other.Over(new(from, from.AddDays(1)))[0];
        if ((kept.Count == 0 ? 0 : kept[^1].Kw) != kw) kept.Add(new(from, kw));
        return new([.. kept, .. other.Steps.Where(step => step.Start > from)]);
    }
}
