using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class ListingTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party buyer = server.AddParty(Role.Buyer);

    [Fact]
    public async Task PublishListing_Draft_IsSeenByAll()
    {
        var draft = await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId);
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            buyer.Inventory.GetListingAsync(new() { ListingId = draft.ListingId }));

        var published = await provider.PublishAsync(draft.ListingId);

        Assert.Equal((V1.ListingState.Draft, V1.ListingState.Published), (draft.State, published.State));
        Assert.Equal(published, await buyer.Inventory.GetListingAsync(new() { ListingId = draft.ListingId }));
        Assert.Equal([published], (await buyer.Inventory.ListListingsAsync(new()
        {
            OrganisationId = provider.OrganisationId.ToString(),
            State = V1.ListingState.Published,
            Region = "us-tn",
            ServiceLevel = Terms.V1.ServiceLevel.ManagedCluster,
            PoolId = published.PoolId,
        })).Listings);
        Assert.NotNull(published.PublishTime);
    }

    [Fact]
    public async Task PublishListing_MoreThanCapacityLessFloor_IsShort()
    {
        var draft = await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId, offer =>
        {
            offer.StartDate = Party.Day("2026-04-20");
            offer.OfferedSteps[0].StartDate = Party.Day("2026-04-20");
        });

        var shortage = await Errors.ShortAsync(
            provider.Inventory.PublishListingAsync(new() { RequestId = Party.NewId(), ListingId = draft.ListingId }));

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal((Party.Day("2026-04-20"), Party.Day("2026-05-01"), 300_000, 180_000),
            (found.StartDate, found.EndDate, found.WantedKw, found.FreeKw));
    }

    [Fact]
    public async Task Listing_EveryTransition_FollowsItsStates()
    {
        var id = (await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId)).ListingId;
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "LISTING_NOT_PUBLISHED", Suspend(id));
        await provider.PublishAsync(id);
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "LISTING_NOT_PUBLISHABLE", Publish(id));
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LISTING_NOT_DRAFT", provider.Inventory.UpdateListingAsync(
            new() { RequestId = Party.NewId(), ListingId = id, Offer = Party.Offer() }));
        Assert.Equal(V1.ListingState.Suspended, (await Suspend(id)).State);
        Assert.Equal(V1.ListingState.Published, (await Publish(id)).State);
        var withdrawn = await Withdraw(id);
        Assert.Equal((V1.ListingState.Withdrawn, 5L), (withdrawn.State, withdrawn.Version));
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "LISTING_CLOSED", Withdraw(id));
        await Errors.RefusedAsync(StatusCode.FailedPrecondition, "LISTING_NOT_PUBLISHABLE", Publish(id));
        Assert.Equal(withdrawn, await buyer.Inventory.GetListingAsync(new() { ListingId = id }));
    }

    [Fact]
    public async Task Listing_OfAnother_IsNotFound()
    {
        var id = (await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId)).ListingId;
        var other = server.AddParty(Role.Provider);

        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            other.Inventory.PublishListingAsync(new() { RequestId = Party.NewId(), ListingId = id }));
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            other.Inventory.WithdrawListingAsync(new() { RequestId = Party.NewId(), ListingId = id }));
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            other.Inventory.GetListingAvailabilityAsync(new() { ListingId = id }));
        await Errors.RefusedAsync(StatusCode.NotFound, "LISTING_NOT_FOUND",
            server.Operator.Inventory.GetListingAsync(new() { ListingId = id }));
    }

    [Fact]
    public async Task UpdateListing_WithMask_ChangesThoseFieldsOnly()
    {
        var draft = await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId);

        var updated = await provider.Inventory.UpdateListingAsync(new()
        {
            RequestId = Party.NewId(),
            ListingId = draft.ListingId,
            Offer = new() { DisplayName = "Half of it", RampSteps = { } },
            UpdateMask = new() { Paths = { "display_name", "ramp_steps" } },
        });

        var expected = draft.Offer.Clone();
        expected.DisplayName = "Half of it";
        expected.RampSteps.Clear();
        Assert.Equal((expected, 2L), (updated.Offer, updated.Version));
        await Errors.FieldRefusedAsync("update_mask.paths[0]", provider.Inventory.UpdateListingAsync(new()
        {
            RequestId = Party.NewId(),
            ListingId = draft.ListingId,
            Offer = new(),
            UpdateMask = new() { Paths = { "prices" } },
        }));
    }

    public static TheoryData<string, Action<V1.ListingOffer>> WrongOffers => new()
    {
        { "offer.start_date", offer => offer.StartDate = null },
        { "offer.start_date", offer => offer.StartDate = Party.Day("2026-03-31") },
        { "offer.end_date", offer => offer.EndDate = Party.Day("2051-04-02") },
        { "offer.end_date", offer => offer.EndDate = Party.Day("2026-05-01") },
        { "offer.offered_steps", offer => offer.OfferedSteps.Clear() },
        { "offer.offered_steps[0].start_date", offer => offer.OfferedSteps[0].StartDate = Party.Day("2026-05-02") },
        { "offer.offered_steps[0].power_kw", offer => offer.OfferedSteps[0].ClearPowerKw() },
        { "offer.minimum_lot_kw", offer => offer.MinimumLotKw = 0 },
        { "offer.maximum_lot_kw", offer => offer.MaximumLotKw = 299_999 },
        { "offer.maximum_lot_kw", offer => offer.MaximumLotKw = 300_001 },
        { "offer.maximum_lot_kw", offer => Lots(offer, 10_000, 62_000, 5_000) },
        { "offer.maximum_lot_kw", offer => Lots(offer, 10_000, 300_001, 1) },
        { "offer.maximum_lot_kw", offer => Lots(offer, 10_000, 300_000, 300_000) },
        { "offer.minimum_lot_kw", offer => Lots(offer, 300_001, 300_001, 0) },
        { "offer.minimum_lot_kw", offer => offer.OfferedSteps[0].PowerKw = 0 },
        { "offer.price", offer => offer.Price = null },
        { "offer.price.basis", offer => offer.Price.Basis = Terms.V1.FeeBasis.Unspecified },
        { "offer.price.amount", offer => offer.Price.Amount.Units = 0 },
        { "offer.price.amount", offer => offer.Price.Amount.Nanos = 1 },
        { "offer.price.amount", offer => offer.Price.Amount.Units = 1_000_000_000_001 },
        { "offer.price.amount.currency_code", offer => offer.Price.Amount.CurrencyCode = "XXX" },
        { "offer.ramp_steps[0].discount", offer => offer.RampSteps[0].Discount.Value = "1.1" },
        { "offer.ramp_steps[0].discount", offer => offer.RampSteps[0].Discount.Value = "5e-1" },
        { "offer.ramp_steps[0].step_months", offer => offer.RampSteps[0].StepMonths = 0 },
        { "offer.notice_offers[0].notice_days", offer => offer.NoticeOffers[0].ClearNoticeDays() },
        { "offer.notice_offers[0].party", offer =>
            offer.NoticeOffers[0].Party = Terms.V1.TerminationParty.Unspecified },
        { "offer.notice_offers[0].fee.kind", offer =>
            offer.NoticeOffers[0].Fee.Kind = Terms.V1.TerminationFeeKind.MakeWhole },
        { "offer.notice_receipt", offer => offer.NoticeReceipt = null },
        { "offer.notice_receipt.cutoff_time", offer =>
            offer.NoticeReceipt.Rule = Terms.V1.NoticeReceiptRule.BusinessDays },
        { "offer.day_count", offer => offer.DayCount = Terms.V1.DayCount.Unspecified },
        { "offer.billing", offer => offer.Billing = null },
        { "offer.billing.anniversary_day", offer => offer.Billing.AnniversaryDay = 3 },
        { "offer.billing.due_days", offer => offer.Billing.ClearDueDays() },
        { "offer.maximum_term_months", offer => (offer.MinimumTermMonths, offer.MaximumTermMonths) = (12, 6) },
        { "offer.minimum_term_months", offer => offer.MinimumTermMonths = 38 },
        { "offer.minimum_term_months", offer =>
        {
            // Two years, nothing, and what is left.
            offer.MinimumTermMonths = 25;
            offer.OfferedSteps.Add([Party.Step("2028-05-01", 299_999), Party.Step("2028-06-01", 300_000)]);
        } },
        { "offer.notice_offers[0].notice_days", offer => offer.NoticeOffers[0].NoticeDays = 1_128 },
        { "offer.notice_offers[0].notice_days", offer => offer.MaximumTermMonths = 2 },
        { "offer.notice_offers[0].lock_in_months", offer => offer.NoticeOffers[0].LockInMonths = 37 },
        { "offer.notice_offers[0].lock_in_months", offer =>
            (offer.MaximumTermMonths, offer.NoticeOffers[0].LockInMonths) = (12, 12) },
        { "offer.notice_offers[0].lock_in_days", offer => offer.NoticeOffers[0].LockInDays = 1_127 },
        { "offer.expire_time", offer => offer.ExpireTime = new() { Seconds = long.MaxValue } },
        { "offer.expire_time", offer => offer.ExpireTime = At(2026, 4, 1, 12, 0) },
        { "offer.expire_time", offer => offer.ExpireTime = At(2029, 6, 1, 5, 1) },
    };

    [Theory]
    [MemberData(nameof(WrongOffers), DisableDiscoveryEnumeration = true)]
    public async Task CreateListing_WrongField_IsNamed(string field, Action<V1.ListingOffer> change)
    {
        var pool = await provider.CreatePoolAsync();
        var offer = Party.Offer();
        change(offer);

        await Errors.FieldRefusedAsync(field, provider.Inventory.CreateListingAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, Offer = offer }));
    }

    [Fact]
    public async Task CreateListing_ShortestTermThatDoesNotFit_NamesTheLimit()
    {
        var pool = await provider.CreatePoolAsync();
        var offer = Party.Offer();
        offer.MinimumTermMonths = 48;

        var error = await Errors.RefusedAsync(StatusCode.InvalidArgument, "INVALID_FIELDS",
            provider.Inventory.CreateListingAsync(
                new() { RequestId = Party.NewId(), PoolId = pool.PoolId, Offer = offer }));

        Assert.Contains("at most 37 whole months", error.Status.Detail);
    }

    [Fact]
    public async Task CreateListing_AtEveryLimitOfItsWindow_IsTaken()
    {
        var listing = await provider.CreateListingAsync((await provider.CreatePoolAsync()).PoolId, offer =>
        {
            Lots(offer, 10_000, 60_000, 5_000);
            offer.OfferedSteps.Clear();
            offer.OfferedSteps.Add([Party.Step("2026-05-01", 10_000), Party.Step("2027-01-01", 60_000)]);
            (offer.MinimumTermMonths, offer.MaximumTermMonths) = (37, 300);
            offer.ExpireTime = At(2029, 6, 1, 5, 0);
            offer.NoticeOffers[0].NoticeDays = 1_127;
            offer.NoticeOffers.Add(offer.NoticeOffers[0].Clone());
            (offer.NoticeOffers[0].LockInMonths, offer.NoticeOffers[1].LockInDays) = (36, 1_126);
        });

        Assert.Equal(V1.ListingState.Draft, listing.State);
    }

    [Fact]
    public async Task CreateListing_PoolOfAnother_IsNotFound()
    {
        var pool = await server.AddParty(Role.Provider).CreatePoolAsync();

        await Errors.RefusedAsync(StatusCode.NotFound, "POOL_NOT_FOUND", provider.Inventory.CreateListingAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, Offer = Party.Offer() }));
    }

    [Fact]
    public async Task Listing_SoldOutAndTruncated_IsExhaustedAndPublishedAgain()
    {
        var pool = await provider.CreatePoolAsync();
        var id = (await provider.CreateListingAsync(pool.PoolId)).ListingId;
        await provider.PublishAsync(id);
        var request = Party.Reservation(provider, 300_000, "2026-05-01", "2029-06-01", pool.PoolId);

        await server.Service.Reservations.ReserveCapacityAsync(request);
        var soldOut = await buyer.Inventory.GetListingAsync(new() { ListingId = id });
        var nothing = await buyer.Inventory.GetListingAvailabilityAsync(new() { ListingId = id });
        await server.Service.Reservations.TruncateReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = request.LeaseId,
            EndDate = Party.Day("2027-04-02"),
            LeaseVersion = 2,
        });
        var again = await buyer.Inventory.GetListingAsync(new() { ListingId = id });
        var free = await buyer.Inventory.GetListingAvailabilityAsync(new() { ListingId = id });

        Assert.Equal((V1.ListingState.Exhausted, V1.ListingState.Published), (soldOut.State, again.State));
        Assert.Equal([0], nothing.FreeSteps.Select(step => step.FreeKw));
        Assert.Equal(
            [(Party.Day("2026-05-01"), 0), (Party.Day("2027-04-02"), 300_000)],
            free.FreeSteps.Select(step => (step.StartDate, step.FreeKw)));
        Assert.Equal(Party.Day("2029-06-01"), free.FreeSteps[^1].EndDate);
    }

    private static void Lots(V1.ListingOffer offer, int minimumKw, int maximumKw, int stepKw)
    {
        (offer.MinimumLotKw, offer.MaximumLotKw, offer.LotStepKw) = (minimumKw, maximumKw, stepKw);
        offer.Price.Basis = Terms.V1.FeeBasis.PerMwMonth;
        offer.Price.Amount.Units = 4_000_000;
    }

    private static Timestamp At(int year, int month, int day, int hour, int minute) =>
        Timestamp.FromDateTime(new(year, month, day, hour, minute, 0, DateTimeKind.Utc));

    private AsyncUnaryCall<V1.Listing> Publish(string id) =>
        provider.Inventory.PublishListingAsync(new() { RequestId = Party.NewId(), ListingId = id });

    private AsyncUnaryCall<V1.Listing> Suspend(string id) =>
        provider.Inventory.SuspendListingAsync(new() { RequestId = Party.NewId(), ListingId = id });

    private AsyncUnaryCall<V1.Listing> Withdraw(string id) =>
        provider.Inventory.WithdrawListingAsync(new() { RequestId = Party.NewId(), ListingId = id });
}
