using Dapper;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Marketplace.Cli.Demo;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Marketplace.EndToEnd.Tests;

/// <summary>A service that is told to stop brings to its end what it has begun.</summary>
[Collection(SharedMarket.Name)]
public sealed class DrainTests(SharedSystem shared)
{
    private readonly MarketSystem system = shared.System;

    [Fact]
    public async Task Stop_EventHeldUpOnItsWay_IsSentBeforeTheProcessEnds()
    {
        using var listing = await DemoListing.CreateAsync(system.Endpoints, system.Operator, "Drained", "0.5");
        var deal = await DemoDeal.AskAsync(listing);
        await deal.NegotiateAsync();
        await deal.SignAsync(listing.Provider);
        await system.QuietAsync();
        system.Gate.LetThrough(0);
        await deal.SignAsync(listing.Buyer);
        await deal.LeaseAsync();
        await Eventually.AsyncThat(() => system.Gate.HasWaiting, TimeSpan.FromSeconds(30));

        var stop = system.Replicas("leasing").Single().StopAsync();
        Assert.Equal(1, await OutboxCountAsync());
        system.Gate.Open();

        Assert.Equal(0, await stop);
        Assert.Equal(0, await OutboxCountAsync());
        await system.StartAsync("leasing");
        await system.QuietAsync();
    }

    [Fact]
    public async Task Stop_OpenStreams_HearThatTheServiceDrains()
    {
        using var listing = await DemoListing.CreateAsync(system.Endpoints, system.Operator, "Watched", "0.5");
        using var watch = listing.Buyer.Inventory.WatchInventory(new());
        using var channel = GrpcChannel.ForAddress(system.Endpoints.Inventory.Replicas[0]);
        using var health = new Health.HealthClient(channel).Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.True(await health.ResponseStream.MoveNext());
        Assert.Equal(ServingStatus.Serving, health.ResponseStream.Current.Status);

        var stop = system.Replicas("inventory").Single().StopAsync();

        Assert.True(await health.ResponseStream.MoveNext());
        Assert.Equal(ServingStatus.NotServing, health.ResponseStream.Current.Status);
        var draining = new Refusal(StatusCode.Unavailable, "SERVICE_DRAINING");
        Assert.Equal(draining, await Refusal.OfAsync(() => health.ResponseStream.MoveNext()));
        Assert.Equal(draining, await Refusal.OfAsync(async () =>
        {
            while (await watch.ResponseStream.MoveNext()) ;
        }));
        Assert.Equal(0, await stop);
        await system.StartAsync("inventory");
    }

    [Fact]
    public async Task Stop_WithADrainDelay_StillAnswersAndSaysThatItIsNotServing()
    {
        // Longer than the test, which ends the service when it has seen what it came for.
        await using var own = await MarketSystem.StartAsync(drainSeconds: 300, names: "accounts");
        using var channel = GrpcChannel.ForAddress(own.Endpoints.Accounts.Replicas[0]);
        var health = new Health.HealthClient(channel);
        Assert.Equal(ServingStatus.Serving, (await health.CheckAsync(new())).Status);

        await own.Replicas("accounts").Single().TellToStopAsync();

        await Eventually.AsyncThat(
            async () => (await health.CheckAsync(new())).Status == ServingStatus.NotServing, TimeSpan.FromSeconds(30));
        Assert.NotNull((await own.Operator.Accounts.GetMarketClockAsync(new())).MarketTime);
    }

    private async Task<long> OutboxCountAsync()
    {
        await using var database = system.Database("leasing");
        return await database.QuerySingleAsync<long>(
            "select count(*) from outbox, relay_cursor where outbox.xid >= relay_cursor.xid");
    }
}
