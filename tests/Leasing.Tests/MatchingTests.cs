using Google.Rpc;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
using Marketplace.TestServers;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

public sealed class MatchingTests(Market market) : IClassFixture<Market>
{
    [Fact]
    public async Task SearchCapacity_ListingsOfOneRegion_LowestWholeContractCostFirst()
    {
        var region = Market.Id();
        var dear = await Deal.ListedAsync(market, deal => deal.Listing.Region = region);
        var cheap = await Deal.ListedAsync(market, deal =>
        {
            deal.Listing.Region = region;
            // The higher list price is the lower whole-contract cost.
            deal.Listing.Offer.Price.Amount.Units = 1_260_000_000;
            deal.Listing.Offer.RampSteps[0].StepMonths = 6;
            deal.Listing.Offer.RampSteps[0].Discount.Value = "0.75";
        });
        var request = new SearchCapacityRequest { Criteria = Deal.Criteria(), PageSize = 1 };
        request.Criteria.Regions.Add(region);

        var first = await dear.Buyer.Client.SearchCapacityAsync(request);
        request.PageToken = first.NextPageToken;
        var second = await dear.Buyer.Client.SearchCapacityAsync(request);

        var (best, next) = (Assert.Single(first.Matches), Assert.Single(second.Matches));
        Assert.Equal((1, cheap.Listing.ListingId), (best.Rank, best.Listing.ListingId));
        Assert.Equal((2, dear.Listing.ListingId), (next.Rank, next.Listing.ListingId));
        Assert.Equal("", second.NextPageToken);
        // 37 x 1.25 B less half a month; over 300 MW and 37 months.
        Assert.Equal((45_625_000_000L, 4_110_360L), (next.TotalAmount.Units, next.MwMonthAmount.Units));
    }

