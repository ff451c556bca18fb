using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.Options.V1;
using Npgsql;

namespace Marketplace.Inventory.Tests;

/// <summary>Samples of own use; the market clock stands at 2026-04-01T12:00Z, 7:00 in Chicago.</summary>
[Collection(SharedInventoryServer.Name)]
public sealed class PoolUsageTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);

    [Fact]
    public async Task RecordPoolUsage_ADay_IsToldByCivilDayWithMeanAndPeak()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);

        // From 03:00Z on the 31st, which is 22:00 on the 30th in Chicago.
        var receipt = await RecordAsync(pool.PoolId, "2026-03-31T03:00:00Z", 10, 11, 20, 21, 21);
        var usage = await provider.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId });

        Assert.Equal((5, 0, 0), (receipt.AddedCount, receipt.ReplacedCount, receipt.UnchangedCount));
        Assert.Equal(
            (Time("2026-03-31T03:00:00Z"), Time("2026-03-31T08:00:00Z")), (receipt.StartTime, receipt.EndTime));
        Assert.Equal(("America/Chicago", 5, 17, 21),
            (usage.TimeZone, usage.SampleCount, usage.MeanKw, usage.PeakKw));
        Assert.Equal(
            [(Party.Day("2026-03-30"), 2, 11, 11, 0), (Party.Day("2026-03-31"), 3, 21, 21, 0)],
            usage.Days.Select(day => (day.Date, day.SampleCount, day.MeanKw, day.PeakKw, day.FloorKw)));
    }

    [Fact]
    public async Task GetPoolUsage_DaysThatBeginAtHalfPast_HaveTheHoursThatBeganOnThem()
    {
        var site = await provider.CreateSiteAsync("Asia/Kolkata");
        var pool = await provider.Inventory.CreatePoolAsync(Party.PoolRequest(site.SiteId, 100, 80));
        // Midnight of the 31st is 18:30Z of the 30th.
        await RecordAsync(pool.PoolId, "2026-03-29T00:00:00Z", [.. Enumerable.Range(0, 60)]);

        var usage = await provider.Inventory.GetPoolUsageAsync(
            new() { PoolId = pool.PoolId, StartDate = Party.Day("2026-03-30"), EndDate = Party.Day("2026-04-01") });

        Assert.Equal(
            [(Party.Day("2026-03-30"), 24, 42), (Party.Day("2026-03-31"), 17, 59)],
            usage.Days.Select(day => (day.Date, day.SampleCount, day.PeakKw)));
    }

    [Fact]
    public async Task RecordPoolUsage_SameHoursAgain_LaterSamplesReplace()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);
        await RecordAsync(pool.PoolId, "2026-03-31T22:00:00Z", 1, 2, 3, 4);

        var receipt = await RecordAsync(pool.PoolId, "2026-03-31T23:00:00Z", 2, 30, 40, 50);
        var usage = await provider.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId });

        Assert.Equal((1, 2, 1), (receipt.AddedCount, receipt.ReplacedCount, receipt.UnchangedCount));
        Assert.Equal((5, 25, 50), (usage.SampleCount, usage.MeanKw, usage.PeakKw));
    }

    [Fact]
    public async Task RecordPoolUsage_SameRequestIdTwice_GivesTheFirstAnswer()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);
        var request = Request(pool.PoolId, "2026-04-01T00:00:00Z", 7);

        var first = await provider.Inventory.RecordPoolUsageAsync(request);
        var second = await provider.Inventory.RecordPoolUsageAsync(request);

        Assert.Equal((1, first), (first.AddedCount, second));
        request.Samples[0].PowerKw = 8;
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "REQUEST_ID_REUSED", provider.Inventory.RecordPoolUsageAsync(request));
    }

    [Fact]
    public async Task RecordPoolUsage_TenThousandHours_TakeARowADay()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100_000, floorKw: 0);
        var kw = Enumerable.Range(0, 10_000).ToArray();

        var receipt = await RecordAsync(pool.PoolId, "2025-01-01T00:00:00Z", kw);
        var usage = await provider.Inventory.GetPoolUsageAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2024-12-31"),
            EndDate = Party.Day("2026-03-01"),
        });

        Assert.Equal(10_000, receipt.AddedCount);
        Assert.Equal((10_000, 5_000, 9_999), (usage.SampleCount, usage.MeanKw, usage.PeakKw));
        // Daylight saving ends on one of them and begins on another.
        Assert.Equal(25, usage.Days.Single(day => day.Date.Equals(Party.Day("2025-11-02"))).SampleCount);
        Assert.Equal(23, usage.Days.Single(day => day.Date.Equals(Party.Day("2025-03-09"))).SampleCount);
        await using var source = NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var count = source.CreateCommand("select count(*) from pool_usage_day where pool_id = $1");
        count.Parameters.Add(new() { Value = Guid.Parse(pool.PoolId) });
        Assert.Equal(417L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task RecordPoolUsage_ManyAtOnceOnTheSameDay_KeepsEveryHour()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);
        var start = Time("2026-03-30T00:00:00Z").ToDateTime();

        await Task.WhenAll(Enumerable.Range(0, 48).Select(hour => provider.Inventory.RecordPoolUsageAsync(
            Request(pool.PoolId, start.AddHours(hour).ToString("O"), hour)).ResponseAsync));

        var usage = await provider.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId });
        Assert.Equal((48, 24, 47), (usage.SampleCount, usage.MeanKw, usage.PeakKw));
    }

    public static TheoryData<string, Action<V1.RecordPoolUsageRequest>> WrongRequests => new()
    {
        { "samples", request => request.Samples.Clear() },
        { "samples", request => request.Samples.Add(Enumerable.Repeat(request.Samples[0], 10_000)) },
        { "samples[0].power_kw", request => request.Samples[0].ClearPowerKw() },
        { "samples[0].power_kw", request => request.Samples[0].PowerKw = -1 },
        { "samples[0].power_kw", request => request.Samples[0].PowerKw = 101 },
        { "samples[0].start_time", request => request.Samples[0].StartTime = null },
        { "samples[0].start_time", request => request.Samples[0].StartTime.Seconds += 1800 },
        { "samples[0].start_time", request => request.Samples[0].StartTime.Nanos = 1 },
        { "samples[0].start_time", request => request.Samples[0].StartTime = Time("2026-04-01T12:00:00Z") },
        { "samples[0].start_time", request => request.Samples[0].StartTime = Time("2021-04-01T11:00:00Z") },
        { "samples[0].start_time", request => request.Samples[0].StartTime.Seconds = long.MaxValue / 3600 * 3600 },
        { "samples[0].start_time", request => request.Samples[0].StartTime.Seconds = long.MinValue / 3600 * 3600 },
        { "samples[1].start_time", request => request.Samples[1].StartTime = request.Samples[0].StartTime },
        { "pool_id", request => request.PoolId = "hall" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests), DisableDiscoveryEnumeration = true)]
    public async Task RecordPoolUsage_WrongSample_IsNamedAndNothingIsRecorded(
        string field, Action<V1.RecordPoolUsageRequest> change)
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);
        var request = Request(pool.PoolId, "2026-04-01T09:00:00Z", 5, 100);
        change(request);

        await Errors.FieldRefusedAsync(field, provider.Inventory.RecordPoolUsageAsync(request));
        Assert.Equal(0, (await provider.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId })).SampleCount);
    }

    [Fact]
    public async Task RecordPoolUsage_LastHourAndOldestHour_AreTaken()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);

        await RecordAsync(pool.PoolId, "2026-04-01T11:00:00Z", 100);
        await RecordAsync(pool.PoolId, "2021-04-01T12:00:00Z", 0);

        Assert.Equal(1, (await provider.Inventory.GetPoolUsageAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2021-04-01"),
            EndDate = Party.Day("2021-04-02"),
        })).SampleCount);
    }

    [Fact]
    public async Task RecordPoolUsage_TenThousandWrongSamples_NamesTheFirstTenAndHowMany()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);

        var error = await Errors.RefusedAsync(StatusCode.InvalidArgument, "INVALID_FIELDS",
            provider.Inventory.RecordPoolUsageAsync(
                Request(pool.PoolId, "2025-01-01T00:00:00Z", [.. Enumerable.Repeat(101, 10_000)])));

        Assert.Contains("samples[9].power_kw", error.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("samples[10].power_kw", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("10000 samples are wrong", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoolUsage_OfAnotherPool_IsForItsProviderAndOperatorsOnly()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 80);
        await RecordAsync(pool.PoolId, "2026-04-01T00:00:00Z", 5);
        var other = server.AddParty(Role.Provider);

        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            other.Inventory.RecordPoolUsageAsync(Request(pool.PoolId, "2026-04-01T00:00:00Z", 5)));
        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            other.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId }));
        await Errors.RefusedAsync(StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED",
            server.AddParty(Role.Buyer).Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId }));
        Assert.Equal(
            1, (await server.Operator.Inventory.GetPoolUsageAsync(new() { PoolId = pool.PoolId })).SampleCount);
    }

    [Theory]
    [InlineData("2026-04-01", "2026-04-01", "end_date")]
    [InlineData("2024-03-31", "2026-04-02", "end_date")]
    [InlineData("2026-04-31", null, "start_date")]
    public async Task GetPoolUsage_WrongInterval_IsNamed(string start, string? end, string field)
    {
        var pool = await provider.CreatePoolAsync();

        await Errors.FieldRefusedAsync(field, provider.Inventory.GetPoolUsageAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Parse(start),
            EndDate = end is null ? null : Parse(end),
        }));
    }

    internal static V1.RecordPoolUsageRequest Request(string poolId, string start, params int[] kw)
    {
        var first = Time(start).Seconds;
        return new()
        {
            RequestId = Party.NewId(),
            PoolId = poolId,
            Samples =
            {
                kw.Select((power, hour) =>
                    new V1.UsageSample { StartTime = new() { Seconds = first + hour * 3_600L }, PowerKw = power }),
            },
        };
    }

    private async Task<V1.UsageReceipt> RecordAsync(string poolId, string start, params int[] kw) =>
        await provider.Inventory.RecordPoolUsageAsync(Request(poolId, start, kw));

    private static Timestamp Time(string time) =>
        Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));

    private static Google.Type.Date Parse(string date) => new()
    {
        Year = int.Parse(date[..4], System.Globalization.CultureInfo.InvariantCulture),
        Month = int.Parse(date[5..7], System.Globalization.CultureInfo.InvariantCulture),
        Day = int.Parse(date[8..], System.Globalization.CultureInfo.InvariantCulture),
    };
}
