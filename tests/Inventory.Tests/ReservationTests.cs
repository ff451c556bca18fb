using Dapper;
using Grpc.Core;
using Marketplace.Options.V1;
using Npgsql;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class ReservationTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);

    [Fact]
    public async Task ReserveCapacity_SeveralTranches_HoldsTheWholeProfile()
    {
        var (first, second) = (await provider.CreatePoolAsync(100, 0), await provider.CreatePoolAsync(100, 0));
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-08-01", first.PoolId, second.PoolId);
        request.Tranches[0].Steps.Add(new V1.ReservedStep
        {
            StartDate = Party.Day("2026-08-01"),
            EndDate = Party.Day("2026-09-01"),
            ReservedKw = 0,
        });

        var reservation = await server.Service.Reservations.ReserveCapacityAsync(request);

        Assert.Equal((V1.ReservationState.Reserved, request.Tranches), (reservation.State, reservation.Tranches));
        Assert.Equal((Party.Day("2026-09-01"), Party.Day("2026-09-01"), 1L),
            (reservation.EndDate, reservation.OriginalEndDate, reservation.Version));
        Assert.Equal([100, 40, 100], await FreeAsync(first.PoolId));
        Assert.Equal([100, 40, 100], await FreeAsync(second.PoolId));
        Assert.Equal(reservation,
            await provider.Inventory.GetReservationAsync(new() { ReservationId = reservation.ReservationId }));
        Assert.Equal([reservation],
            (await server.Operator.Inventory.ListReservationsAsync(new() { LeaseId = request.LeaseId })).Reservations);
    }

    [Fact]
    public async Task ReserveCapacity_SecondTrancheShort_NamesDaysAndKwAndHoldsNothing()
    {
        var (first, second) = (await provider.CreatePoolAsync(100, 0), await provider.CreatePoolAsync(50, 20));
        var request = Party.Reservation(provider, 40, "2026-04-20", "2026-06-01", first.PoolId, second.PoolId);

        var shortage = await Errors.ShortAsync(server.Service.Reservations.ReserveCapacityAsync(request));

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal(
            (second.PoolId, "hall-1", Party.Day("2026-04-20"), Party.Day("2026-05-01"), 40, 30, 10),
            (found.PoolId, found.TrancheId, found.StartDate, found.EndDate, found.WantedKw, found.FreeKw,
                found.ShortKw));
        Assert.Equal([100], await FreeAsync(first.PoolId));
        Assert.Empty((await provider.Inventory.ListReservationsAsync(new())).Reservations);
    }

    [Fact]
    public async Task ReserveCapacity_AfterARefusal_IsDecidedAgain()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var held = Party.Reservation(provider, 80, "2026-05-01", "2026-06-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(held);
        var request = Party.Reservation(provider, 30, "2026-05-01", "2026-06-01", pool.PoolId);
        await Errors.ShortAsync(server.Service.Reservations.ReserveCapacityAsync(request));

        await ReleaseAsync(held.LeaseId);

        Assert.Equal(
            V1.ReservationState.Reserved, (await server.Service.Reservations.ReserveCapacityAsync(request)).State);
    }

    [Fact]
    public async Task ReserveCapacity_HundredAtOnceForSixty_GivesSixtyAndFortyShort()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 60, floorKw: 0);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OutcomeAsync(
            Party.Reservation(provider, 1, "2026-05-01", "2029-06-01", pool.PoolId))));

        Assert.Equal(60, outcomes.Count(shortage => shortage is null));
        Assert.Equal(40, outcomes.Count(shortage => shortage is
        {
            ShortfallCount: 1,
            Shortfalls: [{ WantedKw: 1, FreeKw: 0, ShortKw: 1 } found],
        } && found.StartDate.Equals(Party.Day("2026-05-01")) && found.EndDate.Equals(Party.Day("2029-06-01"))));
        var check = await provider.Inventory.CheckCapacityAsync(new() { PoolId = pool.PoolId });
        Assert.Equal((1, 60L, 0), (check.PoolCount, check.ReservationCount, check.OversoldKw));
        Assert.Equal([60, 0, 60], await FreeAsync(pool.PoolId));
    }

    [Fact]
    public async Task ReserveCapacity_OverlappingPoolsInEitherOrder_NeverDeadlock()
    {
        var pools = new[] { await provider.CreatePoolAsync(30, 0), await provider.CreatePoolAsync(30, 0),
            await provider.CreatePoolAsync(30, 0) };
        var random = new Random(1);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => OutcomeAsync(Party.Reservation(
            provider, 1, "2026-05-01", "2026-07-01",
                [.. pools.OrderBy(_ => random.Next()).Take(2).Select(pool => pool.PoolId)]))));

        var check = await provider.Inventory.CheckCapacityAsync(new());
        Assert.Equal(
            (0, outcomes.Count(shortage => shortage is null)), (check.OversoldKw, (int)check.ReservationCount));
        Assert.True(check.ReservationCount >= 30);
    }

    [Fact]
    public async Task ReserveCapacity_SameLeaseManyTimesAtOnce_ReservesOnce()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-06-01", pool.PoolId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var again = request.Clone();
            again.RequestId = Party.NewId();
            return await server.Service.Reservations.ReserveCapacityAsync(again);
        }));

        Assert.Single(answers.Distinct());
        Assert.Equal([100, 40, 100], await FreeAsync(pool.PoolId));
    }

    [Fact]
    public async Task ReserveCapacity_SameLeaseOtherContent_IsRefused_AlsoWhenReleased()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-06-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        var other = request.Clone();
        (other.RequestId, other.Tranches[0].Steps[0].ReservedKw) = (Party.NewId(), 10);

        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LEASE_ID_REUSED", server.Service.Reservations.ReserveCapacityAsync(other));
        await ReleaseAsync(request.LeaseId);
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LEASE_ID_REUSED", server.Service.Reservations.ReserveCapacityAsync(other));
        request.RequestId = Party.NewId();
        Assert.Equal(
            V1.ReservationState.Released, (await server.Service.Reservations.ReserveCapacityAsync(request)).State);
        Assert.Equal([100], await FreeAsync(pool.PoolId));
    }

    [Fact]
    public async Task ReserveCapacity_PoolOfAnotherProviderOrNone_IsNotFound()
    {
        var pool = await server.AddParty(Role.Provider).CreatePoolAsync();

        foreach (var poolId in new[] { pool.PoolId, Party.NewId() })
        {
            await Errors.RefusedAsync(
                StatusCode.NotFound, "POOL_NOT_FOUND", server.Service.Reservations.ReserveCapacityAsync(
                Party.Reservation(provider, 1, "2026-05-01", "2026-06-01", poolId)));
        }
    }

    public static TheoryData<string, Action<V1.ReserveCapacityRequest>> WrongRequests => new()
    {
        { "lease_id", request => request.LeaseId = "42" },
        { "provider_organisation_id", request => request.ProviderOrganisationId = "" },
        { "buyer_organisation_id", request => request.BuyerOrganisationId = "" },
        { "listing_id", request => request.ListingId = "x" },
        { "tranches", request => request.Tranches.Clear() },
        { "tranches[1].tranche_id", request => request.Tranches.Add(request.Tranches[0].Clone()) },
        { "tranches[0].tranche_id", request => request.Tranches[0].TrancheId = "-" },
        { "tranches[0].pool_id", request => request.Tranches[0].PoolId = "" },
        { "tranches[0].steps", request => request.Tranches[0].Steps.Clear() },
        { "tranches[0].steps", request => request.Tranches[0].Steps[0].StartDate = Party.Day("2026-03-31") },
        { "tranches[0].steps", request => request.Tranches[0].Steps[0].EndDate = Party.Day("2051-04-02") },
        { "tranches[0].steps[0].end_date", request => request.Tranches[0].Steps[0].EndDate = Party.Day("2026-05-01") },
        { "tranches[0].steps[0].start_date", request =>
            request.Tranches[0].Steps[0].StartDate = new() { Year = 2026, Month = 2, Day = 30 } },
        { "tranches[0].steps[0].reserved_kw", request => request.Tranches[0].Steps[0].ClearReservedKw() },
        { "tranches[0].steps[0].reserved_kw", request => request.Tranches[0].Steps[0].ReservedKw = -1 },
        { "tranches[0].steps[1].start_date", request =>
            request.Tranches[0].Steps.Add(request.Tranches[0].Steps[0].Clone()) },
    };

    [Theory]
    [MemberData(nameof(WrongRequests), DisableDiscoveryEnumeration = true)]
    public async Task ReserveCapacity_WrongField_IsNamed(string field, Action<V1.ReserveCapacityRequest> change)
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 1, "2026-05-01", "2026-06-01", pool.PoolId);
        change(request);

        await Errors.FieldRefusedAsync(field, server.Service.Reservations.ReserveCapacityAsync(request));
    }

    [Fact]
    public async Task TruncateReservation_BeforeItsEnd_FreesTheRestOnce()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-08-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);

        var cut = await TruncateAsync(request.LeaseId, "2026-06-15");
        var again = await TruncateAsync(request.LeaseId, "2026-06-15");
        var later = await TruncateAsync(request.LeaseId, "2026-07-15");

        Assert.Equal(
            (Party.Day("2026-06-15"), Party.Day("2026-08-01"), 2L), (cut.EndDate, cut.OriginalEndDate, cut.Version));
        Assert.Equal(Party.Day("2026-06-15"), cut.Tranches[0].Steps[0].EndDate);
        Assert.Equal((cut, cut), (again, later));
        var steps = (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = pool.PoolId })).Steps;
        Assert.Equal([("2026-04-01", 100), ("2026-05-01", 40), ("2026-06-15", 100)],
            steps.Select(step => (Iso(step.StartDate), step.FreeKw)));
    }

    [Fact]
    public async Task TruncateReservation_ToNothing_IsReleased_AndMayBeRestored()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-08-01", pool.PoolId);
        var reserved = await server.Service.Reservations.ReserveCapacityAsync(request);

        var nothing = await TruncateAsync(request.LeaseId, "2026-04-01");
        var restored = await RestoreAsync(request.LeaseId, "2026-08-01");

        Assert.Equal((V1.ReservationState.Released, Party.Day("2026-05-01"), 0),
            (nothing.State, nothing.EndDate, nothing.Tranches.Count));
        Assert.Equal((V1.ReservationState.Reserved, 3L), (restored.State, restored.Version));
        Assert.Equal(reserved.Tranches, restored.Tranches);
        Assert.Equal([100, 40, 100], await FreeAsync(pool.PoolId));
    }

    [Fact]
    public async Task RestoreReservation_CapacitySoldMeanwhile_IsShortAndChangesNothing()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-08-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        var cut = await TruncateAsync(request.LeaseId, "2026-06-01");
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 50, "2026-07-01", "2026-07-11", pool.PoolId));

        var shortage = await Errors.ShortAsync(server.Service.Reservations.RestoreReservationAsync(
            Restoration(request.LeaseId, "2026-08-01")));

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal(("2026-07-01", "2026-07-11", 60, 50, 10),
            (Iso(found.StartDate), Iso(found.EndDate), found.WantedKw, found.FreeKw, found.ShortKw));
        Assert.Equal(cut, (await provider.Inventory.ListReservationsAsync(
            new() { LeaseId = request.LeaseId })).Reservations.Single());
        Assert.Equal("2026-07-01", Iso((await RestoreAsync(request.LeaseId, "2026-07-01")).EndDate));
    }

    [Fact]
    public async Task RestoreReservation_BeyondItsOriginalEndOrReleased_IsRefused()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 60, "2026-05-01", "2026-08-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);

        await Errors.FieldRefusedAsync("end_date", server.Service.Reservations.RestoreReservationAsync(
            Restoration(request.LeaseId, "2026-08-02")));
        var released = await ReleaseAsync(request.LeaseId);
        Assert.Equal(released, await ReleaseAsync(request.LeaseId));
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "RESERVATION_RELEASED", server.Service.Reservations.RestoreReservationAsync(
            Restoration(request.LeaseId, "2026-08-01")));
    }

    [Fact]
    public async Task ChangeReservation_WithoutTheVersionOfTheLease_IsRefused()
    {
        var (lease, reservations) = (Party.NewId(), server.Service.Reservations);

        await Errors.FieldRefusedAsync("lease_version", reservations.TruncateReservationAsync(
            Cut(lease, "2026-08-01", leaseVersion: 0)));
        await Errors.FieldRefusedAsync("lease_version", reservations.RestoreReservationAsync(
            Restoration(lease, "2026-08-01", leaseVersion: 0)));
    }

    [Fact]
    public async Task ChangeReservation_UnknownLease_IsNotFound()
    {
        var lease = Party.NewId();
        var reservations = server.Service.Reservations;

        await Errors.RefusedAsync(StatusCode.NotFound, "RESERVATION_NOT_FOUND",
            reservations.TruncateReservationAsync(Cut(lease, "2026-08-01")));
        await Errors.RefusedAsync(StatusCode.NotFound, "RESERVATION_NOT_FOUND",
            reservations.RestoreReservationAsync(Restoration(lease, "2026-08-01")));
        await Errors.RefusedAsync(StatusCode.NotFound, "RESERVATION_NOT_FOUND",
            reservations.ReleaseReservationAsync(new() { RequestId = Party.NewId(), LeaseId = lease }));
    }

    [Fact]
    public async Task GetReservation_OfAnotherProvider_IsNotFound()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var reservation = await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 1, "2026-05-01", "2026-08-01", pool.PoolId));
        var other = server.AddParty(Role.Provider);

        await Errors.RefusedAsync(StatusCode.NotFound, "RESERVATION_NOT_FOUND",
            other.Inventory.GetReservationAsync(new() { ReservationId = reservation.ReservationId }));
        await Errors.RefusedAsync(
            StatusCode.NotFound, "POOL_NOT_FOUND", other.Inventory.CheckCapacityAsync(new() { PoolId = pool.PoolId }));
        Assert.Empty((await other.Inventory.ListReservationsAsync(new())).Reservations);
        Assert.Equal(0, (await other.Inventory.CheckCapacityAsync(new())).PoolCount);
    }

    [Fact]
    public async Task PoolMonth_TakenBelowZeroBehindOurBack_IsRefusedByTheDatabase()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        await using var owner = NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var connection = await owner.OpenConnectionAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(
            "update pool_month set free_kw[3] = -1 where pool_id = @id and month = '2026-05-01'",
                new { id = Guid.Parse(pool.PoolId) }));

        Assert.Equal("pool_month_not_oversold", refused.ConstraintName);
    }

    [Fact]
    public async Task CheckCapacity_BookChangedBehindOurBack_FindsDaysAndKw()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var right = await provider.Inventory.CheckCapacityAsync(new() { PoolId = pool.PoolId });
        await using var owner = NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var connection = await owner.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "update pool_month set free_kw[3] = 90 where pool_id = @id and month = '2026-05-01'",
            new { id = Guid.Parse(pool.PoolId) });

        var wrong = await provider.Inventory.CheckCapacityAsync(new() { PoolId = pool.PoolId });

        Assert.Equal((0, 1), (right.MisbookedCount, wrong.MisbookedCount));
        Assert.Equal((Party.Day("2026-05-03"), Party.Day("2026-05-04"), 100, 90),
            (wrong.Misbooked[0].StartDate, wrong.Misbooked[0].EndDate, wrong.Misbooked[0].WantedKw,
                wrong.Misbooked[0].FreeKw));
        Assert.True(await server.Auditor.AuditAsync(default) >= 1);
    }

    [Fact]
    public async Task CheckCapacity_OversoldBehindOurBack_FindsPoolDaysAndKw()
    {
        var party = server.AddParty(Role.Provider);
        var pool = await party.CreatePoolAsync(100, 40);
        var reservation = await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(party, 60, "2026-04-20", "2026-05-11", pool.PoolId));
        await using var owner = NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var connection = await owner.OpenConnectionAsync();
        var id = Guid.Parse(reservation.ReservationId);
        await connection.ExecuteAsync(
            "update reservation_step set reserved_kw = 110 where reservation_id = @id", new { id });

        var check = await party.Inventory.CheckCapacityAsync(new());
        await connection.ExecuteAsync(
            "update reservation_step set reserved_kw = 60 where reservation_id = @id", new { id });

        Assert.Equal(50, check.OversoldKw);
        Assert.Equal(
            [(pool.PoolId, "2026-04-20", "2026-05-01", 110, 60, 50),
                (pool.PoolId, "2026-05-01", "2026-05-11", 110, 100, 10)],
            check.Oversold.Select(found =>
                (found.PoolId, Iso(found.StartDate), Iso(found.EndDate), found.WantedKw, found.FreeKw, found.ShortKw)));
        Assert.Equal(0, (await party.Inventory.CheckCapacityAsync(new())).OversoldKw);
    }

    private static string Iso(Google.Type.Date date) => $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}";

    private async Task<V1.CapacityShort?> OutcomeAsync(V1.ReserveCapacityRequest request)
    {
        try
        {
            await server.Service.Reservations.ReserveCapacityAsync(request);
            return null;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
        {
            return Errors.ShortOf(error);
        }
    }

    private async Task<IEnumerable<int>> FreeAsync(string poolId) =>
        (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = poolId })).Steps.Select(
            step => step.FreeKw);

    private async Task<V1.Reservation> TruncateAsync(string leaseId, string endDate) =>
        await server.Service.Reservations.TruncateReservationAsync(Cut(leaseId, endDate));

    private async Task<V1.Reservation> RestoreAsync(string leaseId, string endDate) =>
        await server.Service.Reservations.RestoreReservationAsync(Restoration(leaseId, endDate));

    private static V1.TruncateReservationRequest Cut(string leaseId, string endDate, long leaseVersion = 1) => new()
    {
        RequestId = Party.NewId(),
        LeaseId = leaseId,
        EndDate = Party.Day(endDate),
        LeaseVersion = leaseVersion,
    };

    private static V1.RestoreReservationRequest Restoration(string leaseId, string endDate, long leaseVersion = 1) =>
        new()
        {
            RequestId = Party.NewId(),
            LeaseId = leaseId,
            EndDate = Party.Day(endDate),
            LeaseVersion = leaseVersion,
        };

    private async Task<V1.Reservation> ReleaseAsync(string leaseId) => await server.Service.Reservations
        .ReleaseReservationAsync(new() { RequestId = Party.NewId(), LeaseId = leaseId });
}
