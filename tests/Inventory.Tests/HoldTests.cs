using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>Holds, on a clock that moves.</summary>
public sealed class HoldTests : IClassFixture<InventoryServer>
{
    private readonly InventoryServer server;
    private readonly Party provider;

    public HoldTests(InventoryServer server)
    {
        this.server = server;
        provider = server.AddParty(Role.Provider);
    }

    [Fact]
    public async Task HoldCapacity_SeveralPools_HoldsAllOrNothing()
    {
        var (first, second) = (await provider.CreatePoolAsync(100, 0), await provider.CreatePoolAsync(50, 0));

        var held = await server.Service.Reservations.HoldCapacityAsync(Hold(40, first, second));
        var shortage = await Errors.ShortAsync(
            server.Service.Reservations.HoldCapacityAsync(Hold(20, first, second)));

        Assert.Equal(V1.ReservationState.Held, held.State);
        Assert.NotNull(held.ExpireTime);
        Assert.Equal((second.PoolId, 10), (shortage.Shortfalls.Single().PoolId, shortage.Shortfalls.Single().FreeKw));
        Assert.Equal(60, await FreeKwAsync(first));
        Assert.Equal([held], (await provider.Inventory.ListReservationsAsync(
            new() { State = V1.ReservationState.Held })).Reservations);
    }

    [Fact]
    public async Task ConfirmReservation_BeforeItExpires_MakesItLast()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Hold(40, pool);
        await server.Service.Reservations.HoldCapacityAsync(request);

        var confirmed = await Confirm(request.LeaseId);
        await server.MoveClockAsync(server.MarketTime.AddDays(2));

        Assert.Equal((V1.ReservationState.Reserved, null), (confirmed.State, confirmed.ExpireTime));
        Assert.Equal(60, await FreeKwAsync(pool));
        Assert.Equal(confirmed, await Confirm(request.LeaseId));
    }

    [Fact]
    public async Task HoldCapacity_NotConfirmed_IsReleasedAtItsTime()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Hold(40, pool);
        var held = await server.Service.Reservations.HoldCapacityAsync(request);

        await server.MoveClockAsync(request.ExpireTime.ToDateTime().AddSeconds(-1));
        var before = await FreeKwAsync(pool);
        await server.MoveClockAsync(request.ExpireTime.ToDateTime());

        Assert.Equal((60, 100), (before, await FreeKwAsync(pool)));
        var released = await provider.Inventory.GetReservationAsync(new() { ReservationId = held.ReservationId });
        Assert.Equal(V1.ReservationState.Released, released.State);
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "RESERVATION_RELEASED", Confirm(request.LeaseId));
    }

    [Fact]
    public async Task HoldCapacity_ExpiresInThePastOrTooLate_NamesTheField()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var now = server.MarketTime;
        foreach (var time in (DateTime?[])[null, now, now.AddDays(30).AddSeconds(1)])
        {
            var request = Hold(40, pool);
            request.ExpireTime = time is { } expiry ? Timestamp.FromDateTime(expiry) : null;

            await Errors.FieldRefusedAsync("expire_time", server.Service.Reservations.HoldCapacityAsync(request));
        }
        Assert.Equal(100, await FreeKwAsync(pool));
    }

    [Fact]
    public async Task HoldCapacity_LeaseThatHasAnotherOne_IsRefused()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Hold(40, pool);
        var held = await server.Service.Reservations.HoldCapacityAsync(request);
        var again = request.Clone();
        again.RequestId = Party.NewId();
        var other = again.Clone();
        other.RequestId = Party.NewId();
        other.Tranches[0].Steps[0].ReservedKw = 30;

        Assert.Equal(held, await server.Service.Reservations.HoldCapacityAsync(again));
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LEASE_ID_REUSED", server.Service.Reservations.HoldCapacityAsync(other));
    }

    [Fact]
    public async Task ReserveCapacity_LeaseThatHasAHold_IsRefused()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Hold(40, pool);
        await server.Service.Reservations.HoldCapacityAsync(request);

        // What is held for a while is not what is asked for here.
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition,
            "LEASE_ID_REUSED",
            server.Service.Reservations.ReserveCapacityAsync(new()
            {
                RequestId = Party.NewId(),
                LeaseId = request.LeaseId,
                ProviderOrganisationId = request.ProviderOrganisationId,
                BuyerOrganisationId = request.BuyerOrganisationId,
                Tranches = { request.Tranches },
            }));
    }

    [Fact]
    public async Task ReleaseReservation_Hold_FreesItAtOnce()
    {
        var pool = await provider.CreatePoolAsync(100, 0);
        var request = Hold(40, pool);
        await server.Service.Reservations.HoldCapacityAsync(request);

        var released = await server.Service.Reservations.ReleaseReservationAsync(
            new() { RequestId = Party.NewId(), LeaseId = request.LeaseId });

        Assert.Equal((V1.ReservationState.Released, null), (released.State, released.ExpireTime));
        Assert.Equal(100, await FreeKwAsync(pool));
    }

    private V1.HoldCapacityRequest Hold(int kw, params V1.Pool[] pools)
    {
        var profile = Party.Reservation(
            provider, kw, "2027-05-01", "2028-05-01", [.. pools.Select(pool => pool.PoolId)]);
        return new()
        {
            RequestId = profile.RequestId,
            LeaseId = profile.LeaseId,
            ProviderOrganisationId = profile.ProviderOrganisationId,
            BuyerOrganisationId = profile.BuyerOrganisationId,
            Tranches = { profile.Tranches },
            ExpireTime = Timestamp.FromDateTime(server.MarketTime.AddDays(1)),
        };
    }

    private AsyncUnaryCall<V1.Reservation> Confirm(string leaseId) =>
        server.Service.Reservations.ConfirmReservationAsync(new() { RequestId = Party.NewId(), LeaseId = leaseId });

    private async Task<int> FreeKwAsync(V1.Pool pool) =>
        (await provider.Inventory.GetPoolAvailabilityAsync(new()
        {
            PoolId = pool.PoolId,
            StartDate = Party.Day("2027-05-01"),
            EndDate = Party.Day("2028-05-01"),
        })).Steps.Single().FreeKw;
}
