using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>Answers what a provider's own workloads drew, day by day.</summary>
internal static class ReadPoolUsage
{
    private const int DaysDefault = 28;
    private const int DaysMax = 731;

    public static async Task<V1.PoolUsage> HandleAsync(
        Transaction transaction, V1.GetPoolUsageRequest request, Guid? organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        var (start, end) =
            (fields.OptionalDate("start_date", request.StartDate), fields.OptionalDate("end_date", request.EndDate));
        fields.Check();
        var pool = await PoolRows.FindAsync(transaction, poolId, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var tomorrow = pool.Today(transaction.Now).AddDays(1);
        var days = fields.Range("", start ?? (end ?? tomorrow).AddDays(-DaysDefault), end ?? EndOf(start, tomorrow));
        if (days is { Days: > DaysMax })
            fields.Wrong(
                "end_date", "TOO_LONG", $"The interval has {days.Value.Days} days; at most {DaysMax} are allowed.");
        fields.Check();

        var (firstHour, endHour) = HoursOf(pool, days!.Value);
        var usage = await UsageRows.ReadAsync(transaction, poolId, firstHour, endHour - firstHour);
        var answer = new V1.PoolUsage
        {
            PoolId = request.PoolId,
            TimeZone = pool.TimeZone,
            SampleCount = usage.SampleCount,
            MeanKw = usage.MeanKw,
            PeakKw = usage.PeakKw,
        };
        answer.Days.Add(Daily(pool, days.Value, usage));
        return answer;
    }

    private static DateOnly EndOf(DateOnly? start, DateOnly tomorrow) =>
        start is { } first && first.AddDays(DaysDefault) < tomorrow ? first.AddDays(DaysDefault) : tomorrow;

    private static IEnumerable<V1.DailyUsage> Daily(Pool pool, DateRange days, UsageHours usage)
    {
        var floor = pool.Floor.Over(days);
        for (var i = 0; i < days.Days; i++)
        {
            var day = days.Start.AddDays(i);
            var (firstHour, endHour) = HoursOf(pool, new(day, day.AddDays(1)));
            var ofDay = new UsageHours(
                firstHour, [.. usage.Kw.Skip(firstHour - usage.FirstHour).Take(endHour - firstHour)]);
            if (ofDay.SampleCount == 0) continue;
            yield return new()
            {
                Date = day.ToProto(),
                SampleCount = ofDay.SampleCount,
                MeanKw = ofDay.MeanKw,
                PeakKw = ofDay.PeakKw,
                FloorKw = floor[i],
            };
        }
    }

    // The hours that begin on the days: where days do not begin with an hour of UTC, the first one begins later.
    private static (int First, int End) HoursOf(Pool pool, DateRange days) =>
        (FirstHourFrom(pool, days.Start), FirstHourFrom(pool, days.End));

    private static int FirstHourFrom(Pool pool, DateOnly day)
    {
        var start = SiteCalendar.StartOf(pool.TimeZone, day);
        var hour = UsageHours.HourAt(start);
        return UsageHours.StartOf(hour) == start ? hour : hour + 1;
    }
}
