using FsCheck;
using FsCheck.Fluent;
using Marketplace.Terms;

namespace Marketplace.Inventory.Tests;

/// <summary>Idle capacity comes to what counting every day and every block comes to.</summary>
public sealed class IdleRulesTests
{
    private static readonly DateOnly FirstDay = new(2026, 4, 1);

    [Fact]
    public void BiggestBlock_AnyDays_IsTheBestOfAllBlocks()
    {
        var cases =
            from kw in Gen.Choose(0, 6).ArrayOf()
            from daysMin in Gen.Choose(1, 4)
            select (Kw: kw.Select(level => level * 500).ToArray(), daysMin);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(cases.ToArbitrary(), drawn =>
            Assert.Equal(
                NaiveBlock(drawn.Kw, drawn.daysMin), IdleRules.BiggestBlock(FirstDay, drawn.Kw, drawn.daysMin))));
    }

    [Fact]
    public void Without_AnyFloorAndIdleBlock_LowersTheDaysOfTheBlockAndNoOther()
    {
        var cases =
            from steps in Gen.Choose(1, 9).Zip(Gen.Choose(0, 8)).ArrayOf()
            from needed in Gen.Choose(0, 4)
            from judged in Gen.Choose(0, 9)
            from lot in Gen.Choose(1, 3)
            select (steps, needed, judged, lot);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(cases.ToArbitrary(), drawn =>
        {
            var starts = new List<PowerStep>();
            var at = FirstDay.AddDays(-10);
            foreach (var (days, kw) in drawn.steps) starts.Add(new(at = at.AddDays(days), kw));
            var floor = new PowerCurve(starts);
            var period = new DateRange(FirstDay, FirstDay.AddDays(40));
            var before = floor.Over(period);

            var idle = IdleRules.IdleKw(before, drawn.judged, drawn.needed, drawn.lot);
            Assert.Equal(before.Select(kw => NaiveIdle(kw, drawn.judged, drawn.needed, drawn.lot)), idle);

            if (IdleRules.BiggestBlock(FirstDay, idle, daysMin: 1) is not { } block) return;
            var all = new DateRange(FirstDay.AddDays(-20), FirstDay.AddDays(400));
            var (was, now) = (floor.Over(all), IdleRules.Without(floor, block).Over(all));
            for (var day = 0; day < all.Days; day++)
            {
                var isIn = block.Days.Contains(all.Start.AddDays(day));
                Assert.Equal(was[day] - (isIn ? block.Kw : 0), now[day]);
                if (isIn) Assert.True(now[day] >= drawn.needed);
            }
        }));
    }

    [Fact]
    public void Quantile_AnySamplesAndShare_IsTheLowestThatEnoughDoNotExceed()
    {
        var cases =
            from kw in Gen.Choose(-5, 20).ArrayOf()
            where kw.Any(power => power >= 0)
            from permille in Gen.Choose(1, 1_000)
            select (kw, permille);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(cases.ToArbitrary(), drawn =>
        {
            var usage = new UsageHours(490_000, [.. drawn.kw.Select(kw => kw < 0 ? (int?)null : kw)]);
            var samples = drawn.kw.Where(kw => kw >= 0).ToList();

            var expected = samples.Where(candidate =>
                samples.Count(kw => kw <= candidate) * 1_000 >= drawn.permille * samples.Count).Min();

            Assert.Equal(expected, usage.Quantile(drawn.permille / 1_000m));
            Assert.Equal(samples.Max(), usage.PeakKw);
            Assert.Equal((int)Math.Floor((samples.Sum() + samples.Count / 2m) / samples.Count), usage.MeanKw);
            Assert.Equal(drawn.kw.Length, usage.SampleCount + usage.Gaps.Sum(gap => gap.Hours));
            Assert.All(usage.Gaps, gap => Assert.All(
                Enumerable.Range(gap.FirstHour - usage.FirstHour, gap.Hours), hour => Assert.Null(usage.Kw[hour])));
        }));
    }

    [Theory]
    [InlineData(672, 0, true, false)]
    [InlineData(672, 48, true, false)]
    [InlineData(672, 49, true, true)]
    [InlineData(672, 67, true, true)]
    [InlineData(672, 68, false, true)]
    [InlineData(100, 10, true, false)]
    [InlineData(100, 11, false, false)]
    public void IsCovered_HoursInARowMissing_IsWhatTheRuleSays(
        int hours, int missing, bool isCovered, bool isInterrupted)
    {
        var usage = new UsageHours(490_000, [.. Enumerable.Range(0, hours).Select(hour =>
            hour >= 5 && hour < 5 + missing ? (int?)null : 7)]);

        Assert.Equal((isCovered, isInterrupted), (IdleRules.IsCovered(usage), IdleRules.IsInterrupted(usage)));
    }

    [Fact]
    public void MarketPrice_SeveralCurrencies_AreKeptApart()
    {
        var prices = MarketPrice.Of(
        [
            ("EUR", Rational.Of(5)), ("USD", Rational.Of(9)), ("USD", Rational.Of(2)), ("USD", Rational.Of(4)),
            ("JPY", Rational.Of(7)), ("EUR", Rational.Of(6)),
        ]);

        Assert.Equal(
            [
                new("USD", 3, Rational.Of(2), Rational.Of(4)), new("EUR", 2, Rational.Of(5), Rational.Of(5.5m)),
                new("JPY", 1, Rational.Of(7), Rational.Of(7)),
            ],
            prices);
    }

    [Fact]
    public void MarketPrice_Total_CountsPartsOfMonthsByTheirDays()
    {
        var block = new IdleBlock(new(new(2026, 4, 16), new(2026, 6, 8)), 2_500);

        var total = MarketPrice.Total(Rational.Of(1_200_000), block);

        // 15 of April's 30 days, May, and 7 of June's 30: 1 + 11/15 months of 3 million.
        Assert.Equal(new Rational(5_200_000, 1), total);
        Assert.Equal(new Rational(1_250_000_000, 300), MarketPrice.OfLot(Rational.Of(1_250_000_000), 300_000));
    }

    private static int NaiveIdle(int floor, int judged, int needed, int lot)
    {
        var idle = 0;
        while (idle + lot <= Math.Min(floor, judged) - needed) idle += lot;
        return idle;
    }

    private static IdleBlock? NaiveBlock(int[] idleKw, int daysMin)
    {
        IdleBlock? best = null;
        for (var first = 0; first < idleKw.Length; first++)
        {
            for (var end = first + daysMin; end <= idleKw.Length; end++)
            {
                var kw = idleKw[first..end].Min();
                var block = new IdleBlock(new(FirstDay.AddDays(first), FirstDay.AddDays(end)), kw);
                if (kw == 0 || (best is not null && block.KwDays < best.KwDays)) continue;
                if (best is null || block.KwDays > best.KwDays
                    || (block.Days.Start == best.Days.Start && block.Kw > best.Kw)) best = block;
            }
        }
        return best;
    }
}
