using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.TestServers;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

/// <summary>Whom a listing is for, from the search to the signatures.</summary>
public sealed class ListingAudienceTests(Market market) : IClassFixture<Market>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Named_Buyer_FindsItAndOthersDoNot()
    {
        var (deal, other) = (await NamedAsync(), market.Organisation(Role.Provider, Role.Buyer));

        var found = await FoundAsync(deal.Buyer, deal);

        Assert.Equal(deal.Provider.Id, found?.OrganisationId);
        Assert.Empty(found!.Offer.NamedBuyerOrganisationIds);
        Assert.Equal(deal.Listing, await FoundAsync(market.Operator, deal));
        await AssertNotForAsync(other, deal);
        Assert.Equal(NegotiationState.Open, (await deal.OpenedAsync()).State);
    }

    [Fact]
    public async Task Excluded_Buyer_NeitherFindsNorQuotesIt()
    {
        var rival = market.Organisation(Role.Provider, Role.Buyer);
        var deal = await Deal.ListedAsync(market, deal => deal.Listing.Offer.ExcludedOrganisationIds.Add(rival.Id));

        await AssertNotForAsync(rival, deal);
        Assert.Empty((await FoundAsync(deal.Buyer, deal))!.Offer.ExcludedOrganisationIds);
    }

    [Fact]
    public async Task Excluded_BuyerOfAListingThatIsReadFromInventory_DoesNotLearnThatThereIsOne()
    {
        var rival = market.Organisation(Role.Buyer);
        var deal = await Deal.ListedAsync(market, deal => deal.Listing.Offer.ExcludedOrganisationIds.Add(rival.Id));
        await TellAgainAsync(deal, listing => listing.State = ListingState.Suspended);

        await Refused.NotFoundAsync("LISTING_NOT_FOUND", Quote(rival, deal));
        await Refused.PreconditionAsync("LISTING_NOT_PUBLISHED", Quote(deal.Buyer, deal));
    }

    [Fact]
    public async Task Blind_SearchAndQuote_DoNotSayWhoseItIs()
    {
        var deal = await BlindAsync();

        var found = await FoundAsync(deal.Buyer, deal);
        var quote = await deal.QuotedAsync();

        Assert.Equal(("", "", ""), (found!.OrganisationId, found.PoolId, found.SiteId));
        Assert.Equal(("us-south", "GB200", deal.Listing.Offer), (found.Region, found.AcceleratorModel, found.Offer));
        AssertHidden(quote);
        AssertHidden(await GetQuoteAsync(deal.Buyer, quote));
        AssertHidden(Assert.Single((await deal.Buyer.Client.ListQuotesAsync(new())).Quotes));
        AssertShown(deal, await GetQuoteAsync(market.Operator, quote));
        Assert.Equal(deal.Listing, await FoundAsync(market.Operator, deal));
    }

    [Fact]
    public async Task Blind_NegotiationOpened_ShowsThatBuyerWhoseItIs()
    {
        var (deal, other) = (await BlindAsync(), market.Organisation(Role.Buyer));
        var (quote, second) = (await deal.QuotedAsync(), await deal.QuotedAsync());

        var opened = await deal.Buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quote.QuoteId });

        Assert.Equal(deal.Provider.Id, opened.ProviderOrganisationId);
        Assert.Equal(deal.Pool.PoolId, (await deal.VersionAsync(opened)).Terms.Tranches[0].PoolId);
        foreach (var shown in new[] { quote, second }) AssertShown(deal, await GetQuoteAsync(deal.Buyer, shown));
        AssertShown(deal, await deal.QuotedAsync());
        Assert.Equal(deal.Listing, await FoundAsync(deal.Buyer, deal));
        Assert.Equal("", (await FoundAsync(other, deal))!.OrganisationId);
        AssertHidden(await Quote(other, deal));
    }

    [Fact]
    public async Task Blind_FirstOfferWithoutAPool_IsOnTheOneThatWasQuoted()
    {
        var deal = await BlindAsync();
        var quote = await deal.QuotedAsync();
        var terms = quote.Terms.Clone();
        terms.Billing.DueDays = 60;

        var opened = await deal.Buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quote.QuoteId, Terms = terms });

        var offered = (await deal.VersionAsync(opened)).Terms;
        Assert.Equal((deal.Pool.PoolId, 60), (offered.Tranches[0].PoolId, offered.Billing.DueDays));
    }

    [Fact]
    public async Task Blind_Deal_IsSignedByBoth()
    {
        var lease = await (await BlindAsync()).SignedAsync();

        Assert.Equal(45_000_000_000L, lease.HeadlineAmountAtSigning.Units);
    }

    [Fact]
    public async Task Blind_PoolIsShort_DaysAndKwAreNamedAndThePoolIsNot()
    {
        var deal = await BlindAsync();
        var less = deal.Pool.Clone();
        less.Version = 2;
        less.FreeSteps[1].FreeKw = 250_000;
        market.Inventory.Tell(less);
        await Eventually.AsyncThat(async () => await FoundAsync(deal.Buyer, deal) is null, Long);

        var refusal = await Refused.WithAsync(StatusCode.ResourceExhausted, "CAPACITY_SHORT", deal.QuotedAsync);

        var shortfall = Assert.Single(Refused.Detail<CapacityShort>(refusal).Shortfalls);
        Assert.Equal(("", Deal.Day(2026, 5, 1), 50_000), (shortfall.PoolId, shortfall.StartDate, shortfall.ShortKw));
        Assert.DoesNotContain(deal.Pool.PoolId, refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateCapacityRequest_Standing_IsMatchedOnlyWithListingsForItsBuyer()
    {
        var (region, buyer) = (Market.Id(), market.Organisation(Role.Buyer));
        await Deal.ListedAsync(market);
        var criteria = Deal.Criteria();
        criteria.Regions.Add(region);
        var request = await buyer.Client.CreateCapacityRequestAsync(
            new() { RequestId = Market.Id(), Criteria = criteria, Standing = true });

        await Deal.ListedAsync(market, deal =>
        {
            deal.Listing.Region = region;
            deal.Listing.Offer.ExcludedOrganisationIds.Add(buyer.Id);
        });
        await NamedAsync(deal => deal.Listing.Region = region);
        var forAll = await BlindAsync(deal => deal.Listing.Region = region);

        // It was told last, so the others were matched before or with it.
        await Eventually.AsyncThat(async () => (await QuotesAsync(buyer, request)).Count > 0, Long);
        var quote = Assert.Single(await QuotesAsync(buyer, request));
        Assert.Equal(forAll.Listing.ListingId, quote.ListingId);
        AssertHidden(quote);
    }

    [Fact]
    public async Task CreateNegotiation_ListingIsNoLongerForTheBuyer_ListingNotFound()
    {
        var deal = await Deal.ListedAsync(market);
        var quote = await deal.QuotedAsync();
        await TellAgainAsync(deal, listing => listing.Offer.ExcludedOrganisationIds.Add(deal.Buyer.Id));

        await Refused.NotFoundAsync("LISTING_NOT_FOUND",
            deal.Buyer.Client.CreateNegotiationAsync(new() { RequestId = Market.Id(), QuoteId = quote.QuoteId }));
        Assert.Equal(QuoteState.Open, (await GetQuoteAsync(deal.Buyer, quote)).State);
    }

    [Fact]
    public async Task SignVersion_ListingIsNoLongerForTheBuyer_NeitherSideSigns()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        await TellAgainAsync(deal, listing => listing.Offer.ExcludedOrganisationIds.Add(deal.Buyer.Id));

        foreach (var side in new[] { deal.Buyer, deal.Provider })
            await Refused.WithAsync(
                StatusCode.NotFound, "LISTING_NOT_FOUND", () => deal.SignAsync(side, agreed));
        Assert.Empty((await deal.Buyer.Client.GetNegotiationAsync(
            new() { NegotiationId = agreed.NegotiationId })).Signatures);
    }

    [Fact]
    public async Task MakeOffer_PoolOfAListingThatIsNotForTheBuyer_PoolNotOffered()
    {
        var deal = await Deal.ListedAsync(market);
        var (excluding, open) = (OfTheSameProvider(deal), OfTheSameProvider(deal));
        excluding.Offer.ExcludedOrganisationIds.Add(deal.Buyer.Id);
        market.Inventory.Tell(excluding);
        market.Inventory.Tell(open);
        var opened = await deal.OpenedAsync();
        var terms = await deal.SettledTermsAsync(opened);

        terms.Tranches[0].PoolId = open.PoolId;
        await Eventually.AsyncThat(async () => await IsOfferedAsync(deal.Provider), Long);
        terms.Tranches[0].PoolId = excluding.PoolId;

        foreach (var side in new[] { deal.Buyer, deal.Provider })
            await Refused.WithAsync(StatusCode.FailedPrecondition, "POOL_NOT_OFFERED",
                () => Deal.OfferedAsync(side, opened, terms, baseVersion: 2));

        // The two are told one after the other: when this one is known, so is the other.
        async Task<bool> IsOfferedAsync(Organisation by)
        {
            try
            {
                return (await Deal.OfferedAsync(by, opened, terms)).Version == 2;
            }
            catch (Grpc.Core.RpcException refusal) when (refusal.StatusCode == StatusCode.FailedPrecondition)
            {
                return false;
            }
        }
    }

    private Task<Deal> BlindAsync(Action<Deal>? change = null) => Deal.ListedAsync(market, deal =>
    {
        deal.Listing.Offer.Visibility = ListingVisibility.Blind;
        change?.Invoke(deal);
    });

    private Task<Deal> NamedAsync(Action<Deal>? change = null) => Deal.ListedAsync(market, deal =>
    {
        deal.Listing.Offer.Visibility = ListingVisibility.Named;
        deal.Listing.Offer.NamedBuyerOrganisationIds.Add(deal.Buyer.Id);
        change?.Invoke(deal);
    });

    private static Listing OfTheSameProvider(Deal deal) => Deal.NewListing(deal.Provider, Market.Id());

    // Until the buyer cannot find it any more.
    private async Task TellAgainAsync(Deal deal, Action<Listing> change)
    {
        var listing = deal.Listing.Clone();
        change(listing);
        listing.Version++;
        market.Inventory.Tell(listing);
        await Eventually.AsyncThat(async () => await FoundAsync(deal.Buyer, deal) is null, Long);
    }

    private static async Task AssertNotForAsync(Organisation buyer, Deal deal)
    {
        Assert.Null(await FoundAsync(buyer, deal));
        await Refused.NotFoundAsync("LISTING_NOT_FOUND", Quote(buyer, deal));
        var request = await buyer.Client.CreateCapacityRequestAsync(
            new() { RequestId = Market.Id(), Criteria = Deal.Criteria() });
        Assert.DoesNotContain(
            deal.Listing.ListingId, (await QuotesAsync(buyer, request)).Select(quote => quote.ListingId));
    }

    private static async Task<Listing?> FoundAsync(Organisation by, Deal deal) =>
        (await by.Client.SearchCapacityAsync(new() { Criteria = Deal.Criteria(), PageSize = 100 })).Matches
            .SingleOrDefault(match => match.Listing.ListingId == deal.Listing.ListingId)?.Listing;

    private static Grpc.Core.AsyncUnaryCall<Quote> Quote(Organisation buyer, Deal deal) =>
        buyer.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = deal.Listing.ListingId, Criteria = Deal.Criteria() });

    private static async Task<Quote> GetQuoteAsync(Organisation by, Quote quote) =>
        await by.Client.GetQuoteAsync(new() { QuoteId = quote.QuoteId });

    private static async Task<IReadOnlyList<Quote>> QuotesAsync(Organisation buyer, CapacityRequest request) =>
        (await buyer.Client.ListQuotesAsync(new() { CapacityRequestId = request.CapacityRequestId })).Quotes;

    private static void AssertHidden(Quote quote) =>
        Assert.Equal(("", ""), (quote.ProviderOrganisationId, Assert.Single(quote.Terms.Tranches).PoolId));

    private static void AssertShown(Deal deal, Quote quote) => Assert.Equal(
        (deal.Provider.Id, deal.Pool.PoolId),
        (quote.ProviderOrganisationId, Assert.Single(quote.Terms.Tranches).PoolId));
}
