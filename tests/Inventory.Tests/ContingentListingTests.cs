using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>Capacity of a lease whose end its parties may still move, on the market before that end.</summary>
[Collection(SharedInventoryServer.Name)]
public sealed class ContingentListingTests(InventoryServer server) : IAsyncLifetime
{
    private const int Kw = 300_000;
    private const string NoticeEnd = "2027-01-01";
    private const string TermEnd = "2028-05-01";

    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party buyer = server.AddParty(Role.Buyer);
    private V1.Pool pool = null!;
    private string lease = "";
    private long leaseVersion = 1;

    public async Task InitializeAsync()
    {
        pool = await provider.CreatePoolAsync(Kw, 0);
        var reserved = Party.Reservation(provider, Kw, "2026-05-01", TermEnd, pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(reserved);
        lease = reserved.LeaseId;
        await TruncateAsync(NoticeEnd);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task PublishListing_ContingentOnANotice_IsOfferedAndHidesWhoseLeaseItIs()
    {
        var published = await PublishAsync();

        Assert.Equal((V1.ListingState.Published, true, lease),
            (published.State, published.Contingent, published.Offer.ContingentLeaseId));
        var seen = await buyer.Inventory.GetListingAsync(new() { ListingId = published.ListingId });
        Assert.Equal((V1.ListingState.Published, true, ""),
            (seen.State, seen.Contingent, seen.Offer.ContingentLeaseId));
    }

    [Fact]
    public async Task RestoreReservation_ALeaseThatAListingIsContingentOn_SuspendsIt()
    {
        var id = (await PublishAsync()).ListingId;

        await RestoreAsync(TermEnd);

        var suspended = await ListingAsync(id);
        Assert.Equal((V1.ListingState.Suspended, 3L), (suspended.State, suspended.Version));
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "LEASE_HOLDS_WINDOW",
            provider.Inventory.PublishListingAsync(new() { RequestId = Party.NewId(), ListingId = id }));

        await TruncateAsync(NoticeEnd);

        Assert.Equal(V1.ListingState.Suspended, (await ListingAsync(id)).State);
        Assert.Equal(V1.ListingState.Published, (await provider.PublishAsync(id)).State);
    }

    [Fact]
    public async Task AmendReservation_ALeaseThatAListingIsContingentOn_SuspendsItOnlyBeyondItsWindow()
    {
        var id = (await PublishAsync(start: "2027-03-01")).ListingId;

        await AmendAsync("2027-03-01");
        Assert.Equal(V1.ListingState.Published, (await ListingAsync(id)).State);

        await AmendAsync("2027-03-02");
        Assert.Equal(V1.ListingState.Suspended, (await ListingAsync(id)).State);
    }

    [Fact]
    public async Task RestoreReservation_WhatWasLeasedMeanwhile_IsRefusedAndTheListingStays()
    {
        var id = (await PublishAsync()).ListingId;
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, Kw, NoticeEnd, "2029-06-01", pool.PoolId));

        await Errors.ShortAsync(Restore(TermEnd));

        Assert.Equal(V1.ListingState.Exhausted, (await ListingAsync(id)).State);
    }

    [Fact]
    public async Task RestoreReservation_ALeaseThatNoListingIsContingentOn_LeavesThemOnTheMarket()
    {
        var other = Party.Reservation(provider, 1, NoticeEnd, "2027-03-01", pool.PoolId);
        var id = (await PublishAsync()).ListingId;
        await server.Service.Reservations.ReserveCapacityAsync(other);
        await server.Service.Reservations.TruncateReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = other.LeaseId,
            EndDate = Party.Day("2027-02-01"),
            LeaseVersion = 2,
        });
        await server.Service.Reservations.RestoreReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = other.LeaseId,
            EndDate = Party.Day("2027-03-01"),
            LeaseVersion = 3,
        });

        Assert.Equal(V1.ListingState.Published, (await ListingAsync(id)).State);
    }

    [Fact]
    public async Task CreateListing_ContingentOnNoLeaseOfThePool_IsRefused()
    {
        var elsewhere = await provider.CreatePoolAsync(Kw, 0);

        await Errors.FieldRefusedAsync("offer.contingent_lease_id", Create(pool, NoticeEnd, Party.NewId()));
        await Errors.FieldRefusedAsync("offer.contingent_lease_id", Create(elsewhere, NoticeEnd, lease));
        await Errors.FieldRefusedAsync("offer.contingent_lease_id", Create(pool, NoticeEnd, "the big one"));
        await Errors.FieldRefusedAsync("offer.start_date", Create(pool, "2026-12-31", lease));
    }

    [Fact]
    public async Task UpdateListing_ToALeaseThatHoldsItsWindow_IsRefused()
    {
        var draft = await Create(pool, NoticeEnd, "");
        await RestoreAsync(TermEnd);

        await Errors.FieldRefusedAsync("offer.start_date", provider.Inventory.UpdateListingAsync(new()
        {
            RequestId = Party.NewId(),
            ListingId = draft.ListingId,
            Offer = new() { ContingentLeaseId = lease },
            UpdateMask = new() { Paths = { "contingent_lease_id" } },
        }));
    }

    private AsyncUnaryCall<V1.Listing> Create(V1.Pool of, string start, string contingentLeaseId)
    {
        var offer = Party.Offer();
        (offer.StartDate, offer.OfferedSteps[0].StartDate) = (Party.Day(start), Party.Day(start));
        offer.ContingentLeaseId = contingentLeaseId;
        return provider.Inventory.CreateListingAsync(
            new() { RequestId = Party.NewId(), PoolId = of.PoolId, Offer = offer });
    }

    private async Task<V1.Listing> PublishAsync(string start = NoticeEnd) =>
        await provider.PublishAsync((await Create(pool, start, lease)).ListingId);

    private async Task<V1.Listing> ListingAsync(string listingId) =>
        await provider.Inventory.GetListingAsync(new() { ListingId = listingId });

    private async Task TruncateAsync(string end) =>
        await server.Service.Reservations.TruncateReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease,
            EndDate = Party.Day(end),
            LeaseVersion = ++leaseVersion,
        });

    private async Task RestoreAsync(string end) => await Restore(end);

    private AsyncUnaryCall<V1.Reservation> Restore(string end) =>
        server.Service.Reservations.RestoreReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease,
            EndDate = Party.Day(end),
            LeaseVersion = ++leaseVersion,
        });

    private async Task AmendAsync(string end) =>
        await server.Service.Reservations.AmendReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease,
            LeaseVersion = ++leaseVersion,
            Tranches =
            {
                new V1.TrancheProfile
                {
                    TrancheId = "hall-0",
                    PoolId = pool.PoolId,
                    Steps =
                    {
                        new V1.ReservedStep
                        {
                            StartDate = Party.Day("2026-05-01"),
                            EndDate = Party.Day(end),
                            ReservedKw = Kw,
                        },
                    },
                },
            },
        });
}
