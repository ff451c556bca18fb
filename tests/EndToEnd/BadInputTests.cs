using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Terms.V1;

namespace Marketplace.EndToEnd.Tests;

/// <summary>Bad input: each with its status, its reason and its field, and nothing is changed by it.</summary>
[Collection(SharedMarket.Name)]
public sealed class BadInputTests(BadInputScene scene) : IClassFixture<BadInputScene>
{
    private const int MessageBytesMax = 4 * 1024 * 1024;

    private static readonly Dictionary<string, (Refusal Expected, Func<BadInputScene, Task> Call)> Table = new()
    {
        ["another organisation's negotiation"] = (
            new(StatusCode.NotFound, "NEGOTIATION_NOT_FOUND"),
            scene => scene.Stranger.Leasing.GetNegotiationAsync(
                new() { NegotiationId = scene.Open.NegotiationId }).ResponseAsync),
        ["offer in another organisation's negotiation"] = (
            new(StatusCode.NotFound, "NEGOTIATION_NOT_FOUND"),
            scene => OfferAsync(scene, scene.Stranger, _ => { })),
        ["another organisation's lease"] = (
            new(StatusCode.NotFound, "LEASE_NOT_FOUND"),
            scene => scene.Stranger.Leasing.GetLeaseAsync(
                new() { LeaseId = scene.Signed.Lease.LeaseId }).ResponseAsync),
        ["notice on another organisation's lease"] = (
            new(StatusCode.NotFound, "LEASE_NOT_FOUND"),
            scene => scene.Stranger.Leasing.CreateTerminationQuoteAsync(
                new() { LeaseId = scene.Signed.Lease.LeaseId }).ResponseAsync),
        ["another organisation's pool"] = (
            new(StatusCode.NotFound, "POOL_NOT_FOUND"),
            scene => scene.Stranger.Inventory.GetPoolAsync(new() { PoolId = scene.Leased.Pool.PoolId }).ResponseAsync),
        ["another organisation's bills"] = (
            new(StatusCode.NotFound, "LEASE_NOT_FOUND"),
            scene => scene.Stranger.Billing.GetBillingScheduleAsync(
                new() { LeaseId = scene.Signed.Lease.LeaseId }).ResponseAsync),
        ["own listing"] = (
            new(StatusCode.FailedPrecondition, "COUNTERPARTY_IS_SELF"),
            scene => QuoteAsync(scene.Offered, scene.Offered.Provider)),
        ["too much capacity"] = (
            new(StatusCode.ResourceExhausted, "CAPACITY_SHORT"),
            scene => QuoteAsync(scene.Short, scene.Short.Buyer)),
        ["malformed terms"] = (
            new(StatusCode.InvalidArgument, "INVALID_FIELDS", "terms.billing.due_days"),
            scene => OfferAsync(scene, scene.Offered.Buyer, terms => terms.Billing.DueDays = -1)),
        ["terms that are not supported"] = (
            new(StatusCode.InvalidArgument, "UNSUPPORTED_TERM", "terms.fee_intervals[0].anchor"),
            scene => OfferAsync(
                scene, scene.Offered.Buyer, terms => terms.FeeIntervals[0].Anchor = FeeAnchor.Commencement)),
        ["open terms"] = (
            new(StatusCode.FailedPrecondition, "TERMS_OPEN", "day_count"),
            scene => scene.Offered.Buyer.Leasing.AcceptVersionAsync(new()
            {
                NegotiationId = scene.Open.NegotiationId,
                Version = 2,
            }).ResponseAsync),
        ["signature before acceptance"] = (
            new(StatusCode.FailedPrecondition, "NEGOTIATION_NOT_AGREED"),
            scene => scene.Offered.Buyer.Leasing.SignVersionAsync(new()
            {
                NegotiationId = scene.Open.NegotiationId,
                Version = 2,
                TermsSha256 = ByteString.CopyFrom(new byte[32]),
            }).ResponseAsync),
        ["second signature of one side"] = (
            new(StatusCode.FailedPrecondition, "NEGOTIATION_NOT_AGREED"),
            scene => scene.Signed.SignAsync(scene.Leased.Buyer)),
        ["request id with other content"] = (
            new(StatusCode.FailedPrecondition, "REQUEST_ID_REUSED"),
            scene => scene.Offered.Buyer.Leasing.CreateCapacityRequestAsync(
                new(scene.Asked) { Comment = "Something else" }).ResponseAsync),
        ["request without an id"] = (
            new(StatusCode.InvalidArgument, "INVALID_FIELDS", "request_id"),
            scene => scene.WithoutRequestIds.CreateCapacityRequestAsync(
                new(scene.Asked) { RequestId = "" }).ResponseAsync),
        ["clock backwards"] = (
            new(StatusCode.FailedPrecondition, "CLOCK_BACKWARDS"),
            scene => AdvanceAsync(scene.System)),
        ["clock moved by a participant"] = (
            new(StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED"),
            scene => scene.Stranger.Accounts.AdvanceClockAsync(new()).ResponseAsync),
        ["oversized message"] = (
            new(StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"),
            scene => scene.Offered.Buyer.Leasing.CreateCapacityRequestAsync(
                new(scene.Asked)
                {
                    RequestId = MarketClient.NewRequestId(),
                    Comment = new('x', MessageBytesMax),
                }).ResponseAsync),
        ["unknown notice quote"] = (
            new(StatusCode.NotFound, "TERMINATION_QUOTE_NOT_FOUND"),
            scene => scene.Leased.Buyer.Leasing.ServeNoticeAsync(
                new() { TerminationQuoteId = MarketClient.NewRequestId() }).ResponseAsync),
        ["notice quote that is no id"] = (
            new(StatusCode.InvalidArgument, "INVALID_FIELDS", "termination_quote_id"),
            scene => scene.Leased.Buyer.Leasing.ServeNoticeAsync(
                new() { TerminationQuoteId = "none" }).ResponseAsync),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    public static TheoryData<string, string> KeysAndReasons => new()
    {
        { "missing", "API_KEY_MISSING" },
        { "wrong", "API_KEY_INVALID" },
        { "expired", "API_KEY_EXPIRED" },
        { "revoked", "API_KEY_REVOKED" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_BadInput_IsRefusedAndChangesNothing(string name)
    {
        var (expected, call) = Table[name];
        var before = await scene.System.DigestAsync();

        Assert.Equal(expected, await Refusal.OfAsync(() => call(scene)));
        Assert.Equal(before, await scene.System.DigestAsync());
    }

    [Theory]
    [MemberData(nameof(KeysAndReasons))]
    public async Task Call_BadKey_IsRefusedByEveryService(string key, string reason)
    {
        var caller = scene.Keys[key];
        var expected = new Refusal(StatusCode.Unauthenticated, reason);
        var before = await scene.System.DigestAsync();

        Assert.Equal(expected, await Refusal.OfAsync(() => caller.Accounts.GetMarketClockAsync(new()).ResponseAsync));
        Assert.Equal(expected, await Refusal.OfAsync(() => caller.Inventory.ListSitesAsync(new()).ResponseAsync));
        Assert.Equal(expected, await Refusal.OfAsync(() => caller.Leasing.CreateCapacityRequestAsync(
            new(scene.Asked) { RequestId = MarketClient.NewRequestId() }).ResponseAsync));
        Assert.Equal(expected, await Refusal.OfAsync(() => caller.Billing.ListInvoicesAsync(new()).ResponseAsync));
        Assert.Equal(before, await scene.System.DigestAsync());
    }

    [Fact]
    public async Task CreateQuote_TooMuchCapacity_NamesDaysAndKw()
    {
        var refusal = await Assert.ThrowsAsync<MarketException>(() => QuoteAsync(scene.Short, scene.Short.Buyer));

        var shortfall = Assert.Single(refusal.Detail<CapacityShort>()!.Shortfalls);
        Assert.Equal(
            (scene.Short.Pool.PoolId, 300_000, 250_000, 50_000),
            (shortfall.PoolId, shortfall.WantedKw, shortfall.FreeKw, shortfall.ShortKw));
        Assert.Equal(new() { Year = 2027, Month = 1, Day = 1 }, shortfall.StartDate);
        Assert.Equal(new() { Year = 2029, Month = 6, Day = 1 }, shortfall.EndDate);
    }

    [Fact]
    public async Task AdvanceClock_InProduction_IsRefusedAndChangesNothing()
    {
        await using var production = await MarketSystem.StartAsync(clock: "production", names: "accounts");
        var before = await production.DigestAsync();

        Assert.Equal(
            new(StatusCode.FailedPrecondition, "CLOCK_NOT_SANDBOX"),
            await Refusal.OfAsync(() => AdvanceAsync(production)));
        Assert.Equal(before, await production.DigestAsync());
    }

    private static Task<ClockAdvance> AdvanceAsync(MarketSystem system) => system.Operator.Accounts.AdvanceClockAsync(
        new()
        {
            TargetMarketTime = Timestamp.FromDateTime(new(2026, 3, 31, 0, 0, 0, DateTimeKind.Utc)),
        }).ResponseAsync;

    private static Task<Quote> QuoteAsync(DemoListing listing, MarketClient caller) => caller.Leasing.CreateQuoteAsync(
        new() { ListingId = listing.ListingId, Criteria = listing.Criteria }).ResponseAsync;

    private static Task<TermsVersion> OfferAsync(BadInputScene scene, MarketClient caller, Action<LeaseTerms> spoil)
    {
        var terms = scene.OpenTerms.Clone();
        spoil(terms);
        return caller.Leasing.MakeOfferAsync(
            new()
            {
                NegotiationId = scene.Open.NegotiationId,
                BaseVersion = 2,
                Terms = terms,
            }).ResponseAsync;
    }
}