    [Fact]
    public async Task SearchCapacity_OwnListing_LeftOutAndNotQuoted()
    {
        var hybrid = market.Organisation(Role.Provider, Role.Buyer);
        var deal = await Deal.ListedAsync(market, deal => deal.Listing.OrganisationId = hybrid.Id);

        var found = await hybrid.Client.SearchCapacityAsync(new() { Criteria = Deal.Criteria(), PageSize = 100 });

        Assert.DoesNotContain(found.Matches, match => match.Listing.ListingId == deal.Listing.ListingId);
        await Refused.PreconditionAsync("COUNTERPARTY_IS_SELF", hybrid.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = deal.Listing.ListingId, Criteria = Deal.Criteria() }));
    }

    [Fact]
    public async Task SearchCapacity_MalformedCriteria_EveryWrongFieldIsNamed()
    {
        var criteria = new CapacityCriteria { CurrencyCode = "XYZ" };
        criteria.CapacitySteps.Add(
            new CapacityStep { StartDate = Deal.Day(2026, 5, 1), EndDate = Deal.Day(2026, 2, 30) });

        var refusal = await Refused.WithAsync(StatusCode.InvalidArgument, "INVALID_FIELDS",
            market.Organisation(Role.Buyer).Client.SearchCapacityAsync(new() { Criteria = criteria }));

        Assert.Equal(
            [
                "criteria.capacity_steps[0].contracted_kw",
                "criteria.capacity_steps[0].end_date",
                "criteria.currency_code",
                "criteria.service_level",
            ],
            Refused.Fields(refusal).Order());
    }

    [Fact]
    public async Task SearchCapacity_CapacityFreedWhileTheStreamWasBroken_FoundAfterItIsResumed()
    {
        var deal = await Deal.ListedAsync(market);
        var watches = market.Inventory.Watches.Count;
        var taken = new PoolFreeCapacity { PoolId = deal.Pool.PoolId, Version = 2, TimeZone = deal.Pool.TimeZone };
        market.Inventory.Tell(taken);
        await Eventually.AsyncThat(async () => !await IsFoundAsync(deal), TimeSpan.FromSeconds(30));

        market.Inventory.BreakStreams();
        var freed = deal.Pool.Clone();
        freed.Version = 3;
        market.Inventory.Tell(freed);

        await deal.KnownAsync();
        Assert.True(market.Inventory.Watches.Skip(watches).First() > 0);
    }

    [Fact]
    public async Task CreateQuote_ListingThatDoesNotFit_EveryCriterionIsNamed()
    {
        var deal = await Deal.ListedAsync(market);
        var criteria = Deal.Criteria();
        criteria.ServiceLevel = ServiceLevel.Colocation;
        criteria.CapacitySteps[0].StartDate = Deal.Day(2026, 4, 20);
        criteria.Regions.Add("elsewhere");

        var refusal = await Refused.PreconditionAsync("LISTING_DOES_NOT_FIT", deal.Buyer.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = deal.Listing.ListingId, Criteria = criteria }));

        Assert.Superset(
            new HashSet<string> { "OTHER_SERVICE_LEVEL", "OTHER_REGION", "OUTSIDE_WINDOW" },
            Refused.Detail<PreconditionFailure>(refusal).Violations.Select(violation => violation.Type).ToHashSet());
    }

    [Fact]
    public async Task CreateQuote_NoticeLongerThanTheTerm_ListingDoesNotFit()
    {
        var deal = await Deal.ListedAsync(market);
        var criteria = Deal.Criteria();
        criteria.CapacitySteps[0].EndDate = Deal.Day(2026, 6, 1);

        await Refused.PreconditionAsync("LISTING_DOES_NOT_FIT", deal.Buyer.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = deal.Listing.ListingId, Criteria = criteria }));
    }

    [Fact]
    public async Task CreateQuote_PoolIsShort_CapacityShortNamesDaysAndKw()
    {
        var deal = await Deal.ListedAsync(market);
        var less = deal.Pool.Clone();
        less.Version = 2;
        less.FreeSteps[1].EndDate = Deal.Day(2028, 1, 1);
        less.FreeSteps.Add(
            new FreeStep { StartDate = Deal.Day(2028, 1, 1), EndDate = Deal.Day(2036, 1, 1), FreeKw = 250_000 });
        market.Inventory.Tell(less);
        await Eventually.AsyncThat(async () => !await IsFoundAsync(deal), TimeSpan.FromSeconds(30));

        var refusal = await Refused.WithAsync(StatusCode.ResourceExhausted, "CAPACITY_SHORT", deal.QuotedAsync);

        var shortfall = Assert.Single(Refused.Detail<CapacityShort>(refusal).Shortfalls);
        Assert.Equal((Deal.Day(2028, 1, 1), Deal.Day(2029, 6, 1), 50_000),
            (shortfall.StartDate, shortfall.EndDate, shortfall.ShortKw));
    }

    [Fact]
    public async Task CreateQuote_UnknownOrSuspendedListing_Refused()
    {
        var deal = await Deal.ListedAsync(market);
        var suspended = deal.Listing.Clone();
        suspended.State = ListingState.Suspended;
        market.Inventory.Tell(suspended);
        await Eventually.AsyncThat(async () => !await IsFoundAsync(deal), TimeSpan.FromSeconds(30));

        await Refused.WithAsync(StatusCode.FailedPrecondition, "LISTING_NOT_PUBLISHED", deal.QuotedAsync);
        await Refused.NotFoundAsync("LISTING_NOT_FOUND", deal.Buyer.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = Market.Id(), Criteria = Deal.Criteria() }));
    }

    [Fact]
    public async Task CreateQuote_SameRequestId_SameQuote()
    {
        var deal = await Deal.ListedAsync(market);
        var request = new CreateQuoteRequest
        {
            RequestId = Market.Id(),
            ListingId = deal.Listing.ListingId,
            Criteria = Deal.Criteria(),
        };

        var first = await deal.Buyer.Client.CreateQuoteAsync(request);

        Assert.Equal(first, await deal.Buyer.Client.CreateQuoteAsync(request));
        Assert.Single((await deal.Buyer.Client.ListQuotesAsync(new())).Quotes);
    }

    [Fact]
    public async Task GetQuote_OtherOrganisation_NotFound()
    {
        var deal = await Deal.ListedAsync(market);
        var quote = await deal.QuotedAsync();

        await Refused.NotFoundAsync("QUOTE_NOT_FOUND",
            market.Organisation(Role.Buyer).Client.GetQuoteAsync(new() { QuoteId = quote.QuoteId }));
        Assert.Equal(quote, await market.Operator.Client.GetQuoteAsync(new() { QuoteId = quote.QuoteId }));
    }

    [Fact]
    public async Task CreateCapacityRequest_ListingThatFits_QuotedAtOnce()
    {
        var region = Market.Id();
        var deal = await Deal.ListedAsync(market, deal => deal.Listing.Region = region);
        var criteria = Deal.Criteria();
        criteria.Regions.Add(region);

        var request = await deal.Buyer.Client.CreateCapacityRequestAsync(
            new() { RequestId = Market.Id(), Criteria = criteria });

        Assert.Equal(CapacityRequestState.Open, request.State);
        var quote = Assert.Single((await deal.Buyer.Client.ListQuotesAsync(
            new() { CapacityRequestId = request.CapacityRequestId })).Quotes);
        Assert.Equal((deal.Listing.ListingId, 45_625_000_000L), (quote.ListingId, quote.TotalAmount.Units));
        await Refused.NotFoundAsync(
            "CAPACITY_REQUEST_NOT_FOUND", market.Organisation(Role.Buyer).Client.GetCapacityRequestAsync(
            new() { CapacityRequestId = request.CapacityRequestId }));
    }

    [Fact]
    public async Task CreateCapacityRequest_Standing_QuotedWhenCapacityAppears()
    {
        var region = Market.Id();
        var buyer = market.Organisation(Role.Buyer).Client;
        await Deal.ListedAsync(market);
        var criteria = Deal.Criteria();
        criteria.Regions.Add(region);
        var request = await buyer.CreateCapacityRequestAsync(
            new() { RequestId = Market.Id(), Criteria = criteria, Standing = true });
        Assert.Empty((await buyer.ListQuotesAsync(new() { CapacityRequestId = request.CapacityRequestId })).Quotes);

        var deal = await Deal.ListedAsync(market, deal => deal.Listing.Region = region);

        await Eventually.AsyncThat(
            async () => (await buyer.ListQuotesAsync(new() { CapacityRequestId = request.CapacityRequestId })).Quotes
                .Any(quote => quote.ListingId == deal.Listing.ListingId),
            TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task WithdrawCapacityRequest_Open_WithdrawnAndNotQuotedAnyMore()
    {
        var deal = await Deal.ListedAsync(market);
        var request = await deal.Buyer.Client.CreateCapacityRequestAsync(
            new() { RequestId = Market.Id(), Criteria = Deal.Criteria() });

        var withdrawn = await deal.Buyer.Client.WithdrawCapacityRequestAsync(
            new() { RequestId = Market.Id(), CapacityRequestId = request.CapacityRequestId });

        Assert.Equal(CapacityRequestState.Withdrawn, withdrawn.State);
        await Refused.PreconditionAsync("CAPACITY_REQUEST_NOT_OPEN", deal.Buyer.Client.WithdrawCapacityRequestAsync(
            new() { RequestId = Market.Id(), CapacityRequestId = request.CapacityRequestId }));
        await Refused.PreconditionAsync("CAPACITY_REQUEST_NOT_OPEN", deal.Buyer.Client.CreateQuoteAsync(new()
        {
            RequestId = Market.Id(),
            ListingId = deal.Listing.ListingId,
            CapacityRequestId = request.CapacityRequestId,
        }));
    }

    private static async Task<bool> IsFoundAsync(Deal deal) =>
        (await deal.Buyer.Client.SearchCapacityAsync(new() { Criteria = Deal.Criteria(), PageSize = 100 })).Matches
            .Any(match => match.Listing.ListingId == deal.Listing.ListingId);
}
