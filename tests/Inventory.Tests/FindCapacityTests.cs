using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class FindCapacityTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party buyer = server.AddParty(Role.Buyer);

    // Of 100 kW 40 are free from 2026-06-01 and 70 from 2027-01-15 to 2028-01-15.
    private async Task<V1.Pool> PoolAsync()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        foreach (var (kw, start, end) in new[] { (60, "2026-06-01", "2027-01-15"), (30, "2027-01-15", "2028-01-15") })
        {
            await server.Service.Reservations.ReserveCapacityAsync(
                Party.Reservation(provider, kw, start, end, pool.PoolId));
        }
        return pool;
    }

    [Theory]
    [InlineData(0, 1, null, null, "-", 100, "2026-04-01")]
    [InlineData(100, 1, null, null, "2026-04-01", 100, "2026-04-01")]
    [InlineData(100, 2, null, null, "2026-04-01", 100, "2026-04-01")]
    [InlineData(100, 3, null, null, "2028-01-15", 100, "2028-01-15")]
    [InlineData(50, 3, null, null, "2027-01-15", 100, "2028-01-15")]
    [InlineData(40, 3, null, null, "2026-04-01", 100, "2028-01-15")]
    [InlineData(101, 3, null, null, "-", 100, "2028-01-15")]
    [InlineData(50, 3, "2026-05-10", "2027-01-14", "-", 40, "2026-05-10")]
    [InlineData(50, 3, "2026-05-10", "2027-01-15", "2027-01-15", 70, "2027-01-15")]
    [InlineData(70, 12, "2026-05-10", "2027-06-01", "2027-01-15", 70, "2027-01-15")]
    [InlineData(100, 1, "2029-02-03", "2029-02-03", "2029-02-03", 100, "2029-02-03")]
    [InlineData(10, 300, null, null, "2026-04-01", 40, "2026-04-01")]
    [InlineData(10, 300, "2026-04-02", null, "-", 0, "-")]
    [InlineData(10, 1, "2051-03-01", null, "2051-03-01", 100, "2051-03-01")]
    [InlineData(10, 1, "2051-03-02", null, "-", 0, "-")]
    [InlineData(10, 1, "2199-12-31", "2199-12-31", "-", 0, "-")]
    public async Task FindCapacity_Pool_FindsTheFirstDayAndTheLargestBlock(
        int powerKw, int months, string? earliest, string? latest, string found, int largestKw, string largestStart)
    {
        var pool = await PoolAsync();

        var answer = await provider.Inventory.FindCapacityAsync(new()
        {
            PoolId = pool.PoolId,
            PowerKw = powerKw,
            TermMonths = months,
            EarliestStartDate = earliest is null ? null : Party.Day(earliest),
            LatestStartDate = latest is null ? null : Party.Day(latest),
        });

        Assert.Equal(
            ("America/Chicago", found, largestKw, largestStart),
            (answer.TimeZone, Iso(answer.EarliestStartDate), answer.LargestKw, Iso(answer.LargestStartDate)));
    }

    [Fact]
    public async Task FindCapacity_Pool_IsFreeWhereItIsFoundAndOnNoDayBefore()
    {
        var pool = await PoolAsync();
        var found = await provider.Inventory.FindCapacityAsync(
            new() { PoolId = pool.PoolId, PowerKw = 70, TermMonths = 6 });

        Assert.Equal("2027-01-15", Iso(found.EarliestStartDate));
        await Errors.ShortAsync(server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 70, "2027-01-14", "2027-07-14", pool.PoolId)));
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 70, "2027-01-15", "2027-07-15", pool.PoolId));
    }

    [Fact]
    public async Task FindCapacity_NothingIsEverFree_IsZeroFromTheFirstDay()
    {
        var pool = await provider.CreatePoolAsync(0, 0);

        var answer = await provider.Inventory.FindCapacityAsync(
            new() { PoolId = pool.PoolId, PowerKw = 1, TermMonths = 1 });

        Assert.Equal(("-", 0, "2026-04-01"),
            (Iso(answer.EarliestStartDate), answer.LargestKw, Iso(answer.LargestStartDate)));
    }

    [Fact]
    public async Task FindCapacity_OthersPool_IsNotFound_AndOperatorsSeeIt()
    {
        var pool = await PoolAsync();
        var request = new V1.FindCapacityRequest { PoolId = pool.PoolId, PowerKw = 50, TermMonths = 3 };

        foreach (var party in new[] { server.AddParty(Role.Provider), buyer, server.Service })
        {
            await Errors.RefusedAsync(
                StatusCode.NotFound, "POOL_NOT_FOUND", party.Inventory.FindCapacityAsync(request));
        }
        Assert.Equal(
            await provider.Inventory.FindCapacityAsync(request),
            await server.Operator.Inventory.FindCapacityAsync(request));
    }

    [Fact]
    public async Task FindCapacity_Listing_IsTheLesserOfWhatIsOfferedAndFree()
    {
        // Offered are 80 kW, 30 of them from 2028-06-01, until 2029-01-01.
        var listing = await PublishedAsync(await PoolAsync());

        foreach (var (powerKw, months, found, largestKw, largestStart) in new[]
        {
            (80, 1, "2026-05-01", 80, "2026-05-01"),
            (70, 3, "2027-01-15", 80, "2028-01-15"),
            (40, 24, "2026-05-01", 40, "2026-05-01"),
            (41, 24, "-", 40, "2026-05-01"),
            (30, 32, "2026-05-01", 30, "2026-05-01"),
            (30, 33, "-", 0, "-"),
            (0, 7, "-", 70, "2027-01-15"),
        })
        {
            var answer = await buyer.Inventory.FindCapacityAsync(
                new() { ListingId = listing.ListingId, PowerKw = powerKw, TermMonths = months });

            Assert.Equal((found, largestKw, largestStart),
                (Iso(answer.EarliestStartDate), answer.LargestKw, Iso(answer.LargestStartDate)));
        }
    }

    [Fact]
    public async Task FindCapacity_NamedListing_IsForThoseWhoSeeIt()
    {
        var listing = await PublishedAsync(await PoolAsync(), offer =>
        {
            offer.Visibility = V1.ListingVisibility.Named;
            offer.NamedBuyerOrganisationIds.Add(buyer.OrganisationId.ToString());
        });
        var request = new V1.FindCapacityRequest { ListingId = listing.ListingId, PowerKw = 80, TermMonths = 1 };

        foreach (var party in new[] { server.AddParty(Role.Buyer), server.AddParty(Role.Provider) })
        {
            await Errors.RefusedAsync(
                StatusCode.NotFound, "LISTING_NOT_FOUND", party.Inventory.FindCapacityAsync(request));
        }
        foreach (var party in new[] { provider, buyer, server.Operator, server.Service })
            Assert.Equal("2026-05-01", Iso((await party.Inventory.FindCapacityAsync(request)).EarliestStartDate));
    }

    [Fact]
    public async Task FindCapacity_BlindListing_IsForEveryoneButThoseExcluded_AndItsPoolIsNot()
    {
        var excluded = server.AddParty(Role.Buyer);
        var listing = await PublishedAsync(await PoolAsync(), offer =>
        {
            offer.Visibility = V1.ListingVisibility.Blind;
            offer.ExcludedOrganisationIds.Add(excluded.OrganisationId.ToString());
        });
        var request = new V1.FindCapacityRequest { ListingId = listing.ListingId, PowerKw = 80, TermMonths = 1 };

        Assert.Equal("2026-05-01", Iso((await buyer.Inventory.FindCapacityAsync(request)).EarliestStartDate));
        await Errors.RefusedAsync(
            StatusCode.NotFound, "LISTING_NOT_FOUND", excluded.Inventory.FindCapacityAsync(request));
        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            buyer.Inventory.FindCapacityAsync(new() { PoolId = listing.PoolId, TermMonths = 1 }));
    }

    [Fact]
    public async Task FindCapacity_Draft_IsForItsProvider()
    {
        var pool = await PoolAsync();
        var draft = await provider.CreateListingAsync(pool.PoolId, Offer);
        var request = new V1.FindCapacityRequest { ListingId = draft.ListingId, PowerKw = 80, TermMonths = 1 };

        Assert.Equal("2026-05-01", Iso((await provider.Inventory.FindCapacityAsync(request)).EarliestStartDate));
        await Errors.RefusedAsync(
            StatusCode.NotFound, "LISTING_NOT_FOUND", buyer.Inventory.FindCapacityAsync(request));
    }

    public static TheoryData<string, Action<V1.FindCapacityRequest>> WrongFields => new()
    {
        { "pool_id", request => request.PoolId = "" },
        { "pool_id", request => request.ListingId = Party.NewId() },
        { "pool_id", request => request.PoolId = "hall-1" },
        { "listing_id", request => (request.PoolId, request.ListingId) = ("", "all-of-it") },
        { "power_kw", request => request.PowerKw = -1 },
        { "power_kw", request => request.PowerKw = 100_000_001 },
        { "term_months", request => request.TermMonths = 0 },
        { "term_months", request => request.TermMonths = 301 },
        { "term_months", request => request.TermMonths = -1 },
        { "earliest_start_date", request => request.EarliestStartDate = Party.Day("2026-03-31") },
        { "earliest_start_date", request => request.EarliestStartDate = new() { Year = 2027, Month = 2, Day = 30 } },
        { "latest_start_date", request => request.LatestStartDate = Party.Day("2026-03-31") },
        { "latest_start_date", request => request.LatestStartDate = new() { Year = 2200, Month = 1, Day = 1 } },
        { "latest_start_date", request =>
        {
            request.EarliestStartDate = Party.Day("2027-02-02");
            request.LatestStartDate = Party.Day("2027-02-01");
        } },
    };

    [Theory]
    [MemberData(nameof(WrongFields), DisableDiscoveryEnumeration = true)]
    public async Task FindCapacity_WrongField_IsNamed(string field, Action<V1.FindCapacityRequest> change)
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = new V1.FindCapacityRequest
        {
            PoolId = pool.PoolId,
            PowerKw = 100_000_000,
            TermMonths = 300,
            EarliestStartDate = Party.Day("2026-04-01"),
            LatestStartDate = Party.Day("2026-04-01"),
        };
        Assert.Equal(100, (await provider.Inventory.FindCapacityAsync(request)).LargestKw);

        change(request);

        await Errors.FieldRefusedAsync(field, provider.Inventory.FindCapacityAsync(request));
    }

    private async Task<V1.Listing> PublishedAsync(V1.Pool pool, Action<V1.ListingOffer>? change = null)
    {
        var draft = await provider.CreateListingAsync(pool.PoolId, offer =>
        {
            Offer(offer);
            change?.Invoke(offer);
        });
        return await provider.PublishAsync(draft.ListingId);
    }

    private static void Offer(V1.ListingOffer offer)
    {
        (offer.MinimumLotKw, offer.MaximumLotKw, offer.EndDate) = (10, 80, Party.Day("2029-01-01"));
        offer.OfferedSteps.Clear();
        offer.OfferedSteps.Add([Party.Step("2026-05-01", 80), Party.Step("2028-06-01", 30)]);
        (offer.Price.Basis, offer.Price.Amount.Units) = (Terms.V1.FeeBasis.PerMwMonth, 120_000);
    }

    private static string Iso(Google.Type.Date? date) => date is null ? "-" : $"{date.ToDateOnly():O}";
}
