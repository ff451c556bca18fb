using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.TestServers;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class ListingVisibilityTests(InventoryServer server)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party buyer = server.AddParty(Role.Buyer);
    private readonly Party other = server.AddParty(Role.Provider, Role.Buyer);

    [Fact]
    public async Task Named_Buyer_SeesItAndOthersDoNot()
    {
        var listing = await PublishedAsync(offer => NameBuyer(offer, buyer));

        Assert.Equal(listing.ListingId, (await GetAsync(buyer, listing)).ListingId);
        Assert.Equal([listing.ListingId], await ListAsync(buyer));
        Assert.NotEmpty((await AvailabilityAsync(buyer, listing)).FreeSteps);
        await AssertNotSeenAsync(other, listing);
    }

    [Fact]
    public async Task Named_ProviderOperatorAndService_SeeWhoIsNamedAndBuyersDoNot()
    {
        var listing = await PublishedAsync(offer =>
        {
            NameBuyer(offer, buyer);
            NameBuyer(offer, server.AddParty(Role.Buyer));
            offer.ExcludedOrganisationIds.Add(Id(other));
        });

        foreach (var party in new[] { provider, server.Operator, server.Service })
            Assert.Equal(listing, await GetAsync(party, listing));
        var seen = await GetAsync(buyer, listing);
        Assert.Empty(seen.Offer.NamedBuyerOrganisationIds);
        Assert.Empty(seen.Offer.ExcludedOrganisationIds);
        Assert.Equal(
            (Id(provider), listing.PoolId, listing.SiteId), (seen.OrganisationId, seen.PoolId, seen.SiteId));
    }

    [Fact]
    public async Task Excluded_Organisation_NeverSeesIt()
    {
        var (listing, blind) = (
            await PublishedAsync(offer => offer.ExcludedOrganisationIds.Add(Id(other))),
            await PublishedAsync(offer =>
            {
                offer.Visibility = V1.ListingVisibility.Blind;
                offer.ExcludedOrganisationIds.Add(Id(other).ToUpperInvariant());
            }));

        await AssertNotSeenAsync(other, listing);
        await AssertNotSeenAsync(other, blind);
        await provider.Inventory.WithdrawListingAsync(
            new() { RequestId = Party.NewId(), ListingId = listing.ListingId });
        await AssertNotSeenAsync(other, listing);
        Assert.Empty((await GetAsync(buyer, listing)).Offer.ExcludedOrganisationIds);
    }

    [Fact]
    public async Task Blind_Others_SeeTheOfferAndNotWhoseItIs()
    {
        var listing = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);

        var seen = await GetAsync(buyer, listing);

        Assert.Equal(("", "", ""), (seen.OrganisationId, seen.PoolId, seen.SiteId));
        Assert.Equal(
            (listing.Offer, "us-tn", "GB200", listing.ServiceLevel),
            (seen.Offer, seen.Region, seen.AcceleratorModel, seen.ServiceLevel));
        foreach (var party in new[] { provider, server.Operator, server.Service })
            Assert.Equal(listing, await GetAsync(party, listing));
        var (availability, own) = (await AvailabilityAsync(buyer, listing), await AvailabilityAsync(provider, listing));
        Assert.Equal((0L, own.FreeSteps), (availability.PoolVersion, availability.FreeSteps));
        Assert.True(own.PoolVersion > 0);
    }

    [Fact]
    public async Task Blind_FilteredByProviderOrPool_IsFoundByThoseOnlyWhoMayKnow()
    {
        var listing = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);

        foreach (var party in new[] { provider, server.Operator, server.Service })
            Assert.Equal([listing.ListingId], await ListAsync(party));
        Assert.Empty(await ListAsync(buyer));
        Assert.Empty((await buyer.Inventory.ListListingsAsync(new() { PoolId = listing.PoolId })).Listings);
        Assert.Contains(
            (listing.ListingId, ""),
            (await buyer.Inventory.ListListingsAsync(new() { PageSize = 1_000 })).Listings
                .Select(found => (found.ListingId, found.OrganisationId)));
    }

    [Fact]
    public async Task Blind_NegotiationOpened_IsShownToThatBuyerWhoseItIs()
    {
        var listing = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);

        await OpenNegotiationAsync(listing, buyer);

        await Eventually.AsyncThat(async () => (await GetAsync(buyer, listing)).OrganisationId == Id(provider), Long);
        Assert.Equal(listing, await GetAsync(buyer, listing));
        Assert.Equal([listing.ListingId], await ListAsync(buyer));
        Assert.True((await AvailabilityAsync(buyer, listing)).PoolVersion > 0);
        Assert.Equal("", (await GetAsync(other, listing)).OrganisationId);
        Assert.Empty(await ListAsync(other));
        using var watch = buyer.Inventory.WatchInventory(new());
        var snapshot = await Watched.SnapshotAsync(watch);
        Assert.Contains(snapshot, told => listing.Equals(told.Listing));
        Assert.Contains(snapshot, told => told.PoolFreeCapacity?.PoolId == listing.PoolId);
    }

    [Fact]
    public async Task Blind_SecondNegotiationOfTheSameBuyer_IsAppliedToo()
    {
        var listing = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);
        await using var stream = await LeaseStream.StartAsync(server.Broker, server.Bus);
        Guid[] negotiations = [Guid.CreateVersion7(), Guid.CreateVersion7()];

        foreach (var negotiation in negotiations)
            await stream.DeliverAsync(LeaseStream.Envelope(negotiation, 1, Disclosed(listing, buyer)));

        Assert.Equal(Id(provider), (await GetAsync(buyer, listing)).OrganisationId);
        var parked = new ParkedMessageService.ParkedMessageServiceClient(server.Operator.Invoker);
        Assert.DoesNotContain(
            (await parked.ListParkedMessagesAsync(new() { PageSize = 1_000 })).ParkedMessages,
            message => negotiations.Contains(Guid.Parse(message.AggregateId)));
    }

    [Fact]
    public async Task WatchInventory_Snapshot_TellsEachCallerWhatItMaySee()
    {
        var (named, blind, open) = (
            await PublishedAsync(offer => NameBuyer(offer, buyer)),
            await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind),
            await PublishedAsync(offer => offer.ExcludedOrganisationIds.Add(Id(buyer))));
        V1.Listing[] all = [named, blind, open];

        Assert.Equal(
            [(named.ListingId, Id(provider)), (blind.ListingId, "")], await SnapshotAsync(buyer, all, named.PoolId));
        Assert.Equal(
            [(blind.ListingId, ""), (open.ListingId, Id(provider))], await SnapshotAsync(other, all, open.PoolId));
        foreach (var party in new[] { provider, server.Operator, server.Service })
            Assert.Equal(
                all.Select(listing => (listing.ListingId, Id(provider))),
                await SnapshotAsync(party, all, [.. all.Select(listing => listing.PoolId)]));
    }

    [Fact]
    public async Task WatchInventory_ChangesThatAreNotTheCallersToSee_ArePassedOverByAHeartbeat()
    {
        await server.ChangesSequencedAsync();
        using var watch = buyer.Inventory.WatchInventory(new());
        using var full = server.Service.Inventory.WatchInventory(new());
        await Watched.SnapshotAsync(full);
        var start = (await Watched.SnapshotAsync(watch))[^1].Sequence;

        var hidden = await PublishedAsync(offer => NameBuyer(offer, other));
        var blind = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);
        var seen = await PublishedAsync(_ => { });

        // Each is told with its pool.
        var told = await Watched.UntilAsync(watch, start + 6);
        AssertFollowing(start, told);
        Assert.Equal(
            [(start + 3, blind.ListingId), (start + 5, seen.ListingId), (start + 6, seen.PoolId)],
            told.Where(change => change.Heartbeat is null)
                .Select(change => (change.Sequence, Watched.SubjectOf(change))));
        var everything = await Watched.TakeAsync(full, 6);
        Assert.Equal(
            [hidden.ListingId, hidden.PoolId, blind.ListingId, blind.PoolId, seen.ListingId, seen.PoolId],
            everything.Select(Watched.SubjectOf));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => start + i), everything.Select(change => change.Sequence));
    }

    [Fact]
    public async Task WatchInventory_GoesOnAfterAHeartbeatThatPassedOverChanges_TellsWhatFollowsIt()
    {
        await server.ChangesSequencedAsync();
        using var watch = buyer.Inventory.WatchInventory(new());
        var start = (await Watched.SnapshotAsync(watch))[^1].Sequence;
        await PublishedAsync(offer => NameBuyer(offer, other));
        var heartbeat = (await Watched.UntilAsync(watch, start + 2))[^1];

        using var resumed = buyer.Inventory.WatchInventory(new() { AfterSequence = heartbeat.Sequence });
        var seen = await PublishedAsync(_ => { });

        Assert.NotNull(heartbeat.Heartbeat);
        var told = await Watched.TakeAsync(resumed, 2);
        Assert.Equal(
            [(start + 3, seen.ListingId), (start + 4, seen.PoolId)],
            told.Select(change => (change.Sequence, Watched.SubjectOf(change))));
    }

    [Fact]
    public async Task WatchInventory_PoolOfABlindListing_IsToldToThoseOnlyWhoAreShownIt()
    {
        var blind = await PublishedAsync(offer => offer.Visibility = V1.ListingVisibility.Blind);
        await server.ChangesSequencedAsync();
        using var watch = buyer.Inventory.WatchInventory(new());
        using var own = provider.Inventory.WatchInventory(new());
        var start = (await Watched.SnapshotAsync(watch))[^1].Sequence;
        await Watched.SnapshotAsync(own);

        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 300_000, "2026-05-01", "2029-06-01", blind.PoolId));

        // The pool, and the listing that is exhausted by it.
        var told = await Watched.UntilAsync(watch, start + 2);
        var exhausted = Assert.Single(told, change => change.Heartbeat is null);
        Assert.Equal(
            (blind.ListingId, V1.ListingState.Exhausted, ""),
            (exhausted.Listing.ListingId, exhausted.Listing.State, exhausted.Listing.PoolId));
        Assert.Equal(
            [blind.PoolId, blind.ListingId], (await Watched.TakeAsync(own, 2)).Select(Watched.SubjectOf));
    }

    [Fact]
    public async Task UpdateListing_VisibilityOfADraft_IsTheOneThatItIsPublishedWith()
    {
        var draft = await provider.CreateListingAsync(
            (await provider.CreatePoolAsync()).PoolId, offer => NameBuyer(offer, other));

        var updated = await provider.Inventory.UpdateListingAsync(new()
        {
            RequestId = Party.NewId(),
            ListingId = draft.ListingId,
            Offer = new() { NamedBuyerOrganisationIds = { Id(buyer) } },
            UpdateMask = new() { Paths = { "named_buyer_organisation_ids" } },
        });
        await provider.PublishAsync(draft.ListingId);

        Assert.Equal([Id(buyer)], updated.Offer.NamedBuyerOrganisationIds);
        Assert.Equal(draft.ListingId, (await GetAsync(buyer, draft)).ListingId);
        await AssertNotSeenAsync(other, draft);
    }

    public static TheoryData<string, Action<V1.ListingOffer, string>> WrongAudiences => new()
    {
        { "offer.visibility", (offer, _) => offer.Visibility = (V1.ListingVisibility)9 },
        { "offer.named_buyer_organisation_ids", (offer, _) => offer.Visibility = V1.ListingVisibility.Named },
        { "offer.named_buyer_organisation_ids", (offer, _) => Name(offer, Ids(101)) },
        { "offer.named_buyer_organisation_ids", (offer, _) => offer.NamedBuyerOrganisationIds.Add(Ids(1)) },
        { "offer.named_buyer_organisation_ids[1]", (offer, _) => Name(offer, [Party.NewId(), "Borealis"]) },
        { "offer.named_buyer_organisation_ids[1]", (offer, _) => Name(offer, Twice(Party.NewId())) },
        { "offer.named_buyer_organisation_ids[0]", (offer, own) => Name(offer, [own]) },
        { "offer.excluded_organisation_ids", (offer, _) => offer.ExcludedOrganisationIds.Add(Ids(1_001)) },
        { "offer.excluded_organisation_ids[0]", (offer, _) => offer.ExcludedOrganisationIds.Add("") },
        { "offer.excluded_organisation_ids[1]", (offer, _) =>
            offer.ExcludedOrganisationIds.Add(Twice(Party.NewId())) },
        { "offer.excluded_organisation_ids[0]", (offer, own) => offer.ExcludedOrganisationIds.Add(own) },
        { "offer.excluded_organisation_ids[0]", (offer, _) =>
        {
            Name(offer, Ids(100));
            offer.ExcludedOrganisationIds.Add(offer.NamedBuyerOrganisationIds[99]);
        } },
    };

    [Theory]
    [MemberData(nameof(WrongAudiences), DisableDiscoveryEnumeration = true)]
    public async Task CreateListing_WrongAudience_IsNamed(string field, Action<V1.ListingOffer, string> change)
    {
        var pool = await provider.CreatePoolAsync();

        await Errors.FieldRefusedAsync(field, provider.Inventory.CreateListingAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            Offer = Offer(offer => change(offer, Id(provider))),
        }));
    }

    [Fact]
    public async Task CreateListing_LargestAudience_IsTaken()
    {
        var listing = await PublishedAsync(offer =>
        {
            Name(offer, [.. Ids(99), Id(buyer)]);
            offer.ExcludedOrganisationIds.Add(Ids(1_000));
        });

        Assert.Equal(listing.ListingId, (await GetAsync(buyer, listing)).ListingId);
    }

    private static string Id(Party party) => party.OrganisationId.ToString();

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => Party.NewId())];

    private static string[] Twice(string id) => [id, id];

    private static void NameBuyer(V1.ListingOffer offer, Party party) => Name(offer, [Id(party)]);

    private static void Name(V1.ListingOffer offer, string[] ids)
    {
        offer.Visibility = V1.ListingVisibility.Named;
        offer.NamedBuyerOrganisationIds.Add(ids);
    }

    private static V1.ListingOffer Offer(Action<V1.ListingOffer> change)
    {
        var offer = Party.Offer();
        change(offer);
        return offer;
    }

    // On a pool of its own.
    private async Task<V1.Listing> PublishedAsync(Action<V1.ListingOffer> change)
    {
        var draft = await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId, change);
        return await provider.PublishAsync(draft.ListingId);
    }

    // As Leasing tells it.
    private async Task OpenNegotiationAsync(V1.Listing listing, Party by)
    {
        await using var transaction = await server.Database.BeginAsync(default);
        await transaction.PublishAsync(Guid.CreateVersion7(), aggregateVersion: 1, Disclosed(listing, by));
        await transaction.CommitAsync(default);
    }

    private static ListingDisclosed Disclosed(V1.Listing listing, Party to) =>
        new() { ListingId = Guid.Parse(listing.ListingId), BuyerOrganisationId = to.OrganisationId };

    private static async Task<V1.Listing> GetAsync(Party party, V1.Listing listing) =>
        await party.Inventory.GetListingAsync(new() { ListingId = listing.ListingId });

    private static async Task<V1.ListingAvailability> AvailabilityAsync(Party party, V1.Listing listing) =>
        await party.Inventory.GetListingAvailabilityAsync(new() { ListingId = listing.ListingId });

    /// <summary>The listings of the provider that a party finds by its id.</summary>
    private async Task<IEnumerable<string>> ListAsync(Party party) =>
        (await party.Inventory.ListListingsAsync(new() { OrganisationId = Id(provider) })).Listings
            .Select(listing => listing.ListingId);

    private async Task AssertNotSeenAsync(Party party, V1.Listing listing)
    {
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            party.Inventory.GetListingAsync(new() { ListingId = listing.ListingId }));
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            party.Inventory.GetListingAvailabilityAsync(new() { ListingId = listing.ListingId }));
        Assert.DoesNotContain(listing.ListingId, await ListAsync(party));
    }

    /// <summary>
    /// What of some listings a snapshot tells a party, and whose they are; and that of their pools it tells just those.
    /// </summary>
    private static async Task<List<(string ListingId, string OrganisationId)>> SnapshotAsync(
        Party party, V1.Listing[] listings, params string[] poolIds)
    {
        using var watch = party.Inventory.WatchInventory(new());
        var snapshot = await Watched.SnapshotAsync(watch);
        var (ids, pools) = (
            listings.Select(listing => listing.ListingId).ToHashSet(),
            listings.Select(listing => listing.PoolId).ToHashSet());
        Assert.Equal(
            (snapshot.Count(told => told.Listing is not null),
                snapshot.Count(told => told.PoolFreeCapacity is not null)),
            ((int)snapshot[^1].SnapshotEnd.ListingCount, (int)snapshot[^1].SnapshotEnd.PoolCount));
        Assert.Equal(
            poolIds.Order(),
            snapshot.Select(told => told.PoolFreeCapacity?.PoolId ?? "").Where(pools.Contains).Order());
        return
        [
            .. snapshot.Where(told => told.Listing is not null && ids.Contains(told.Listing.ListingId))
                .Select(told => (told.Listing.ListingId, told.Listing.OrganisationId)),
        ];
    }

    /// <summary>As the proto promises it: only a heartbeat passes anything over.</summary>
    private static void AssertFollowing(long start, IEnumerable<V1.InventoryChange> told)
    {
        var last = start;
        foreach (var change in told)
        {
            if (change.Heartbeat is null) Assert.Equal(last + 1, change.Sequence);
            else Assert.InRange(change.Sequence, last, long.MaxValue);
            last = change.Sequence;
        }
    }
}
