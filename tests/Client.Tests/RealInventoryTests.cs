using Google.Type;
using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;

namespace Marketplace.Client.Tests;

/// <summary>Watches on the real Inventory, while the connection breaks and the service restarts.</summary>
[Collection(SharedMarket.Name)]
public sealed class RealInventoryTests(RealMarket market)
{
    private const int Listings = 20;

    [Fact]
    public async Task WatchInventory_ConnectionCutAgainAndAgain_TellsEachChangeOnceInSequence()
    {
        var key = await market.RegisterAsync(Role.Provider);
        using var provider = new MarketClient(market.Endpoints, key);
        using var client = new MarketClient(market.Gates, key);
        var listings = await DraftsAsync(provider);
        using var stream = provider.Inventory.WatchInventory(new());
        await using var unbroken = stream.ResponseStream.ReadAllAsync().GetAsyncEnumerator();
        await using var watch = client.WatchInventoryAsync().GetAsyncEnumerator();
        var start = await SnapshotAsync(watch);
        Assert.Equal(start, await SnapshotAsync(unbroken));
        var connections = market.InventoryGate.Connections;

        var (told, expected) = (UntilAsync(watch, listings[^1]), UntilAsync(unbroken, listings[^1]));
        foreach (var listing in listings.SkipLast(1))
        {
            await provider.Inventory.PublishListingAsync(new() { ListingId = listing });
            market.InventoryGate.Cut();
            await provider.Inventory.WithdrawListingAsync(new() { ListingId = listing });
        }
        await provider.Inventory.PublishListingAsync(new() { ListingId = listings[^1] });

        Assert.Equal(await expected, await told);
        // Each was published and withdrawn.
        Assert.InRange((await told).Count, 2 * (Listings - 1) + 1, int.MaxValue);
        Assert.True(market.InventoryGate.Connections > connections);
    }

    [Fact]
    public async Task WatchInventory_ServiceRestarts_GoesOnWithoutASnapshot()
    {
        var key = await market.RegisterAsync(Role.Provider);
        using var provider = new MarketClient(market.Endpoints, key);
        var listings = await DraftsAsync(provider);
        // After 0 there is nothing to go on from.
        await provider.Inventory.PublishListingAsync(new() { ListingId = listings[1] });
        await using var watch = provider.WatchInventoryAsync().GetAsyncEnumerator();
        var start = await SnapshotAsync(watch);
        var told = UntilAsync(watch, listings[^1]);
        await provider.Inventory.PublishListingAsync(new() { ListingId = listings[0] });

        await market.RestartInventoryAsync();
        await provider.Inventory.PublishListingAsync(new() { ListingId = listings[^1] });

        var changes = await told;
        Assert.Equal(
            Enumerable.Range(1, changes.Count).Select(i => start + i), changes.Select(change => change.Sequence));
        Assert.Contains(listings[0], changes.Select(change => change.SubjectId));
    }

    private static async Task<List<string>> DraftsAsync(MarketClient provider)
    {
        var site = await provider.Inventory.CreateSiteAsync(
            new() { DisplayName = "Hall 1", Region = "us-tn", TimeZone = "America/Chicago" });
        var pool = await provider.Inventory.CreatePoolAsync(new()
        {
            SiteId = site.SiteId,
            DisplayName = "Hall 1",
            ServiceLevel = ServiceLevel.BareMetal,
            NameplateKw = 300_000,
            CapacitySteps = { Step(300_000) },
            FloorSteps = { Step(0) },
        });
        var listings = new List<string>();
        while (listings.Count < Listings)
        {
            var listing = await provider.Inventory.CreateListingAsync(new() { PoolId = pool.PoolId, Offer = Offer() });
            listings.Add(listing.ListingId);
        }
        return listings;
    }

    /// <summary>Reads on to the end of the snapshot.</summary>
    /// <returns>The sequence that it stands at.</returns>
    private static async Task<long> SnapshotAsync(IAsyncEnumerator<InventoryChange> changes)
    {
        while (await changes.MoveNextAsync())
        {
            if (changes.Current.SnapshotEnd is not null) return changes.Current.Sequence;
        }
        throw new InvalidOperationException("The stream has ended.");
    }

    /// <summary>
    /// What the changes are about, up to one of this listing. How a subject is told depends on when it is read.
    /// </summary>
    private static async Task<List<(long Sequence, string SubjectId)>> UntilAsync(
        IAsyncEnumerator<InventoryChange> changes, string listingId)
    {
        var told = new List<(long Sequence, string SubjectId)>();
        while ((told.Count == 0 || told[^1].SubjectId != listingId) && await changes.MoveNextAsync())
        {
            var change = changes.Current;
            if (change.Heartbeat is not null) continue;
            var subjectId = change.Listing?.ListingId ?? change.PoolFreeCapacity?.PoolId ?? $"{change.ChangeCase}";
            told.Add((change.Sequence, subjectId));
        }
        return told;
    }

    private static ListingOffer Offer() => new()
    {
        DisplayName = "All of it",
        StartDate = Day(2026, 5),
        EndDate = Day(2029, 6),
        OfferedSteps = { Step(300_000) },
        MinimumLotKw = 300_000,
        MaximumLotKw = 300_000,
        Price = new()
        {
            Basis = FeeBasis.FixedMonthly,
            Amount = new() { CurrencyCode = "USD", Units = 1_250_000_000 },
        },
        NoticeReceipt = new() { Rule = NoticeReceiptRule.AnyTime },
        DayCount = DayCount.ActMonth,
        Billing = new() { Cycle = BillingCycle.CalendarMonth, Timing = BillingTiming.Advance, DueDays = 30 },
    };

    private static CurveStep Step(int kw) => new() { StartDate = Day(2026, 5), PowerKw = kw };

    private static Date Day(int year, int month) => new() { Year = year, Month = month, Day = 1 };
}
