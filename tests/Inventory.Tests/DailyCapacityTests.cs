using FsCheck;
using FsCheck.Fluent;
using Marketplace.Terms;

namespace Marketplace.Inventory.Tests;

/// <summary>Periods cover the days, each once, and say of them what a look at each day says.</summary>
public sealed class DailyCapacityTests
{
    private const int DaysMax = 900;

    [Fact]
    public void Periods_AnyDaysAndLength_FollowOneAnotherAndBeginWhereTheirKindDoes() => CheckAll((daily, period) =>
    {
        var periods = daily.Periods(period).ToList();

        Assert.Equal(Each(daily.Days), periods.SelectMany(Each));
        Assert.All(periods.Skip(1), days => Assert.True(Begins(daily, period, days.Start)));
        Assert.All(periods, days => Assert.DoesNotContain(Each(days).Skip(1), day => Begins(daily, period, day)));
    });

    [Fact]
    public void Over_AnyPeriod_IsWhatItsDaysComeTo() => CheckAll((daily, period) =>
    {
        foreach (var days in daily.Periods(period))
        {
            var each = Each(days).Select(day => day.DayNumber - daily.Days.Start.DayNumber).ToList();
            var (capacity, floor, free) = (
                each.Sum(day => (long)daily.CapacityKw[day]),
                each.Sum(day => (long)daily.FloorKw[day]),
                each.Sum(day => (long)daily.FreeKw[day]));

            var told = daily.Over(days);

            Assert.Equal(
                new(
                    days,
                    capacity,
                    floor,
                    free,
                    each.Min(day => daily.FreeKw[day]),
                    each.Max(day => daily.FreeKw[day])),
                told);
            Assert.Equal(capacity - floor - free, told.Reserved);
            Assert.Equal(
                capacity == floor
                    ? null
                    : (long)decimal.Round(
                        10_000m * told.Reserved / (capacity - floor), MidpointRounding.AwayFromZero),
                told.Utilisation);
        }
    });

    [Theory]
    [InlineData(2, "2027-02-25/2027-03-10", "2027-02-25 2027-03-01 2027-03-08")]
    [InlineData(2, "2027-03-01/2027-03-08", "2027-03-01")]
    [InlineData(2, "2026-12-27/2027-01-05", "2026-12-27 2026-12-28 2027-01-04")]
    [InlineData(3, "2027-01-31/2027-03-02", "2027-01-31 2027-02-01 2027-03-01")]
    [InlineData(4, "2027-03-31/2027-10-01", "2027-03-31 2027-04-01 2027-07-01")]
    [InlineData(5, "2026-12-31/2028-01-02", "2026-12-31 2027-01-01 2028-01-01")]
    public void Periods_Calendar_BeginOn(int period, string days, string starts)
    {
        var range = new DateRange(DateOnly.Parse(days[..10]), DateOnly.Parse(days[11..]));
        var none = new int[range.Days];

        Assert.Equal(
            starts.Split(' ').Select(DateOnly.Parse),
            new DailyCapacity(range, none, none, none).Periods((CurvePeriod)period).Select(told => told.Start));
    }

    [Theory]
    [InlineData(20_000, 20_000, 0, null)]
    [InlineData(20_000, 0, 20_000, 0L)]
    [InlineData(20_000, 0, 0, 10_000L)]
    [InlineData(20_000, 0, 19_999, 1L)]
    [InlineData(20_001, 0, 20_000, 0L)]
    [InlineData(30_000, 10_000, 19_997, 2L)]
    [InlineData(3, 0, 1, 6_667L)]
    public void Utilisation_Places_AreRoundedHalfAwayFromZero(int capacity, int floor, int free, long? expected) =>
        Assert.Equal(
            expected,
            new PeriodCapacity(
                new(new(2027, 1, 1), new(2027, 1, 2)), capacity, floor, free, free, free).Utilisation);

    [Fact]
    public void Utilisation_TheLargestFigures_DoesNotOverflow() =>
        Assert.Equal(
            5_000,
            new PeriodCapacity(default, 2_000_000_000_000_000, 0, 1_000_000_000_000_000, 0, 0).Utilisation);

    private static void CheckAll(Action<DailyCapacity, CurvePeriod> check) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var first = new DateOnly(2027, 1, 1).AddDays(random.Next(1_000));
            var days = new DateRange(first, first.AddDays(random.Next(1, DaysMax)));
            // Powers change seldom, so that days are alike, and reach what an int cannot sum up.
            var capacity = Steps(_ => random.Next(3) * 500_000_000);
            var floor = Steps(day => random.Next(3) * (capacity[day] / 4));
            for (var day = 0; day < floor.Length; day++) floor[day] = Math.Min(floor[day], capacity[day]);
            var free = capacity.Select((kw, day) => random.Next(9) == 0 ? (kw - floor[day]) / 3 : kw - floor[day]);
            var daily = new DailyCapacity(days, capacity, floor, [.. free]);
            foreach (var period in Enum.GetValues<CurvePeriod>()) check(daily, period);

            int[] Steps(Func<int, int> next)
            {
                var kw = new int[days.Days];
                for (var day = 0; day < kw.Length; day++)
                    kw[day] = day == 0 || random.Next(20) == 0 ? next(day) : kw[day - 1];
                return kw;
            }
        }));

    private static bool Begins(DailyCapacity daily, CurvePeriod period, DateOnly day) => period switch
    {
        CurvePeriod.Day => At(daily, day) != At(daily, day.AddDays(-1)),
        CurvePeriod.Week => day.DayOfWeek == DayOfWeek.Monday,
        CurvePeriod.Month => day.Day == 1,
        CurvePeriod.Quarter => day is { Day: 1, Month: 1 or 4 or 7 or 10 },
        _ => day is { Day: 1, Month: 1 },
    };

    private static (int, int, int) At(DailyCapacity daily, DateOnly day)
    {
        var place = day.DayNumber - daily.Days.Start.DayNumber;
        return (daily.CapacityKw[place], daily.FloorKw[place], daily.FreeKw[place]);
    }

    private static IEnumerable<DateOnly> Each(DateRange days) =>
        Enumerable.Range(0, days.Days).Select(days.Start.AddDays);
}
