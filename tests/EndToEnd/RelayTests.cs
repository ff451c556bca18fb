using Dapper;
using Marketplace.Cli.Demo;

namespace Marketplace.EndToEnd.Tests;

/// <summary>Leasing killed while its relay has brought a part of a window to the broker.</summary>
[Collection(SharedMarket.Name)]
public sealed class RelayTests(SharedSystem shared)
{
    private const int Leases = 6;
    private const int LotKw = 50_000;

    // One event alone, and then a window of the others of which some get through.
    private const int Events = 2 * Leases;
    private const int EventsThrough = 4;

    private readonly MarketSystem system = shared.System;

    [Fact]
    public async Task Relay_KilledInTheMiddleOfAWindow_EveryEventIsAppliedOnceAndInOrder()
    {
        using var listing = await DemoListing.CreateAsync(system.Endpoints, system.Operator, "Relay", "0.5", LotKw);
        var deals = await Task.WhenAll(Enumerable.Range(0, Leases).Select(_ => AgreeAsync(listing)));
        await system.QuietAsync();
        var before = await system.QuiescenceAsync("billing");
        system.Gate.LetThrough(0);
        foreach (var deal in deals)
        {
            await deal.SignAsync(listing.Buyer);
            await deal.LeaseAsync();
            // The first event is a window of its own; what follows is in the next.
            await Eventually.AsyncThat(() => system.Gate.HasWaiting, TimeSpan.FromSeconds(30));
        }
        foreach (var deal in deals) await deal.ServeNoticeAsync();

        system.Gate.LetThrough(1 + EventsThrough);
        await Eventually.AsyncThat(
            async () => await ReceivedAsync() == 1 + EventsThrough && system.Gate.HasWaiting, TimeSpan.FromSeconds(30));
        Assert.Equal(Events - 1, (await system.QuiescenceAsync("leasing")).OutboxCount);
        system.Kill("leasing");
        system.Gate.Open();
        await system.StartAsync("leasing");
        await system.QuietAsync();

        foreach (var deal in deals)
        {
            foreach (var service in new[] { "inventory", "billing" })
                Assert.Equal(2, await LastAppliedAsync(service, deal.Lease.LeaseId));
            var lease = await deal.GetLeaseAsync();
            Assert.NotEqual(deal.Lease.EndDate, lease.EndDate);
            var schedule = await listing.Buyer.Billing.GetBillingScheduleAsync(new() { LeaseId = lease.LeaseId });
            Assert.Equal(2, schedule.LeaseVersion);
            Assert.Equal(lease.EndDate, schedule.Periods[^1].EndDate);
            var reservations = await listing.Provider.Inventory.ListReservationsAsync(
                new() { LeaseId = lease.LeaseId });
            Assert.Equal(lease.EndDate, Assert.Single(reservations.Reservations).EndDate);
        }
        // Each consumer has had every event once.
        Assert.Equal(before.Consumed.Sum(count => count.TotalCount) + Events, await ConsumedAsync());
        foreach (var service in new[] { "inventory", "billing" })
            Assert.Equal(0, (await system.QuiescenceAsync(service)).ParkedCount);

        async Task<long> ConsumedAsync() =>
            (await system.QuiescenceAsync("billing")).Consumed.Sum(count => count.TotalCount);

        async Task<long> ReceivedAsync()
        {
            var now = await system.QuiescenceAsync("billing");
            return now.Consumed.Sum(count => count.TotalCount) - before.Consumed.Sum(count => count.TotalCount)
                + now.SetAsideCount;
        }
    }

    private static async Task<DemoDeal> AgreeAsync(DemoListing listing)
    {
        var deal = await DemoDeal.AskAsync(listing);
        await deal.NegotiateAsync();
        await deal.SignAsync(listing.Provider);
        return deal;
    }

    private async Task<long> LastAppliedAsync(string service, string leaseId)
    {
        await using var database = system.Database(service);
        return await database.QuerySingleAsync<long>(
            "select aggregate_version from inbox where aggregate_id = @id", new { id = Guid.Parse(leaseId) });
    }
}
