using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>Curves of pools and sites, now and as they were, on a clock that moves.</summary>
public sealed class CapacityCurveTests : IClassFixture<InventoryServer>
{
    private readonly InventoryServer server;
    private readonly Party provider;

    public CapacityCurveTests(InventoryServer server)
    {
        this.server = server;
        provider = server.AddParty(Role.Provider);
    }

    [Theory]
    [InlineData(V1.CurveResolution.Unspecified, "2027-02-26 2027-03-10 2027-05-01")]
    [InlineData(V1.CurveResolution.Day, "2027-02-26 2027-03-10 2027-05-01")]
    [InlineData(V1.CurveResolution.Week,
        "2027-02-26 2027-03-01 2027-03-08 2027-03-15 2027-03-22 2027-03-29 2027-04-05 2027-04-12 2027-04-19 2027-04-26 "
            + "2027-05-03")]
    [InlineData(V1.CurveResolution.Month, "2027-02-26 2027-03-01 2027-04-01 2027-05-01")]
    [InlineData(V1.CurveResolution.Quarter, "2027-02-26 2027-04-01")]
    [InlineData(V1.CurveResolution.Year, "2027-02-26")]
    public async Task GetCapacityCurve_EachResolution_CutsThePeriodsAndKeepsTheSums(
        V1.CurveResolution resolution, string starts)
    {
        var pool = await PoolAsync(capacityKw: 100, floorKw: 20);
        await ReserveAsync(30, "2027-03-10", "2027-05-01", pool);

        var curve = await CurveAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2027-02-26"),
            EndDate = Party.Day("2027-05-09"),
            Resolution = resolution,
        });

        Assert.Equal(starts.Split(' '), curve.Periods.Select(period => Iso(period.StartDate)));
        Assert.Equal(
            [.. starts.Split(' ').Skip(1), "2027-05-09"], curve.Periods.Select(period => Iso(period.EndDate)));
        Assert.Equal((72 * 100L, 72 * 20L, 52 * 30L, (72 * 80L) - (52 * 30)), (
            curve.Periods.Sum(period => period.CapacityKwDays),
            curve.Periods.Sum(period => period.FloorKwDays),
            curve.Periods.Sum(period => period.ReservedKwDays),
            curve.Periods.Sum(period => period.FreeKwDays)));
        Assert.Equal((50, 80), (
            curve.Periods.Min(period => period.MinimumFreeKw), curve.Periods.Max(period => period.MaximumFreeKw)));
    }

    [Fact]
    public async Task GetCapacityCurve_Month_HasEveryFigure()
    {
        var pool = await PoolAsync(capacityKw: 100, floorKw: 20);
        await ReserveAsync(30, "2027-03-10", "2027-05-01", pool);

        var march = (await CurveAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2027-03-01"),
            EndDate = Party.Day("2027-04-01"),
            Resolution = V1.CurveResolution.Month,
        })).Periods.Single();

        // 22 days of 30 kW out of 31 days of 80 kW: 0.26612...
        Assert.Equal(
            new V1.CapacityPeriod
            {
                StartDate = Party.Day("2027-03-01"),
                EndDate = Party.Day("2027-04-01"),
                CapacityKwDays = 3_100,
                FloorKwDays = 620,
                ReservedKwDays = 660,
                FreeKwDays = 1_820,
                MinimumFreeKw = 50,
                MaximumFreeKw = 80,
                Utilisation = new() { Value = "0.2661" },
            },
            march);
    }

    [Fact]
    public async Task GetCapacityCurve_Site_AddsUpItsPools()
    {
        var site = await provider.CreateSiteAsync();
        var (first, second) = (await PoolAsync(100, 20, site), await PoolAsync(50, 0, site));
        await PoolAsync(1_000, 0);
        var lease = await ReserveAsync(30, "2027-03-10", "2027-05-01", first, second);

        var request = new V1.GetCapacityCurveRequest
        {
            SiteId = site.SiteId,
            StartDate = Party.Day("2027-03-01"),
            EndDate = Party.Day("2027-06-01"),
            WithHolders = true,
        };
        var curve = await CurveAsync(request);

        Assert.Equal("America/Chicago", curve.TimeZone);
        Assert.Equal(
            [(150 * 9, 20 * 9, 0, 130), (150 * 52, 20 * 52, 60 * 52, 70), (150 * 31, 20 * 31, 0, 130)],
            curve.Periods.Select(period => (
                period.CapacityKwDays, period.FloorKwDays, period.ReservedKwDays, period.MinimumFreeKw)));
        Assert.Equal(["0.0000", "0.4615", "0.0000"], curve.Periods.Select(period => period.Utilisation.Value));
        var holder = Assert.Single(curve.Holders);
        Assert.Equal((lease.LeaseId, lease.BuyerOrganisationId, 1),
            (holder.LeaseId, holder.BuyerOrganisationId, curve.HolderCount));
        Assert.Equal(
            from pool in new[] { first, second }
            orderby pool.PoolId
            select (pool.PoolId, "2027-03-10", "2027-05-01", 30),
            holder.Held.Select(HeldOf));
        request.WithHolders = false;
        Assert.Equal(curve.Periods, (await CurveAsync(request)).Periods);
    }

    [Fact]
    public async Task GetCapacityCurve_SiteWithoutPools_HasNothingToSell()
    {
        var site = await provider.CreateSiteAsync();

        var period = (await CurveAsync(new() { SiteId = site.SiteId, WithHolders = true })).Periods.Single();

        Assert.Equal((0L, 0L, 0, null),
            (period.CapacityKwDays, period.ReservedKwDays, period.MaximumFreeKw, period.Utilisation));
    }

    [Fact]
    public async Task GetCapacityCurve_NoDates_IsAYearFromToday()
    {
        var pool = await PoolAsync(100, 0);

        var curve = await CurveAsync(new() { PoolId = pool.PoolId });

        // It is morning in Chicago.
        var today = DateOnly.FromDateTime(server.MarketTime);
        Assert.Equal(
            (today, today.AddYears(1)),
            (curve.Periods[0].StartDate.ToDateOnly(), curve.Periods[^1].EndDate.ToDateOnly()));
        Assert.Equal(Timestamp.FromDateTime(server.MarketTime), curve.AsOfTime);
        Assert.Empty(curve.Holders);
        Assert.Equal(0, curve.HolderCount);
    }

    [Fact]
    public async Task GetCapacityCurve_OutsideTheCalendar_HasNothingToSell()
    {
        var pool = await PoolAsync(100, 20);

        foreach (var holders in new[] { false, true })
        {
            var curve = await CurveAsync(new()
            {
                PoolId = pool.PoolId,
                StartDate = Party.Day("2026-01-01"),
                EndDate = Party.Day("2051-01-01"),
                Resolution = V1.CurveResolution.Year,
                WithHolders = holders,
            });

            Assert.Equal(25, curve.Periods.Count);
            Assert.Equal(365 * 100, curve.Periods[1].CapacityKwDays);
            Assert.Equal((0, 80), (curve.Periods[0].MinimumFreeKw, curve.Periods[0].MaximumFreeKw));
            var before = await CurveAsync(new()
            {
                PoolId = pool.PoolId,
                StartDate = Party.Day("2025-01-01"),
                EndDate = Party.Day("2025-02-01"),
                WithHolders = holders,
            });
            Assert.Equal((0L, null),
                (before.Periods.Single().CapacityKwDays, before.Periods.Single().Utilisation));
        }
    }

    [Fact]
    public async Task GetCapacityCurve_WithHolders_CountsMarginsAndHoldsAndLeavesOutWhatWasReleased()
    {
        var pool = await PoolAsync(100, 10, decommissioningDays: 14);
        var lease = await ReserveAsync(30, "2027-03-10", "2027-05-01", pool);
        var released = await ReserveAsync(30, "2027-03-10", "2027-05-01", pool);
        await ReleaseAsync(released.LeaseId);
        var profile = Party.Reservation(provider, 7, "2027-05-01", "2027-06-01", pool.PoolId);
        var held = await server.Service.Reservations.HoldCapacityAsync(new()
        {
            RequestId = profile.RequestId,
            LeaseId = profile.LeaseId,
            ProviderOrganisationId = profile.ProviderOrganisationId,
            BuyerOrganisationId = profile.BuyerOrganisationId,
            Tranches = { profile.Tranches },
            ExpireTime = Timestamp.FromDateTime(server.MarketTime.AddDays(20)),
        });
        var later = await ReserveAsync(5, "2028-01-01", "2028-02-01", pool);

        var curve = await CurveAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2027-03-01"),
            EndDate = Party.Day("2027-05-20"),
            WithHolders = true,
        });

        Assert.Equal(2, curve.HolderCount);
        Assert.Equal(
            [
                (lease.ReservationId, lease.LeaseId, lease.BuyerOrganisationId),
                (held.ReservationId, held.LeaseId, held.BuyerOrganisationId),
            ],
            curve.Holders.Select(holder => (holder.ReservationId, holder.LeaseId, holder.BuyerOrganisationId)));
        Assert.DoesNotContain(curve.Holders, holder => holder.LeaseId == later.LeaseId);
        Assert.Equal(
            [(pool.PoolId, "2027-03-10", "2027-05-01", 30), (pool.PoolId, "2027-05-01", "2027-05-15", 30)],
            curve.Holders[0].Held.Select(HeldOf));
        Assert.Equal([(pool.PoolId, "2027-05-01", "2027-05-20", 7)], curve.Holders[1].Held.Select(HeldOf));
        Assert.Equal([90, 60, 53, 83], curve.Periods.Select(period => period.MinimumFreeKw));
    }

    [Fact]
    public async Task GetCapacityCurve_AsOf_IsHowItWasAfterEachChange()
    {
        var (first, second) = (await PoolAsync(100, 0), await PoolAsync(100, 0));
        var created = server.MarketTime;
        await LaterAsync();
        var lease = (await ReserveAsync(30, "2027-03-10", "2027-05-01", first)).LeaseId;
        var reserved = server.MarketTime;
        await LaterAsync();
        await TruncateAsync(lease, "2027-04-01", 2);
        var truncated = server.MarketTime;
        await LaterAsync();
        await RestoreAsync(lease, "2027-05-01", 3);
        var restored = server.MarketTime;
        await LaterAsync();
        await AmendAsync(lease, 40, "2027-03-20", "2027-06-01", second, 4);
        var amended = server.MarketTime;
        await LaterAsync();
        await ReleaseAsync(lease);
        var released = server.MarketTime;
        await LaterAsync();

        Assert.Equal([], await HeldAsync(first, created));
        Assert.Equal([], await HeldAsync(first, reserved.AddTicks(-10)));
        foreach (var time in new[] { reserved, truncated.AddTicks(-10), restored })
            Assert.Equal([(first.PoolId, "2027-03-10", "2027-05-01", 30)], await HeldAsync(first, time));
        foreach (var time in new[] { truncated, restored.AddTicks(-10) })
            Assert.Equal([(first.PoolId, "2027-03-10", "2027-04-01", 30)], await HeldAsync(first, time));
        Assert.Equal([], await HeldAsync(second, restored));
        Assert.Equal([], await HeldAsync(second, amended.AddTicks(-10)));
        Assert.Equal([], await HeldAsync(first, amended));
        foreach (var time in new[] { amended, released.AddTicks(-10) })
            Assert.Equal([(second.PoolId, "2027-03-20", "2027-06-01", 40)], await HeldAsync(second, time));
        Assert.Equal([], await HeldAsync(second, released));
        Assert.Equal([], await HeldAsync(second, server.MarketTime));
    }

    [Fact]
    public async Task GetCapacityCurve_AsOfAnInstantOfSeveralChanges_IsHowItWasAfterAllOfThem()
    {
        var (first, second) = (await PoolAsync(100, 0), await PoolAsync(100, 0));
        await LaterAsync();
        var lease = (await ReserveAsync(30, "2027-03-10", "2027-05-01", first)).LeaseId;
        await TruncateAsync(lease, "2027-04-01", 2);
        await AmendAsync(lease, 40, "2027-03-20", "2027-06-01", second, 3);
        await SetCapacityAsync(second, 90);
        await SetCapacityAsync(second, 80);
        await SetFloorAsync(second, 9);
        await SetFloorAsync(second, 8);
        var one = server.MarketTime;
        await LaterAsync();
        await TruncateAsync(lease, "2027-05-01", 4);
        await AmendAsync(lease, 50, "2027-03-10", "2027-05-01", first, 5);
        await SetCapacityAsync(second, 70);
        await SetCapacityAsync(second, 60);
        await SetFloorAsync(second, 7);
        await SetFloorAsync(second, 6);
        var other = server.MarketTime;
        await LaterAsync();

        Assert.Equal([], await HeldAsync(second, one.AddTicks(-10)));
        Assert.Equal((100, 0), await CurvesAsync(second, one.AddTicks(-10)));
        foreach (var time in new[] { one, other.AddTicks(-10) })
        {
            Assert.Equal([], await HeldAsync(first, time));
            Assert.Equal([(second.PoolId, "2027-03-20", "2027-06-01", 40)], await HeldAsync(second, time));
            Assert.Equal((80, 8), await CurvesAsync(second, time));
        }
        foreach (var time in new[] { other, server.MarketTime })
        {
            Assert.Equal([(first.PoolId, "2027-03-10", "2027-05-01", 50)], await HeldAsync(first, time));
            Assert.Equal([], await HeldAsync(second, time));
            Assert.Equal((60, 6), await CurvesAsync(second, time));
        }
    }

    [Fact]
    public async Task GetCapacityCurve_AsOfBeforeACurveWasReplaced_HasTheOneBefore()
    {
        var pool = await PoolAsync(100, 20);
        var created = server.MarketTime;
        await LaterAsync();
        await SetCapacityAsync(pool, 90);
        var capacity = server.MarketTime;
        await LaterAsync();
        await SetFloorAsync(pool, 10);
        var floor = server.MarketTime;
        await LaterAsync();
        await SetCapacityAsync(pool, 80);

        Assert.Equal((100, 20), await CurvesAsync(pool, created));
        Assert.Equal((100, 20), await CurvesAsync(pool, capacity.AddTicks(-10)));
        Assert.Equal((90, 20), await CurvesAsync(pool, capacity));
        Assert.Equal((90, 20), await CurvesAsync(pool, floor.AddTicks(-10)));
        Assert.Equal((90, 10), await CurvesAsync(pool, floor));
        Assert.Equal((80, 10), await CurvesAsync(pool, server.MarketTime));
    }

    [Fact]
    public async Task GetCapacityCurve_AsOfBeforeThePoolWas_HasNothing()
    {
        var site = await provider.CreateSiteAsync();
        var first = await PoolAsync(100, 0, site);
        var before = server.MarketTime;
        await LaterAsync();
        var second = await PoolAsync(50, 0, site);
        await ReserveAsync(30, "2027-03-10", "2027-05-01", first, second);

        Assert.Equal((0, 0), await CurvesAsync(second, before));
        Assert.Equal([], await HeldAsync(second, before));
        var request = new V1.GetCapacityCurveRequest
        {
            SiteId = site.SiteId,
            StartDate = Party.Day("2027-04-01"),
            EndDate = Party.Day("2027-04-02"),
            AsOfTime = Timestamp.FromDateTime(before),
        };
        Assert.Equal(100, (await CurveAsync(request)).Periods.Single().FreeKwDays);
        request.AsOfTime = null;
        Assert.Equal(90, (await CurveAsync(request)).Periods.Single().FreeKwDays);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task GetCapacityCurve_AsOfAfterAnyChanges_IsWhatWasSeenThen(int seed)
    {
        var random = new Random(seed);
        var pools = new[] { await PoolAsync(100, 0, decommissioningDays: 5), await PoolAsync(100, 0) };
        var leases = new List<(string LeaseId, long Version)>();
        var seen = new List<(Timestamp Time, V1.Pool Pool, V1.CapacityCurve Curve)>();
        for (var round = 0; round < 12; round++)
        {
            for (var change = random.Next(1, 5); change > 0; change--) await ChangeAsync();
            foreach (var pool in pools) seen.Add(await SeenAsync(pool));
            await LaterAsync();
        }

        Assert.True(leases.Count > 3);
        foreach (var (time, pool, curve) in seen)
        {
            var request = Interval(pool, "2027-01-01", "2028-07-01");
            request.AsOfTime = time;
            Assert.Equal(curve.Periods, (await CurveAsync(request)).Periods);
        }

        async Task<(Timestamp, V1.Pool, V1.CapacityCurve)> SeenAsync(V1.Pool pool)
        {
            var request = Interval(pool, "2027-01-01", "2028-07-01");
            var books = await CurveAsync(request);
            request.WithHolders = true;
            Assert.Equal(books.Periods, (await CurveAsync(request)).Periods);
            return (Timestamp.FromDateTime(server.MarketTime), pool, books);
        }

        async Task ChangeAsync()
        {
            var (kind, pool, kw) = (random.Next(7), pools[random.Next(2)], random.Next(1, 9));
            var day = $"2027-{random.Next(1, 13):D2}-{random.Next(1, 29):D2}";
            if (kind == 0) await SetCapacityAsync(pool, random.Next(60, 101));
            else if (kind == 1) await SetFloorAsync(pool, random.Next(10));
            else if (kind <= 3 || leases.Count == 0)
                leases.Add(((await ReserveAsync(kw, day, "2028-03-01", pool)).LeaseId, 1));
            else
            {
                var place = random.Next(leases.Count);
                var (lease, version) = leases[place];
                leases[place] = (lease, version + 1);
                if (kind == 4) await TruncateAsync(lease, day, version + 1);
                else if (kind == 5) await AmendAsync(lease, kw, day, "2028-04-01", pool, version + 1);
                else if (random.Next(3) > 0) await RestoreAsync(lease, "2028-03-01", version + 1);
                else
                {
                    await ReleaseAsync(lease);
                    leases.RemoveAt(place);
                }
            }
        }
    }

    [Fact]
    public async Task GetCapacityCurve_OfAnotherProvider_IsNotFound_AndOperatorsSeeIt()
    {
        var site = await provider.CreateSiteAsync();
        var pool = await PoolAsync(100, 0, site);
        await ReserveAsync(30, "2027-03-10", "2027-05-01", pool);
        var other = server.AddParty(Role.Provider);
        var (ofPool, ofSite) = (Interval(pool, "2027-03-01", "2027-06-01"), Interval(pool, "2027-03-01", "2027-06-01"));
        (ofSite.PoolId, ofSite.SiteId) = ("", site.SiteId);

        foreach (var (request, reason) in new[] { (ofPool, "POOL_NOT_FOUND"), (ofSite, "SITE_NOT_FOUND") })
        {
            request.WithHolders = true;
            await Errors.RefusedAsync(
                StatusCode.NotFound, reason, other.Inventory.GetCapacityCurveAsync(request));
            var own = await CurveAsync(request);
            Assert.Single(own.Holders);
            Assert.Equal(own, await server.Operator.Inventory.GetCapacityCurveAsync(request));
        }
    }

    public static TheoryData<string, Action<V1.GetCapacityCurveRequest, DateTime>> WrongFields => new()
    {
        { "pool_id", (request, _) => request.PoolId = "" },
        { "pool_id", (request, _) => request.SiteId = Party.NewId() },
        { "pool_id", (request, _) => request.PoolId = "hall-1" },
        { "site_id", (request, _) => (request.PoolId, request.SiteId) = ("", "memphis") },
        { "start_date", (request, _) => request.StartDate.Day = 32 },
        { "end_date", (request, _) => request.EndDate.Month = 13 },
        { "end_date", (request, _) => request.EndDate = request.StartDate },
        { "end_date", (request, _) => request.EndDate = Party.Day("2027-02-01") },
        { "end_date", (request, _) => request.EndDate = Party.Day("2052-03-02") },
        { "resolution", (request, _) => request.Resolution = (V1.CurveResolution)6 },
        { "as_of_time", (request, now) => request.AsOfTime = Timestamp.FromDateTime(now.AddTicks(10)) },
        { "as_of_time", (request, _) => request.AsOfTime = new() { Seconds = -1 } },
    };

    [Theory]
    [MemberData(nameof(WrongFields), DisableDiscoveryEnumeration = true)]
    public async Task GetCapacityCurve_WrongField_IsNamed(
        string field, Action<V1.GetCapacityCurveRequest, DateTime> change)
    {
        var request = Interval(await PoolAsync(100, 0), "2027-03-01", "2052-03-01");
        Assert.NotEmpty((await CurveAsync(request)).Periods);

        change(request, server.MarketTime);

        await Errors.FieldRefusedAsync(field, provider.Inventory.GetCapacityCurveAsync(request));
    }

    private Task LaterAsync() => server.MoveClockAsync(server.MarketTime.AddMinutes(10));

    private async Task<V1.Pool> PoolAsync(
        int capacityKw, int floorKw, V1.Site? site = null, int decommissioningDays = 0)
    {
        site ??= await provider.CreateSiteAsync();
        var request = Party.PoolRequest(site.SiteId, capacityKw, floorKw);
        request.FloorSteps.RemoveAt(1);
        request.DecommissioningDays = decommissioningDays;
        return await provider.Inventory.CreatePoolAsync(request);
    }

    private async Task<V1.Reservation> ReserveAsync(int kw, string start, string end, params V1.Pool[] pools) =>
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, kw, start, end, [.. pools.Select(pool => pool.PoolId)]));

    private async Task TruncateAsync(string leaseId, string end, long leaseVersion) =>
        await server.Service.Reservations.TruncateReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = leaseId,
            EndDate = Party.Day(end),
            LeaseVersion = leaseVersion,
        });

    private async Task RestoreAsync(string leaseId, string end, long leaseVersion) =>
        await server.Service.Reservations.RestoreReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = leaseId,
            EndDate = Party.Day(end),
            LeaseVersion = leaseVersion,
        });

    private async Task AmendAsync(
        string leaseId, int kw, string start, string end, V1.Pool pool, long leaseVersion) =>
        await server.Service.Reservations.AmendReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = leaseId,
            LeaseVersion = leaseVersion,
            Tranches = { Party.Reservation(provider, kw, start, end, pool.PoolId).Tranches },
        });

    private async Task ReleaseAsync(string leaseId) =>
        await server.Service.Reservations.ReleaseReservationAsync(
            new() { RequestId = Party.NewId(), LeaseId = leaseId });

    private async Task SetCapacityAsync(V1.Pool pool, int kw) =>
        await provider.Inventory.SetCapacityCurveAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            CapacitySteps = { Party.Step("2026-04-01", kw) },
        });

    private async Task SetFloorAsync(V1.Pool pool, int kw) =>
        await provider.Inventory.SetProviderFloorAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            FloorSteps = { Party.Step("2026-04-01", kw) },
        });

    private async Task<V1.CapacityCurve> CurveAsync(V1.GetCapacityCurveRequest request) =>
        await provider.Inventory.GetCapacityCurveAsync(request);

    private static V1.GetCapacityCurveRequest Interval(V1.Pool pool, string start, string end) => new()
    {
        PoolId = pool.PoolId,
        StartDate = Party.Day(start),
        EndDate = Party.Day(end),
    };

    /// <summary>What leases held of a pool, as the figures say it too.</summary>
    private async Task<List<(string, string, string, int)>> HeldAsync(V1.Pool pool, DateTime asOf)
    {
        var request = Interval(pool, "2027-03-01", "2027-07-01");
        (request.WithHolders, request.AsOfTime) = (true, Timestamp.FromDateTime(asOf));
        var curve = await CurveAsync(request);
        var held = curve.Holders.SelectMany(holder => holder.Held).ToList();
        Assert.Equal(
            held.Sum(step => (long)step.HeldKw
                * (step.EndDate.ToDateOnly().DayNumber - step.StartDate.ToDateOnly().DayNumber)),
            curve.Periods.Sum(period => period.ReservedKwDays));
        Assert.Equal(request.AsOfTime, curve.AsOfTime);
        return [.. held.Select(HeldOf)];
    }

    /// <summary>The capacity and the floor that a pool had in June 2027.</summary>
    private async Task<(long Capacity, long Floor)> CurvesAsync(V1.Pool pool, DateTime asOf)
    {
        var request = Interval(pool, "2027-06-15", "2027-06-16");
        request.AsOfTime = Timestamp.FromDateTime(asOf);
        var day = (await CurveAsync(request)).Periods.Single();
        return (day.CapacityKwDays, day.FloorKwDays);
    }

    private static (string, string, string, int) HeldOf(V1.HeldCapacity held) =>
        (held.PoolId, Iso(held.StartDate), Iso(held.EndDate), held.HeldKw);

    private static string Iso(Google.Type.Date date) => $"{date.ToDateOnly():O}";
}
