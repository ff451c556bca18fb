using Google.Protobuf;
using Google.Rpc;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

public sealed class NegotiationTests(Market market) : IClassFixture<Market>
{
    [Fact]
    public async Task CreateNegotiation_QuoteOfTheListing_FirstVersionSaysWhatWasQuoted()
    {
        var deal = await Deal.ListedAsync(market);
        var quote = await deal.QuotedAsync();

        var negotiation = await deal.Buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quote.QuoteId, Comment = "from May on" });

        Assert.Equal(
            (NegotiationState.Open, 1, Party.Buyer),
            (negotiation.State, negotiation.LatestVersion, negotiation.LatestOfferParty));
        var version = await deal.VersionAsync(negotiation);
        Assert.Equal((quote.Terms, "from May on"), (version.Terms, version.Comment));
        Assert.Equal(Deal.Hash(version.TermsBytes), version.TermsSha256);
        Assert.Equal(quote.TotalAmount, version.TotalAmount);
        Assert.Empty(version.OpenTerms);
        Assert.Equal(
            QuoteState.Taken, (await deal.Buyer.Client.GetQuoteAsync(new() { QuoteId = quote.QuoteId })).State);
    }

    [Fact]
    public async Task CreateNegotiation_TakenQuote_QuoteTaken()
    {
        var deal = await Deal.ListedAsync(market);
        var quote = await deal.QuotedAsync();
        await deal.Buyer.Client.CreateNegotiationAsync(new() { RequestId = Market.Id(), QuoteId = quote.QuoteId });

        await Refused.PreconditionAsync("QUOTE_TAKEN",
            deal.Buyer.Client.CreateNegotiationAsync(new() { RequestId = Market.Id(), QuoteId = quote.QuoteId }));
    }

    [Fact]
    public async Task MakeOffer_CounterOffer_NextVersionTellsTheDifference()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();

        var countered = await Deal.OfferedAsync(deal.Provider, opened, await deal.SettledTermsAsync(opened));

        var change = Assert.Single(countered.Changes);
        Assert.Equal(
            ("fee_intervals[ramp-1].discount", FieldChangeKind.Changed, "{ \"value\": \"0.25\" }",
                "{ \"value\": \"0.5\" }"),
            (change.Field, change.Kind, change.BeforeJson, change.AfterJson));
        Assert.Equal((2, Party.Provider), (countered.Version, countered.Party));
        Assert.Equal((45_000_000_000L, 0), (countered.TotalAmount.Units, countered.TotalAmount.Nanos));
        Assert.Equal((1_814_516_129L, 30_000_000), (countered.FirmAmount.Units, countered.FirmAmount.Nanos));
        var compared = await deal.Buyer.Client.CompareVersionsAsync(
            new() { NegotiationId = opened.NegotiationId, BaseVersion = 1 });
        Assert.Equal((1, 2, change), (compared.BaseVersion, compared.Version, Assert.Single(compared.Changes)));
        var listed = await deal.Provider.Client.ListTermsVersionsAsync(new() { NegotiationId = opened.NegotiationId });
        Assert.Equal([1, 2], listed.TermsVersions.Select(version => version.Version));
        Assert.All(listed.TermsVersions, version => Assert.Null(version.Terms));
    }

    [Fact]
    public async Task CompareVersions_ManyFieldsDiffer_EachAsProtoJson()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        terms.Title = "Colossus \"1\"";
        terms.DayCount = DayCount.Thirty360;
        terms.Billing.DueDays = 45;
        terms.TerminationRights[0].LockIn = LockIn.Dated;
        terms.TerminationRights[0].EarliestServiceDate = Deal.Day(2026, 8, 1);
        terms.FeeIntervals[1].Amount.Units = 1_240_000_000;
        await Deal.OfferedAsync(deal.Provider, opened, terms);

        var compared = await deal.Buyer.Client.CompareVersionsAsync(
            new() { NegotiationId = opened.NegotiationId, BaseVersion = 1, Version = 2 });

        Assert.Equal(7, compared.ChangeCount);
        var after = compared.Changes.ToDictionary(change => change.Field, change => change.AfterJson);
        Assert.Equal("\"Colossus \\u00221\\u0022\"", after["title"]);
        Assert.Equal("\"DAY_COUNT_THIRTY_360\"", after["day_count"]);
        Assert.Equal("45", after["billing.due_days"]);
        Assert.Equal("\"LOCK_IN_DATED\"", after["termination_rights[notice-1].lock_in"]);
        Assert.Equal(
            "{ \"year\": 2026, \"month\": 8, \"day\": 1 }",
            after["termination_rights[notice-1].earliest_service_date"]);
        Assert.Equal(
            "{ \"currencyCode\": \"USD\", \"units\": \"1240000000\" }", after["fee_intervals[fee].amount"]);
        await Refused.NotFoundAsync("VERSION_NOT_FOUND", deal.Buyer.Client.CompareVersionsAsync(
            new() { NegotiationId = opened.NegotiationId, BaseVersion = 1, Version = 3 }));
    }

    [Fact]
    public async Task MakeOffer_BasedOnAnOlderVersion_VersionOutdated()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        await Deal.OfferedAsync(deal.Provider, opened, terms);

        var refusal = await Refused.WithAsync(
            StatusCode.Aborted, "VERSION_OUTDATED", () => Deal.OfferedAsync(deal.Buyer, opened, terms));

        Assert.Equal("2", Refused.Detail<ErrorInfo>(refusal).Metadata["latest_version"]);
    }

    [Fact]
    public async Task MakeOffer_OpenTerms_OfferedButNotAccepted()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        terms.DayCount = DayCount.Unspecified;
        terms.TerminationRights[0].LockIn = LockIn.Unspecified;

        var offered = await Deal.OfferedAsync(deal.Provider, opened, terms);

        Assert.Equal(
            ["day_count", "termination_rights[0].lock_in"], offered.OpenTerms.Select(open => open.Field).Order());
        Assert.Null(offered.TotalAmount);
        var refusal = await Refused.PreconditionAsync("TERMS_OPEN", deal.Buyer.Client.AcceptVersionAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId, Version = 2 }));
        Assert.Equal(
            ["day_count", "termination_rights[0].lock_in"],
            Refused.Detail<PreconditionFailure>(refusal).Violations.Select(violation => violation.Subject).Order());
    }

    [Fact]
    public async Task MakeOffer_MalformedTerms_EveryWrongFieldIsNamed()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        terms.EndDate = terms.StartDate;
        terms.CurrencyCode = "XYZ";
        terms.Tranches[0].PoolId = "";

        var refusal = await Refused.WithAsync(
            StatusCode.InvalidArgument, "INVALID_FIELDS", () => Deal.OfferedAsync(deal.Provider, opened, terms));

        Assert.Superset(
            new HashSet<string> { "terms.end_date", "terms.currency_code", "terms.tranches[0].pool_id" },
            Refused.Fields(refusal).ToHashSet());
        Assert.Equal(1, (await deal.VersionAsync(opened)).Version);
    }

    [Fact]
    public async Task MakeOffer_UnknownField_Refused()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        // Field 5000 with the number 1.
        var unknown = LeaseTerms.Parser.ParseFrom([.. terms.ToByteArray(), 0xC0, 0xB8, 0x02, 0x01]);

        var refusal = await Refused.WithAsync(
            StatusCode.InvalidArgument, "INVALID_FIELDS", () => Deal.OfferedAsync(deal.Provider, opened, unknown));

        Assert.Equal(["terms"], Refused.Fields(refusal));
    }

    [Fact]
    public async Task MakeOffer_DeliveryByAcceptance_UnsupportedTerm()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        terms.Tranches[0].Delivery = new()
        {
            Kind = DeliveryKind.Acceptance,
            TargetReadyDate = terms.StartDate,
            GuaranteedReadyDate = terms.StartDate,
            LongstopDate = terms.StartDate,
            AcceptanceDays = 5,
        };

        var refusal = await Refused.WithAsync(
            StatusCode.InvalidArgument, "UNSUPPORTED_TERM", () => Deal.OfferedAsync(deal.Provider, opened, terms));

        Assert.Equal(["terms.tranches[0].delivery.kind"], Refused.Fields(refusal));
    }

    [Fact]
    public async Task MakeOffer_PoolThatTheProviderDoesNotOffer_PoolNotOffered()
    {
        var (deal, other) = (await Deal.ListedAsync(market), await Deal.ListedAsync(market));
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);
        terms.Tranches[0].PoolId = other.Pool.PoolId;

        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "POOL_NOT_OFFERED", () => Deal.OfferedAsync(deal.Provider, opened, terms));
    }

    [Fact]
    public async Task AcceptVersion_OwnOffer_OwnOffer()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();

        await Refused.PreconditionAsync("OWN_OFFER", deal.Buyer.Client.AcceptVersionAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId, Version = 1 }));
        await Refused.PreconditionAsync("OWN_OFFER", deal.Buyer.Client.DeclineNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId }));
    }

    [Fact]
    public async Task Negotiation_Agreed_TakesNoOffersAndCanBeWithdrawn()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        Assert.Equal((NegotiationState.Agreed, 2), (agreed.State, agreed.AgreedVersion));

        await Refused.WithAsync(StatusCode.FailedPrecondition, "NEGOTIATION_NOT_OPEN",
            async () => await Deal.OfferedAsync(deal.Provider, agreed, await deal.SettledTermsAsync(agreed), 2));
        await Refused.PreconditionAsync("NEGOTIATION_NOT_OPEN", deal.Buyer.Client.AcceptVersionAsync(
            new() { RequestId = Market.Id(), NegotiationId = agreed.NegotiationId, Version = 2 }));
        await Refused.PreconditionAsync("NEGOTIATION_NOT_OPEN", deal.Provider.Client.DeclineNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = agreed.NegotiationId }));
        var withdrawn = await deal.Provider.Client.WithdrawNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = agreed.NegotiationId, Comment = "sold elsewhere" });

        Assert.Equal(NegotiationState.Withdrawn, withdrawn.State);
        var cause = withdrawn.Changes[^1].Cause;
        Assert.Equal(
            (deal.Provider.Id, "SIDE_WITHDREW", "sold elsewhere"), (cause.OrganisationId, cause.Reason, cause.Comment));
        await Refused.PreconditionAsync("NEGOTIATION_CLOSED", deal.Buyer.Client.WithdrawNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = agreed.NegotiationId }));
    }

    [Fact]
    public async Task DeclineNegotiation_OthersOffer_Declined()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();

        var declined = await deal.Provider.Client.DeclineNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId });

        Assert.Equal(NegotiationState.Declined, declined.State);
        await Refused.WithAsync(StatusCode.FailedPrecondition, "NEGOTIATION_NOT_OPEN",
            async () => await Deal.OfferedAsync(deal.Provider, opened, await deal.SettledTermsAsync(opened)));
    }

    [Fact]
    public async Task GetNegotiation_ThirdOrganisation_NotFound()
    {
        var (deal, stranger) = (await Deal.ListedAsync(market), market.Organisation(Role.Provider, Role.Buyer));
        var opened = await deal.OpenedAsync();
        var id = opened.NegotiationId;

        await Refused.NotFoundAsync(
            "NEGOTIATION_NOT_FOUND", stranger.Client.GetNegotiationAsync(new() { NegotiationId = id }));
        await Refused.NotFoundAsync(
            "NEGOTIATION_NOT_FOUND", stranger.Client.GetTermsVersionAsync(new() { NegotiationId = id }));
        await Refused.NotFoundAsync("NEGOTIATION_NOT_FOUND", stranger.Client.WithdrawNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = id }));
        Assert.Empty((await stranger.Client.ListNegotiationsAsync(new())).Negotiations);
        Assert.Equal(
            id, (await market.Operator.Client.GetNegotiationAsync(new() { NegotiationId = id })).NegotiationId);
        Assert.Equal(id, Assert.Single((await deal.Provider.Client.ListNegotiationsAsync(
            new() { Party = Party.Provider, State = NegotiationState.Open })).Negotiations).NegotiationId);
    }

    [Fact]
    public async Task GetNegotiation_OtherParty_DoesNotSeeTheKey()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();

        var seen = await deal.Provider.Client.GetNegotiationAsync(new() { NegotiationId = opened.NegotiationId });

        Assert.NotEqual("", opened.Changes[0].Cause.ApiKeyId);
        Assert.Equal("", seen.Changes[0].Cause.ApiKeyId);
    }

    [Fact]
    public async Task MakeOffer_SameRequestId_OneVersion()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();
        var request = new MakeOfferRequest
        {
            RequestId = Market.Id(),
            NegotiationId = opened.NegotiationId,
            BaseVersion = 1,
            Terms = await deal.SettledTermsAsync(opened),
        };

        var first = await deal.Provider.Client.MakeOfferAsync(request);
        var second = await deal.Provider.Client.MakeOfferAsync(request);

        Assert.Equal(first, second);
        Assert.Equal(2, (await deal.VersionAsync(opened)).Version);
        request.Comment = "other content";
        await Refused.PreconditionAsync("REQUEST_ID_REUSED", deal.Provider.Client.MakeOfferAsync(request));
    }
}
