using System.Globalization;
using System.Text.Json;
using Marketplace.Cli;
using static Marketplace.EndToEnd.Tests.CommandLine.MarketCommands;

namespace Marketplace.EndToEnd.Tests.CommandLine;

/// <summary>A provider sees what of its floor lies idle, and sells it, as a person types it.</summary>
[Collection(SharedMarket.Name)]
public sealed class DualUseTests(SharedSystem shared) : IDisposable
{
    private const int HoursOfEightWeeks = 1_344;

    private readonly MarketCommands market = new(shared.System);

    public void Dispose() => market.Dispose();

    [Fact]
    public async Task IdleFloor_FromSamplesToListing_IsSold()
    {
        var listed = market.Json(["listing", "get", await market.ListAsync(), .. By("provider")]);
        var site = listed.GetProperty("site_id").GetString()!;
        var now = DateTimeOffset.Parse(
            market.Json("clock", "get").GetProperty("market_time").GetString()!, CultureInfo.InvariantCulture);
        var today = $"{now.UtcDateTime.AddDays(-1):yyyy-MM-dd}";
        var pool = market.Id(["pool", "create", site, "--display-name", "Hall 2", "--service-level", "bare-metal",
            "--nameplate-kw", "100MW", "--capacity-steps", $"{today},100MW", "--floor-steps", $"{today},80MW",
            .. By("provider")]);
        await File.WriteAllTextAsync(market.PathOf("usage.json"), Samples(now));

        // What is said of site and pool, with the mask that the options make.
        var powered = market.Json(["site", "update", site, "--power.pue", "1.25", "--power.redundancy", "n-plus-one",
            "--power.curtailment.curtailable-kw", "20MW", .. By("provider")]).GetProperty("power");
        Assert.Equal("1.25", powered.GetProperty("pue").GetProperty("value").GetString());
        Assert.Equal(20_000, powered.GetProperty("curtailment").GetProperty("curtailable_kw").GetInt32());
        Assert.Equal(100, market.Json(["pool", "update", pool, "--accelerator-count", "100", .. By("provider")])
            .GetProperty("accelerator_count").GetInt32());
        market.Refused(ExitCode.No, "RESOURCE_EXHAUSTED CAPACITY_SHORT",
            ["pool", "update", pool, "--nameplate-kw", "99MW", .. By("provider")]);

        // Samples in bulk, from a file and again from standard input.
        string[] recording = ["pool-usage", "record", pool, "-f"];
        Assert.Equal(HoursOfEightWeeks,
            market.Json([.. recording, market.PathOf("usage.json"), .. By("provider")])
                .GetProperty("added_count").GetInt32());
        var again = market.RunAnswering(Samples(now), [.. recording, "-", .. By("provider")]);
        Assert.Contains("Unchanged count  1344", again.Output, StringComparison.Ordinal);
        Assert.Contains("Peak kW       35,000",
            market.Run(["pool-usage", "get", pool, .. By("provider")]).Output, StringComparison.Ordinal);

        var idle = market.Json(["idle-capacity", "get", pool, .. By("provider")]).GetProperty("suggestion");
        var list = market.Run(["idle-capacity", "list", "--site-id", site, .. By("provider")]).Output;
        Assert.Matches($"{pool} +idle +45,000 +52 ", list);
        Assert.Contains("too-few-samples", list, StringComparison.Ordinal);
        Assert.Matches("summary +45000 kW idle for 52 weeks, list it from ",
            market.Run(["idle-capacity", "get", pool, .. By("provider")]).Output);

        // What is suggested is given back as it is.
        var floor = JsonSerializer.Serialize(new { floor_steps = idle.GetProperty("floor_steps") });
        Assert.Equal(ExitCode.Done, market.RunAnswering(
            floor, ["pool", "set-floor", pool, "-f", "-", .. By("provider")]).ExitCode);
        await File.WriteAllTextAsync(market.PathOf("draft.json"), idle.GetProperty("draft_offer").ToString());
        var listing = market.Id(["listing", "create", pool, "-f", market.PathOf("draft.json"), "--day-count",
            "act-month", "--billing.cycle", "calendar-month", "--billing.timing", "advance", "--billing.due-days", "30",
            "--price.basis", "per-mw-month", "--price.amount", "1000000 USD", .. By("provider")]);
        Assert.Equal("LISTING_STATE_PUBLISHED",
            market.Json(["listing", "publish", listing, .. By("provider")]).GetProperty("state").GetString());
    }

    // 30 MW with an hour of 35, in the last eight weeks.
    private static string Samples(DateTimeOffset now)
    {
        var end = now.ToUnixTimeSeconds() / 3_600;
        var samples = Enumerable.Range(1, HoursOfEightWeeks).Select(hour => new
        {
            start_time = DateTimeOffset.FromUnixTimeSeconds((end - hour) * 3_600).ToString("O"),
            power_kw = hour == 100 ? "35MW" : "30MW",
        });
        return JsonSerializer.Serialize(new { samples });
    }
}
