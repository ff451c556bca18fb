using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>Sites and pools as their providers describe them, and curves that are extended and pushed out.</summary>
[Collection(SharedInventoryServer.Name)]
public sealed class SupplyTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party other = server.AddParty(Role.Provider);

    private static V1.SitePower Power() => new()
    {
        GridZone = "MISO LRZ-10",
        Utility = "Memphis Light, Gas and Water",
        Pue = new() { Value = "1.250" },
        Redundancy = V1.PowerRedundancy.NPlusOne,
        Curtailment = new() { CurtailableKw = 50_000, NoticeMinutes = 30, MaximumAnnualHours = 50 },
    };

    [Fact]
    public async Task CreateSite_WithPowerFacts_GivesThemBackToTheLastPlace()
    {
        var site = await provider.Inventory.CreateSiteAsync(new()
        {
            RequestId = Party.NewId(),
            DisplayName = "Colossus 1",
            Region = "us-tn",
            TimeZone = "America/Chicago",
            Power = Power(),
        });

        Assert.Equal((Power(), 1L, site.CreateTime), (site.Power, site.Version, site.UpdateTime));
        Assert.Equal(site, await provider.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
        Assert.Null((await provider.CreateSiteAsync()).Power);
    }

    public static TheoryData<string, Action<V1.SitePower>> WrongPowers => new()
    {
        { "power.pue", power => power.Pue.Value = "0.99" },
        { "power.pue", power => power.Pue.Value = "10.1" },
        { "power.pue", power => power.Pue.Value = "1.25e0" },
        { "power.grid_zone", power => power.GridZone = new('z', 101) },
        { "power.utility", power => power.Utility = new('u', 201) },
        { "power.redundancy", power => power.Redundancy = (V1.PowerRedundancy)99 },
        { "power.curtailment.curtailable_kw", power => power.Curtailment.ClearCurtailableKw() },
        { "power.curtailment.curtailable_kw", power => power.Curtailment.CurtailableKw = -1 },
        { "power.curtailment.notice_minutes", power => power.Curtailment.NoticeMinutes = 525_601 },
        { "power.curtailment.maximum_annual_hours", power => power.Curtailment.MaximumAnnualHours = 8_785 },
    };

    [Theory]
    [MemberData(nameof(WrongPowers), DisableDiscoveryEnumeration = true)]
    public async Task CreateSite_WrongPowerFact_IsNamed(string field, Action<V1.SitePower> change)
    {
        var request = new V1.CreateSiteRequest
        {
            RequestId = Party.NewId(),
            DisplayName = "A",
            Region = "r",
            TimeZone = "UTC",
            Power = Power(),
        };
        change(request.Power);

        await Errors.FieldRefusedAsync(field, provider.Inventory.CreateSiteAsync(request));
    }

    [Fact]
    public async Task UpdateSite_Mask_ChangesWhatItNamesAndNothingElse()
    {
        var site = await provider.CreateSiteAsync();

        var powered = await UpdateAsync(
            site.SiteId, new V1.UpdateSiteRequest { DisplayName = "ignored", Power = Power() }, "power");
        var better = await UpdateAsync(
            site.SiteId,
            new V1.UpdateSiteRequest { DisplayName = "Hall 2", Power = new() { Pue = new() { Value = "1.19" } } },
            "display_name", "power.pue", "power.curtailment");
        var cleared = await UpdateAsync(site.SiteId, new V1.UpdateSiteRequest(), "power");

        var expected = site.Clone();
        (expected.Power, expected.Version) = (Power(), 2);
        Assert.Equal(expected, powered);
        (expected.DisplayName, expected.Version) = ("Hall 2", 3);
        (expected.Power.Pue.Value, expected.Power.Curtailment) = ("1.19", null);
        Assert.Equal(expected, better);
        (expected.Power, expected.Version) = (null, 4);
        Assert.Equal(expected, cleared);
        Assert.Equal(expected, await provider.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
    }

    [Theory]
    [InlineData("update_mask.paths[0]", "region")]
    [InlineData("update_mask.paths[0]", "time_zone")]
    [InlineData("update_mask.paths[0]", "power.price")]
    [InlineData("update_mask.paths[0]", "display_name.length")]
    [InlineData("update_mask.paths[1]", "description", "request_id")]
    [InlineData("update_mask.paths")]
    [InlineData("display_name", "display_name")]
    [InlineData("power.curtailment.curtailable_kw", "power.curtailment.notice_minutes")]
    public async Task UpdateSite_WrongMaskOrValue_IsNamed(string field, params string[] paths)
    {
        var site = await provider.CreateSiteAsync();
        var update = new V1.UpdateSiteRequest { Power = new() { Curtailment = new() { NoticeMinutes = 10 } } };

        await Errors.FieldRefusedAsync(field, Update(provider, site.SiteId, update, paths));
    }

    [Fact]
    public async Task UpdateSite_WithoutMaskOrOfAnother_IsRefused()
    {
        var site = await provider.CreateSiteAsync();

        await Errors.FieldRefusedAsync("update_mask", provider.Inventory.UpdateSiteAsync(
            new() { RequestId = Party.NewId(), SiteId = site.SiteId, DisplayName = "B" }));
        await Errors.RefusedAsync(StatusCode.NotFound, "SITE_NOT_FOUND",
            Update(other, site.SiteId, new V1.UpdateSiteRequest { DisplayName = "B" }, "display_name"));
        Assert.Equal(site, await provider.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
    }

    [Fact]
    public async Task UpdatePool_Mask_ChangesWhatItNamesAndLeavesTheBook()
    {
        var pool = await provider.CreatePoolAsync();

        var updated = await UpdateAsync(
            pool.PoolId,
            new V1.UpdatePoolRequest
            {
                DisplayName = "Hall 7",
                AcceleratorModel = "GB300",
                NameplateKw = 400_000,
                DecommissioningDays = 14,
            },
            "display_name", "accelerator_model", "accelerator_count", "nameplate_kw", "decommissioning_days");

        var expected = pool.Clone();
        (expected.DisplayName, expected.AcceleratorModel, expected.AcceleratorCount, expected.NameplateKw) =
            ("Hall 7", "GB300", 0, 400_000);
        expected.DecommissioningDays = 14;
        Assert.Equal(expected, updated);
        Assert.Equal(expected, await provider.Inventory.GetPoolAsync(new() { PoolId = pool.PoolId }));
    }

    [Fact]
    public async Task UpdatePool_NameplateBelowTheCurve_IsShortAndNamesDaysAndKw()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 0);
        await provider.Inventory.SetCapacityCurveAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            CapacitySteps = { Party.Step("2026-04-01", 40), Party.Step("2026-06-01", 90), Party.Step("2026-09-01", 0) },
        });

        var shortage = await Errors.ShortAsync(
            Update(provider, pool.PoolId, new V1.UpdatePoolRequest { NameplateKw = 80 }, "nameplate_kw"));
        var lowered = await UpdateAsync(pool.PoolId, new V1.UpdatePoolRequest { NameplateKw = 90 }, "nameplate_kw");

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal((Party.Day("2026-06-01"), Party.Day("2026-09-01"), 90, 80, 10),
            (found.StartDate, found.EndDate, found.WantedKw, found.FreeKw, found.ShortKw));
        Assert.Equal(90, lowered.NameplateKw);
        await Errors.FieldRefusedAsync("capacity_steps[0].power_kw", provider.Inventory.SetCapacityCurveAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            CapacitySteps = { Party.Step("2026-04-01", 91) },
        }));
    }

    [Fact]
    public async Task UpdatePool_ModelOfAListedPool_IsRefusedUntilTheListingIsWithdrawn()
    {
        var pool = await provider.CreatePoolAsync();
        var listing = await provider.PublishAsync((await provider.CreateListingAsync(pool.PoolId)).ListingId);
        var update = new V1.UpdatePoolRequest { AcceleratorModel = "GB300", AcceleratorCount = 90_000 };

        var error = await Errors.RefusedAsync(StatusCode.FailedPrecondition, "POOL_LISTED",
            Update(provider, pool.PoolId, update, "accelerator_model", "accelerator_count"));
        Assert.Contains(listing.ListingId, error.Status.Detail, StringComparison.Ordinal);
        var counted = await UpdateAsync(pool.PoolId, update, "accelerator_count");
        await provider.Inventory.WithdrawListingAsync(
            new() { RequestId = Party.NewId(), ListingId = listing.ListingId });
        var modelled = await UpdateAsync(pool.PoolId, update, "accelerator_model");

        Assert.Equal(("GB200", 90_000), (counted.AcceleratorModel, counted.AcceleratorCount));
        Assert.Equal(("GB300", 90_000), (modelled.AcceleratorModel, modelled.AcceleratorCount));
    }

    [Fact]
    public async Task UpdatePool_DecommissioningDays_HoldForTheLeasesReservedFromThenOn()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 0);
        var before = Party.Reservation(provider, 60, "2026-05-01", "2026-06-01", pool.PoolId);
        var after = Party.Reservation(provider, 60, "2026-07-01", "2026-08-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(before);

        await UpdateAsync(
            pool.PoolId, new V1.UpdatePoolRequest { DecommissioningDays = 10 }, "decommissioning_days");
        await server.Service.Reservations.ReserveCapacityAsync(after);

        var steps = (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = pool.PoolId })).Steps;
        Assert.Equal(
            [(Party.Day("2026-05-01"), Party.Day("2026-06-01")), (Party.Day("2026-07-01"), Party.Day("2026-08-11"))],
            steps.Where(step => step.FreeKw == 40).Select(step => (step.StartDate, step.EndDate)));
        await Errors.FieldRefusedAsync("decommissioning_days", Update(
            provider, pool.PoolId, new V1.UpdatePoolRequest { DecommissioningDays = 366 }, "decommissioning_days"));
    }

    [Theory]
    [InlineData("nameplate_kw", "nameplate_kw")]
    [InlineData("display_name", "display_name")]
    [InlineData("update_mask.paths[0]", "service_level")]
    [InlineData("update_mask.paths[0]", "site_id")]
    public async Task UpdatePool_WrongMaskOrValue_IsNamed(string field, string path)
    {
        var pool = await provider.CreatePoolAsync();

        await Errors.FieldRefusedAsync(field, Update(provider, pool.PoolId, new V1.UpdatePoolRequest(), path));
        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            Update(other, pool.PoolId, new V1.UpdatePoolRequest(), path));
    }

    [Fact]
    public async Task SetCapacityCurve_Extended_SellsWhatComesAndKeepsWhatIsSold()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 0);
        await provider.Inventory.SetCapacityCurveAsync(Curve(pool.PoolId, ("2026-04-01", 60)));
        await Errors.ShortAsync(server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 80, "2026-07-01", "2026-09-01", pool.PoolId)));

        await provider.Inventory.SetCapacityCurveAsync(Curve(pool.PoolId, ("2026-04-01", 60), ("2026-07-01", 100)));
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 80, "2026-07-01", "2026-09-01", pool.PoolId));

        Assert.Equal([(60, 0, 60), (100, 80, 20), (100, 0, 100)], await BookAsync(pool.PoolId));
    }

    [Fact]
    public async Task SetCapacityCurve_PushedOut_IsRefusedWhereSoldWithEveryDayAndKw_AndElseMovesWhatIsFree()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 0);
        await provider.Inventory.SetCapacityCurveAsync(
            Curve(pool.PoolId, ("2026-04-01", 20), ("2026-07-01", 60), ("2026-10-01", 100)));
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 50, "2026-08-01", "2026-12-01", pool.PoolId));

        // Both phases three months late: in August the first one is sold, in October to January nothing is short.
        var late = Curve(pool.PoolId, ("2026-04-01", 20), ("2026-10-01", 60), ("2027-01-01", 100));
        var error = await Errors.RefusedAsync(
            StatusCode.ResourceExhausted, "CAPACITY_SHORT", provider.Inventory.SetCapacityCurveAsync(late));
        var found = Assert.Single(Errors.ShortOf(error).Shortfalls);
        Assert.Equal((Party.Day("2026-08-01"), Party.Day("2026-10-01"), 50, 20, 30),
            (found.StartDate, found.EndDate, found.WantedKw, found.FreeKw, found.ShortKw));
        Assert.Contains("from 2026-08-01 to 2026-09-30", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(
            [(20, 0, 20), (60, 0, 60), (60, 50, 10), (100, 50, 50), (100, 0, 100)], await BookAsync(pool.PoolId));

        await provider.Inventory.SetCapacityCurveAsync(
            Curve(pool.PoolId, ("2026-04-01", 20), ("2026-08-01", 60), ("2027-01-01", 100)));
        Assert.Equal(
            [(20, 0, 20), (60, 50, 10), (60, 0, 60), (100, 0, 100)], await BookAsync(pool.PoolId));
    }

    private static V1.SetCapacityCurveRequest Curve(string poolId, params (string Start, int Kw)[] steps) => new()
    {
        RequestId = Party.NewId(),
        PoolId = poolId,
        CapacitySteps = { steps.Select(step => Party.Step(step.Start, step.Kw)) },
    };

    private async Task<IEnumerable<(int Capacity, int Reserved, int Free)>> BookAsync(string poolId) =>
        (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = poolId })).Steps
            .Select(step => (step.CapacityKw, step.ReservedKw, step.FreeKw));

    private async Task<V1.Site> UpdateAsync(string siteId, V1.UpdateSiteRequest update, params string[] paths) =>
        await Update(provider, siteId, update, paths);

    private async Task<V1.Pool> UpdateAsync(string poolId, V1.UpdatePoolRequest update, params string[] paths) =>
        await Update(provider, poolId, update, paths);

    private static AsyncUnaryCall<V1.Site> Update(
        Party party, string siteId, V1.UpdateSiteRequest update, params string[] paths)
    {
        (update.RequestId, update.SiteId, update.UpdateMask) = (Party.NewId(), siteId, new() { Paths = { paths } });
        return party.Inventory.UpdateSiteAsync(update);
    }

    private static AsyncUnaryCall<V1.Pool> Update(
        Party party, string poolId, V1.UpdatePoolRequest update, params string[] paths)
    {
        (update.RequestId, update.PoolId, update.UpdateMask) = (Party.NewId(), poolId, new() { Paths = { paths } });
        return party.Inventory.UpdatePoolAsync(update);
    }
}
