using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// What of a floor lies idle; the market clock stands at 2026-04-01T12:00Z. Every test has an accelerator of its own,
/// so that the prices of one are not those of another.
/// </summary>
[Collection(SharedInventoryServer.Name)]
public sealed class IdleCapacityTests(InventoryServer server)
{
    private const int HoursPerWeek = 168;
    private const string WindowStart = "2026-02-04T12:00:00Z";

    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly string accelerator = Party.NewId();

    [Fact]
    public async Task GetIdleCapacity_FloorAboveThePeak_IsListedSoldAndNotIdleAnyMore()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000, peakKw: 34_500));

        var idle = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        var suggestion = idle.Suggestion;

        Assert.Equal((V1.IdleFinding.Idle, 34_500, 80_000), (idle.Finding, idle.NeededKw, idle.JudgedFloorKw));
        Assert.Equal("45000 kW idle for 52 weeks, list it from 2026-04-02", suggestion.Summary);
        Assert.Equal((45_000, 52, Party.Day("2026-04-02"), Party.Day("2027-04-01")),
            (suggestion.IdleKw, suggestion.WeekCount, suggestion.StartDate, suggestion.EndDate));
        Assert.Equal(
            [Party.Step("2026-04-01", 80_000), Party.Step("2026-04-02", 35_000), Party.Step("2027-04-01", 80_000)],
            suggestion.FloorSteps);
        Assert.Equal((1344, 1344, 0, 30_003, 34_500), (idle.Basis.HourCount, idle.Basis.SampleCount,
            idle.Basis.GapCount, idle.Basis.MeanKw, idle.Basis.PeakKw));

        // The answer is sent back as it is, but for the terms.
        await provider.Inventory.SetProviderFloorAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, FloorSteps = { suggestion.FloorSteps } });
        var offer = suggestion.DraftOffer.Clone();
        (offer.DayCount, offer.Billing) = (Party.Offer().DayCount, Party.Offer().Billing);
        offer.Price = new() { Basis = Terms.V1.FeeBasis.PerMwMonth, Amount = Usd(1_000_000) };
        var listing = await provider.Inventory.CreateListingAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, Offer = offer });
        Assert.Equal(V1.ListingState.Published, (await provider.PublishAsync(listing.ListingId)).State);
        var again = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        Assert.Equal(V1.IdleFinding.NothingIdle, again.Finding);
        Assert.Equal([(35_000, 0)], again.Steps.Take(1).Select(step => (step.FloorKw, step.IdleKw)));
        Assert.Null(again.Suggestion);
    }

    [Fact]
    public async Task GetIdleCapacity_MarketPrices_AreOfTheSameKindAndOthersOnly()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000));
        var none = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        // Comparable: 1.0, 1.3 and 1.4 million dollars for a MW and month, one as a fixed fee, and a price in euros.
        await ListAsync(PerMwMonth(Usd(1_000_000)));
        await ListAsync(PerMwMonth(Usd(1_300_000)));
        await ListAsync(offer => (offer.MinimumLotKw, offer.MaximumLotKw, offer.Price) =
            (25_000, 25_000, new() { Basis = Terms.V1.FeeBasis.FixedMonthly, Amount = Usd(35_000_000) }));
        await ListAsync(PerMwMonth(new() { CurrencyCode = "EUR", Units = 900_000, Nanos = 500_000_000 }));
        // Not comparable: another level, another accelerator, no day of the block, a draft, the provider's own.
        await ListAsync(PerMwMonth(Usd(1)), pool: request => request.ServiceLevel = Terms.V1.ServiceLevel.Colocation);
        await ListAsync(PerMwMonth(Usd(2)), pool: request => request.AcceleratorModel = "other");
        await ListAsync(offer =>
        {
            PerMwMonth(Usd(3))(offer);
            (offer.StartDate, offer.EndDate) = (Party.Day("2027-04-01"), Party.Day("2028-04-01"));
            offer.OfferedSteps[0].StartDate = offer.StartDate;
        });
        await ListAsync(PerMwMonth(Usd(4)), isPublished: false);
        await ListAsync(PerMwMonth(Usd(5)), by: provider);

        var values = (await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId })).Suggestion;

        Assert.Equal(V1.MarketValueAbsence.NoComparableListing, none.Suggestion.MarketValueAbsence);
        Assert.Null(none.Suggestion.DraftOffer.Price);
        Assert.Equal(V1.MarketValueAbsence.Unspecified, values.MarketValueAbsence);
        Assert.Equal(
            [("USD", 3), ("EUR", 1)], values.MarketValues.Select(value => (value.CurrencyCode, value.ListingCount)));
        var dollars = values.MarketValues[0];
        // 50 MW; the block from 2 April to 31 March has 12 months less 1 day of 30.
        Assert.Equal(50_000, values.IdleKw);
        Assert.Equal((Usd(1_000_000), Usd(1_300_000)), (dollars.LowestMwMonthAmount, dollars.MedianMwMonthAmount));
        Assert.Equal((Usd(50_000_000), Usd(65_000_000)), (dollars.LowestMonthAmount, dollars.MedianMonthAmount));
        Assert.Equal(
            (Usd(598_333_333, 330_000_000), Usd(777_833_333, 330_000_000)),
            (dollars.LowestTotalAmount, dollars.MedianTotalAmount));
        Assert.Equal(
            new Google.Type.Money { CurrencyCode = "EUR", Units = 45_000_025 },
            values.MarketValues[1].MedianMonthAmount);
        Assert.Equal((Terms.V1.FeeBasis.PerMwMonth, Usd(1_300_000)),
            (values.DraftOffer.Price.Basis, values.DraftOffer.Price.Amount));
    }

    [Fact]
    public async Task GetIdleCapacity_PricesThatTheProviderMayNotSee_AreNotTold_EvenToOperators()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000));
        await ListAsync(PerMwMonth(Usd(1_000_000)));
        await ListAsync(offer =>
        {
            PerMwMonth(Usd(2_000_000))(offer);
            offer.Visibility = V1.ListingVisibility.Blind;
        });
        await ListAsync(offer =>
        {
            PerMwMonth(Usd(10))(offer);
            offer.Visibility = V1.ListingVisibility.Named;
            offer.NamedBuyerOrganisationIds.Add(Party.NewId());
        });
        await ListAsync(offer =>
        {
            PerMwMonth(Usd(20))(offer);
            offer.ExcludedOrganisationIds.Add(provider.OrganisationId.ToString());
        });

        var own = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        var operators = await server.Operator.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        var value = Assert.Single(own.Suggestion.MarketValues);
        Assert.Equal((2, Usd(1_000_000), Usd(1_500_000)),
            (value.ListingCount, value.LowestMwMonthAmount, value.MedianMwMonthAmount));
        Assert.Equal(own, operators);
    }

    [Fact]
    public async Task GetIdleCapacity_FloorThatRises_LeavesWhatItRisesTo()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 50_000), ("2026-06-01", 90_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000));

        var idle = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        Assert.Equal(50_000, idle.JudgedFloorKw);
        Assert.Equal([(50_000, 20_000), (90_000, 20_000)], idle.Steps.Select(step => (step.FloorKw, step.IdleKw)));
        Assert.Equal([50_000, 30_000, 70_000, 90_000], idle.Suggestion.FloorSteps.Select(step => step.PowerKw));
    }

    [Fact]
    public async Task GetIdleCapacity_FloorThatFalls_SuggestsTheBlockWithTheMostKwDays()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 90_000), ("2026-08-06", 45_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000));

        var year = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        var decade = await provider.Inventory.GetIdleCapacityAsync(
            new() { PoolId = pool.PoolId, Criteria = new() { HorizonWeeks = 520 } });

        // 60 MW for 18 weeks are 7,560 MW-days; 15 MW for 52 weeks are 5,460, and for ten years more.
        Assert.Equal((60_000, 18, Party.Day("2026-08-06")),
            (year.Suggestion.IdleKw, year.Suggestion.WeekCount, year.Suggestion.EndDate));
        Assert.Equal((15_000, 520), (decade.Suggestion.IdleKw, decade.Suggestion.WeekCount));
    }

    [Fact]
    public async Task GetIdleCapacity_QuantileMarginLotAndStart_AreAsAsked()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));
        // One hour in a hundred is at the peak.
        await RecordAsync(pool.PoolId, [.. Enumerable.Range(0, 2 * HoursPerWeek).Select(hour =>
            hour % 112 == 0 ? 70_000 : 40_000)], "2026-03-18T12:00:00Z");
        var request = new V1.GetIdleCapacityRequest
        {
            PoolId = pool.PoolId,
            Criteria = new()
            {
                WindowWeeks = 2,
                Quantile = new() { Value = "0.99" },
                MarginKw = 2_500,
                LotStepKw = 20_000,
                HorizonWeeks = 10,
                MinimumWeeks = 10,
                StartDate = Party.Day("2026-05-01"),
            },
        };

        var idle = await provider.Inventory.GetIdleCapacityAsync(request);
        request.Criteria.Quantile.Value = "0.992";
        var peak = await provider.Inventory.GetIdleCapacityAsync(request);

        Assert.Equal((40_000, 42_500, 70_000), (idle.Basis.OwnKw, idle.NeededKw, idle.Basis.PeakKw));
        Assert.Equal("20000 kW idle for 10 weeks, list it from 2026-05-01", idle.Suggestion.Summary);
        Assert.Equal((20_000, 20_000, 20_000), (idle.Suggestion.DraftOffer.MinimumLotKw,
            idle.Suggestion.DraftOffer.MaximumLotKw, idle.Suggestion.DraftOffer.LotStepKw));
        Assert.Equal((70_000, V1.IdleFinding.NothingIdle), (peak.Basis.OwnKw, peak.Finding));
    }

    [Fact]
    public async Task GetIdleCapacity_TooFewOrInterruptedSamples_SaysSoInsteadOfSuggesting()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));
        var unknown = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        // 135 hours lack of 1,344, one more than the rule bears; then one less, but in a row.
        await RecordAsync(pool.PoolId, [.. Weeks(8, 30_000).Skip(135)], "2026-02-10T03:00:00Z");
        var few = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        await RecordAsync(pool.PoolId, [30_000], "2026-02-10T02:00:00Z");
        var interrupted = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });
        for (var hour = 40; hour < 134; hour += 40)
            await RecordAsync(pool.PoolId, [30_000], $"{new DateTime(2026, 2, 4, 12, 0, 0).AddHours(hour):s}Z");
        var enough = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        Assert.Equal(
            [
                (V1.IdleFinding.TooFewSamples, 0, 1_344), (V1.IdleFinding.TooFewSamples, 1_209, 135),
                (V1.IdleFinding.SamplesInterrupted, 1_210, 134), (V1.IdleFinding.Idle, 1_213, 40),
            ],
            new[] { unknown, few, interrupted, enough }.Select(idle =>
                (idle.Finding, idle.Basis.SampleCount, idle.Basis.Gaps.Max(gap => gap.HourCount))));
        Assert.All([unknown, few, interrupted], idle =>
            Assert.Equal((0, 0, null), (idle.NeededKw, idle.Steps.Count, idle.Suggestion)));
        Assert.Equal(4, enough.Basis.GapCount);
    }

    [Fact]
    public async Task GetIdleCapacity_UseAboveTheFloor_IsNothingIdle()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 20_000));
        await RecordAsync(pool.PoolId, Weeks(8, 30_000));

        var idle = await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId });

        Assert.Equal((V1.IdleFinding.NothingIdle, 30_000, 20_000), (idle.Finding, idle.NeededKw, idle.JudgedFloorKw));
    }

    public static TheoryData<string, Action<V1.IdleCriteria>> WrongCriteria => new()
    {
        { "window_weeks", criteria => criteria.WindowWeeks = 105 },
        { "window_weeks", criteria => criteria.WindowWeeks = -1 },
        { "quantile", criteria => criteria.Quantile = new() { Value = "0.499999999" } },
        { "quantile", criteria => criteria.Quantile = new() { Value = "1.1" } },
        { "quantile", criteria => criteria.Quantile = new() { Value = "p99" } },
        { "margin_kw", criteria => criteria.MarginKw = -1 },
        { "lot_step_kw", criteria => criteria.LotStepKw = 100_000_001 },
        { "horizon_weeks", criteria => criteria.HorizonWeeks = 521 },
        { "minimum_weeks", criteria => (criteria.HorizonWeeks, criteria.MinimumWeeks) = (3, 4) },
        { "start_date", criteria => criteria.StartDate = new() { Year = 2026, Month = 4, Day = 31 } },
    };

    [Theory]
    [MemberData(nameof(WrongCriteria), DisableDiscoveryEnumeration = true)]
    public async Task IdleCapacity_WrongCriteria_AreNamed(string field, Action<V1.IdleCriteria> change)
    {
        var pool = await provider.CreatePoolAsync();
        var criteria = new V1.IdleCriteria();
        change(criteria);

        await Errors.FieldRefusedAsync($"criteria.{field}", provider.Inventory.GetIdleCapacityAsync(
            new() { PoolId = pool.PoolId, Criteria = criteria }));
        await Errors.FieldRefusedAsync(
            $"criteria.{field}", provider.Inventory.ListIdleCapacityAsync(new() { Criteria = criteria }));
    }

    [Theory]
    [InlineData("2026-03-31")]
    [InlineData("2051-04-01")]
    public async Task GetIdleCapacity_StartOutsideTheDaysToCome_IsRefused_ButNotInAList(string start)
    {
        var pool = await provider.CreatePoolAsync();
        var criteria = new V1.IdleCriteria { StartDate = Party.Day(start) };

        await Errors.FieldRefusedAsync("criteria.start_date", provider.Inventory.GetIdleCapacityAsync(
            new() { PoolId = pool.PoolId, Criteria = criteria }));
        Assert.Single(
            (await provider.Inventory.ListIdleCapacityAsync(new() { Criteria = criteria })).IdleCapacities);
    }

    [Fact]
    public async Task ListIdleCapacity_ManyPools_SaysOfEachWhatGetSays()
    {
        var pools = new List<V1.Pool>();
        for (var i = 0; i < 3; i++)
        {
            pools.Add(await PoolAsync(provider, 100_000, ("2026-04-01", 80_000)));
            await RecordAsync(pools[i].PoolId, Weeks(8, 50_000 + 15_000 * i));
        }

        await ListAsync(PerMwMonth(Usd(1_000_000)));
        var first = await provider.Inventory.ListIdleCapacityAsync(new() { PageSize = 2 });
        var second = await provider.Inventory.ListIdleCapacityAsync(
            new() { PageSize = 2, PageToken = first.NextPageToken });
        var ofSite = await provider.Inventory.ListIdleCapacityAsync(new()
        {
            SiteId = pools[1].SiteId,
            Criteria = new() { LotStepKw = 10_000, StartDate = Party.Day("2026-03-01") },
        });

        Assert.Equal((2, 1, ""),
            (first.IdleCapacities.Count, second.IdleCapacities.Count, second.NextPageToken));
        var listed = first.IdleCapacities.Concat(second.IdleCapacities).ToList();
        Assert.Equal([30_000, 15_000, 0], listed.Select(idle => idle.Suggestion?.IdleKw ?? 0));
        for (var i = 0; i < 3; i++)
            Assert.Equal(
                await provider.Inventory.GetIdleCapacityAsync(new() { PoolId = pools[i].PoolId }), listed[i]);
        Assert.Equal(Usd(30_000_000), listed[0].Suggestion.MarketValues.Single().MedianMonthAmount);
        Assert.Equal("10000 kW idle for 52 weeks, list it from 2026-04-01",
            ofSite.IdleCapacities.Single().Suggestion.Summary);
        Assert.Empty(
            (await server.AddParty(Role.Provider).Inventory.ListIdleCapacityAsync(new())).IdleCapacities);
    }

    [Fact]
    public async Task GetIdleCapacity_OfAnother_IsForOperatorsOnly()
    {
        var pool = await PoolAsync(provider, 100_000, ("2026-04-01", 80_000));

        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            server.AddParty(Role.Provider).Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId }));
        await Errors.RefusedAsync(StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED",
            server.AddParty(Role.Buyer).Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId }));
        Assert.Equal(V1.IdleFinding.TooFewSamples,
            (await server.Operator.Inventory.GetIdleCapacityAsync(new() { PoolId = pool.PoolId })).Finding);
    }

    private static int[] Weeks(int weeks, int kw, int? peakKw = null)
    {
        var hours = Enumerable.Repeat(kw, weeks * HoursPerWeek).ToArray();
        hours[500] = peakKw ?? kw;
        return hours;
    }

    private static Google.Type.Money Usd(long units, int nanos = 0) =>
        new() { CurrencyCode = "USD", Units = units, Nanos = nanos };

    private static Action<V1.ListingOffer> PerMwMonth(Google.Type.Money amount) =>
        offer => offer.Price = new() { Basis = Terms.V1.FeeBasis.PerMwMonth, Amount = amount };

    private async Task RecordAsync(string poolId, int[] kw, string start = WindowStart) =>
        await provider.Inventory.RecordPoolUsageAsync(PoolUsageTests.Request(poolId, start, kw));

    private async Task<V1.Pool> PoolAsync(Party party, int capacityKw, params (string Start, int Kw)[] floor)
    {
        var request = Party.PoolRequest((await party.CreateSiteAsync()).SiteId, capacityKw, 0);
        request.AcceleratorModel = accelerator;
        request.FloorSteps.Clear();
        request.FloorSteps.Add(floor.Select(step => Party.Step(step.Start, step.Kw)));
        return await party.Inventory.CreatePoolAsync(request);
    }

    /// <summary>25 MW from May on, on a pool like the one that is judged, unless told otherwise.</summary>
    private async Task ListAsync(
        Action<V1.ListingOffer> change,
        Action<V1.CreatePoolRequest>? pool = null,
        Party? by = null,
        bool isPublished = true)
    {
        var party = by ?? server.AddParty(Role.Provider);
        var request = Party.PoolRequest((await party.CreateSiteAsync()).SiteId, 100_000, 0);
        request.AcceleratorModel = accelerator;
        pool?.Invoke(request);
        var created = await party.Inventory.CreatePoolAsync(request);
        var listing = await party.CreateListingAsync(created.PoolId, offer =>
        {
            (offer.MinimumLotKw, offer.MaximumLotKw, offer.OfferedSteps[0].PowerKw) = (1_000, 25_000, 25_000);
            change(offer);
        });
        if (isPublished) await party.PublishAsync(listing.ListingId);
    }
}
