using FsCheck;
using FsCheck.Fluent;
using Marketplace.Terms;

namespace Marketplace.Inventory.Tests;

/// <summary>The search finds what a look at every start and every day of its term finds.</summary>
public sealed class TermSearchTests
{
    private const int DaysMax = 200;

    [Fact]
    public void Over_AnyCalendarAndTerm_AgreesWithLookingAtEveryDayOfEveryStart()
    {
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1_000),
            Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed =>
            {
                var random = new Random(seed);
                var first = new DateOnly(2027, 12, 20).AddDays(random.Next(400));
                var days = new DateRange(first, first.AddDays(random.Next(1, DaysMax)));
                // Few powers, so that many starts are equally good.
                var kwMax = random.Next(1, 8);
                var free = new PoolDays(
                    Guid.Empty, days, [.. Enumerable.Range(0, days.Days).Select(_ => random.Next(kwMax + 1))]);
                var from = days.Start.AddDays(random.Next(-40, DaysMax));
                var starts = new DateRange(
                    from, random.Next(3) == 0 ? DateOnly.MaxValue : from.AddDays(random.Next(DaysMax)));
                var (termMonths, wantedKw) = (random.Next(1, 5), random.Next(kwMax + 2));

                Assert.Equal(
                    Counted(free, starts, termMonths, wantedKw),
                    TermSearch.Over(free, starts, termMonths, wantedKw));
            }));
    }

    [Theory]
    [InlineData("2027-01-31", "2027-02-28")]
    [InlineData("2028-01-30", "2028-02-29")]
    public void Over_MonthWithoutTheDay_EndsOnItsLastOne(string start, string end)
    {
        var days = new DateRange(DateOnly.Parse(start), DateOnly.Parse(end));
        var free = new PoolDays(Guid.Empty, days, [.. Enumerable.Repeat(7, days.Days)]);

        Assert.Equal(
            new(days.Start, 7, days.Start), TermSearch.Over(free, new(days.Start, DateOnly.MaxValue), 1, wantedKw: 7));
        Assert.Equal(
            new(null, 0, null),
            TermSearch.Over(free with { Days = days with { End = days.End.AddDays(-1) } },
                new(days.Start, DateOnly.MaxValue), 1, wantedKw: 7));
    }

    private static TermSearch Counted(PoolDays free, DateRange starts, int termMonths, int wantedKw)
    {
        var found = new TermSearch(null, 0, null);
        foreach (var start in Each(free.Days).Where(starts.Contains))
        {
            var term = new DateRange(start, start.AddMonths(termMonths));
            if (!Each(term).All(free.Days.Contains)) continue;
            var kw = Each(term).Min(day => free.FreeKw[day.DayNumber - free.Days.Start.DayNumber]);
            if (found.LargestStart is null || kw > found.LargestKw)
                found = found with { LargestKw = kw, LargestStart = start };
            if (found.EarliestStart is null && wantedKw > 0 && kw >= wantedKw)
                found = found with { EarliestStart = start };
        }
        return found;
    }

    private static IEnumerable<DateOnly> Each(DateRange days) =>
        Enumerable.Range(0, days.Days).Select(days.Start.AddDays);
}
