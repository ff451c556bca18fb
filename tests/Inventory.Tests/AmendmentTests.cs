using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class AmendmentTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);

    [Fact]
    public async Task AmendReservation_ExtendGrowShrinkAndMove_IsOneDelta()
    {
        var (first, second) = (await provider.CreatePoolAsync(100, 0), await provider.CreatePoolAsync(100, 0));
        var request = Party.Reservation(provider, 80, "2026-05-01", "2027-05-01", first.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);

        var amended = await Amend(
            request.LeaseId,
            2,
            Tranche(
                "hall-0", first, ("2026-05-01", "2026-07-01", 40), ("2026-07-01", "2028-05-01", 100)),
            Tranche("hall-1", second, ("2026-06-01", "2026-09-01", 30)));

        Assert.Equal((Party.Day("2028-05-01"), Party.Day("2028-05-01"), 2L),
            (amended.EndDate, amended.OriginalEndDate, amended.Version));
        Assert.Equal([100, 60, 0, 100], await FreeAsync(first));
        Assert.Equal([100, 70, 100], await FreeAsync(second));
        Assert.Equal(amended,
            await provider.Inventory.GetReservationAsync(new() { ReservationId = amended.ReservationId }));
    }

    [Fact]
    public async Task AmendReservation_NotEnough_NamesDaysAndKwAndChangesNothing()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 80, "2026-05-01", "2027-05-01", pool.PoolId);
        var reserved = await server.Service.Reservations.ReserveCapacityAsync(request);
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 50, "2027-05-01", "2027-08-01", pool.PoolId));

        var shortage = await Errors.ShortAsync(
            Amend(request.LeaseId, 2, Tranche("hall-0", pool, ("2026-05-01", "2027-06-01", 90))));

        Assert.Equal((Party.Day("2027-05-01"), Party.Day("2027-06-01"), 90, 50),
            (shortage.Shortfalls.Single().StartDate, shortage.Shortfalls.Single().EndDate,
                shortage.Shortfalls.Single().WantedKw, shortage.Shortfalls.Single().FreeKw));
        Assert.Equal([100, 20, 50, 100], await FreeAsync(pool));
        Assert.Equal(reserved,
            await provider.Inventory.GetReservationAsync(new() { ReservationId = reserved.ReservationId }));
    }

    [Fact]
    public async Task AmendReservation_OfAnEarlierVersionOfTheLease_ChangesNothing()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 80, "2026-05-01", "2027-05-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        var later = await Amend(request.LeaseId, 5, Tranche("hall-0", pool, ("2026-05-01", "2027-06-01", 90)));

        var earlier = await Amend(request.LeaseId, 4, Tranche("hall-0", pool, ("2026-05-01", "2027-06-01", 10)));

        Assert.Equal(later, earlier);
        Assert.Equal([100, 10, 100], await FreeAsync(pool));
    }

    [Fact]
    public async Task AmendReservation_ReleasedOrUnknownOrOfAnotherProvidersPool_IsRefused()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Party.Reservation(provider, 80, "2026-05-01", "2027-05-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        var foreign = await server.AddParty(Role.Provider).CreatePoolAsync(100, 0);
        var days = ("2026-05-01", "2027-05-01", 10);

        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND",
            Amend(request.LeaseId, 2, Tranche("hall-0", foreign, days)));
        await Errors.RefusedAsync(StatusCode.NotFound, "RESERVATION_NOT_FOUND",
            Amend(Party.NewId(), 2, Tranche("hall-0", pool, days)));
        await server.Service.Reservations.ReleaseReservationAsync(
            new() { RequestId = Party.NewId(), LeaseId = request.LeaseId });
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "RESERVATION_RELEASED",
            Amend(request.LeaseId, 2, Tranche("hall-0", pool, days)));
        Assert.Equal([100], await FreeAsync(pool));
    }

    [Fact]
    public async Task AmendReservation_WrongFields_NamesAllOfThem()
    {
        foreach (var field in (string[])["lease_id", "tranches", "lease_version"])
            await Errors.FieldRefusedAsync(field, Amend("lease", 0));
    }

    private AsyncUnaryCall<V1.Reservation> Amend(
        string leaseId, long leaseVersion, params V1.TrancheProfile[] tranches) =>
        server.Service.Reservations.AmendReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = leaseId,
            LeaseVersion = leaseVersion,
            Tranches = { tranches },
        });

    private static V1.TrancheProfile Tranche(
        string name, V1.Pool pool, params (string Start, string End, int Kw)[] steps) => new()
        {
            TrancheId = name,
            PoolId = pool.PoolId,
            Steps =
            {
                steps.Select(step => new V1.ReservedStep
                {
                    StartDate = Party.Day(step.Start),
                    EndDate = Party.Day(step.End),
                    ReservedKw = step.Kw,
                }),
            },
        };

    private async Task<IEnumerable<int>> FreeAsync(V1.Pool pool) =>
        (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = pool.PoolId }))
            .Steps.Select(step => step.FreeKw);
}
