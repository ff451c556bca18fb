using System.Globalization;
using Google.Type;
using Marketplace.Cli.Demo;
using Marketplace.Inventory.V1;
using Xunit.Abstractions;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// A new version goes out while the market is used: every replica is stopped and started in its turn.
/// </summary>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int ReplicaCount = 2;
    private const int LotKw = 100;

    // After each restart the load has to come this much further before the next.
    private const int CallsBetween = 30;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Restart_EveryReplicaOfEveryServiceUnderLoad_NoCallFails()
    {
        await using var system = await MarketSystem.StartAsync(replicas: ReplicaCount);
        using var listing =
            await DemoListing.CreateAsync(system.Endpoints, system.Operator, "Rolled", "0.5", LotKw);
        using var load = await MarketLoad.StartAsync(system.Endpoints, system.Operator, listing);
        await load.FurtherAsync(CallsBetween, Long);

        foreach (var replica in MarketSystem.Names.SelectMany(system.Replicas))
        {
            Assert.Equal(0, await replica.StopAsync());
            await load.FurtherAsync(CallsBetween, Long);
            await replica.StartAsync();
            await load.FurtherAsync(CallsBetween, Long);
        }
        await load.EndAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{MarketSystem.Names.Count * ReplicaCount} restarts, {load.CallCount} calls, none failed; "
            + $"{load.RetryCount} attempts were made again; {load.Leases.Count} leases signed; "
            + $"longest call {load.LongestCall.TotalSeconds:F2} s"));
        Assert.NotEmpty(load.Leases);
        await system.QuietAsync();
        Assert.Equal(load.Leases.Order(), (await LeasesHeldAsync(listing)).Order());
        var check = await system.Operator.Inventory.CheckCapacityAsync(new() { PoolId = listing.Pool.PoolId });
        Assert.Equal((0, load.Leases.Count), (check.OversoldKw, check.ReservationCount));
        var term = new GetPoolAvailabilityRequest
        {
            PoolId = listing.Pool.PoolId,
            StartDate = new() { Year = 2026, Month = 5, Day = 1 },
            EndDate = new Date { Year = 2029, Month = 6, Day = 1 },
        };
        var days = Assert.Single((await listing.Provider.Inventory.GetPoolAvailabilityAsync(term)).Steps);
        Assert.Equal(LotKw * load.Leases.Count, days.ReservedKw);
    }

    private static async Task<List<string>> LeasesHeldAsync(DemoListing listing)
    {
        var request = new ListReservationsRequest { PoolId = listing.Pool.PoolId, State = ReservationState.Reserved };
        var held = new List<string>();
        do
        {
            var page = await listing.Provider.Inventory.ListReservationsAsync(request);
            held.AddRange(page.Reservations.Select(reservation => reservation.LeaseId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return held;
    }
}
