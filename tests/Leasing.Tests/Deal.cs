using System.Security.Cryptography;
using Google.Protobuf;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
using Date = Google.Type.Date;

namespace Marketplace.Leasing.Tests;

/// <summary>The reference deal between a provider and a buyer of its own, step by step.</summary>
internal sealed class Deal
{
    public const int Kw = 300_000;

    private Deal(Market market)
    {
        Market = market;
        Provider = market.Organisation(Role.Provider);
        Buyer = market.Organisation(Role.Buyer);
        Pool = new() { PoolId = Market.Id(), Version = 1, TimeZone = "America/Chicago" };
        Pool.FreeSteps.Add(new FreeStep { StartDate = Day(2026, 4, 15), EndDate = Day(2026, 5, 1), FreeKw = 180_000 });
        Pool.FreeSteps.Add(new FreeStep { StartDate = Day(2026, 5, 1), EndDate = Day(2036, 1, 1), FreeKw = Kw });
        Listing = NewListing(Provider, Pool.PoolId);
    }

    public Market Market { get; }

    public Organisation Provider { get; }

    public Organisation Buyer { get; }

    public PoolFreeCapacity Pool { get; }

    public Listing Listing { get; }

    public static Date Day(int year, int month, int day) => new() { Year = year, Month = month, Day = day };

    /// <summary>Lists the 300 MW, and waits until the service knows them.</summary>
    public static async Task<Deal> ListedAsync(Market market, Action<Deal>? change = null)
    {
        var deal = new Deal(market);
        change?.Invoke(deal);
        market.Inventory.Tell(deal.Pool);
        market.Inventory.Tell(deal.Listing);
        await deal.KnownAsync();
        return deal;
    }

    public Task KnownAsync() => TestServers.Eventually.AsyncThat(
        async () =>
        {
            try
            {
                var found = await Buyer.Client.SearchCapacityAsync(new() { Criteria = Criteria(), PageSize = 100 });
                return found.Matches.Any(match => match.Listing.ListingId == Listing.ListingId);
            }
            catch (Grpc.Core.RpcException exception) when (exception.StatusCode == Grpc.Core.StatusCode.Unavailable)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(30));

    public static Listing NewListing(Organisation provider, string poolId)
    {
        var offer = new ListingOffer
        {
            DisplayName = "Colossus 1",
            StartDate = Day(2026, 5, 1),
            EndDate = Day(2036, 1, 1),
            MinimumLotKw = Kw,
            MaximumLotKw = Kw,
            Price = new()
            {
                Basis = FeeBasis.FixedMonthly,
                Amount = new() { CurrencyCode = "USD", Units = 1_250_000_000 },
            },
            NoticeReceipt = new() { Rule = NoticeReceiptRule.AnyTime },
            DayCount = DayCount.ActMonth,
            Billing = new() { Cycle = BillingCycle.CalendarMonth, Timing = BillingTiming.Advance, DueDays = 30 },
        };
        offer.OfferedSteps.Add(new CurveStep { StartDate = Day(2026, 5, 1), PowerKw = Kw });
        offer.RampSteps.Add(new RampStep { StepMonths = 2, Discount = new() { Value = "0.25" } });
        offer.NoticeOffers.Add(new NoticeOffer
        {
            Party = TerminationParty.Either,
            NoticeDays = 90,
            NoticeBasis = NoticeBasis.Calendar,
            Alignment = TerminationAlignment.Exact,
            Fee = new() { Kind = TerminationFeeKind.None },
        });
        return new()
        {
            ListingId = Market.Id(),
            State = ListingState.Published,
            OrganisationId = provider.Id,
            PoolId = poolId,
            SiteId = Market.Id(),
            Offer = offer,
            Region = "us-south",
            TimeZone = "America/Chicago",
            ServiceLevel = ServiceLevel.BareMetal,
            AcceleratorModel = "GB200",
            Version = 1,
        };
    }

    public static CapacityCriteria Criteria() => new()
    {
        CapacitySteps = { new CapacityStep
        {
            StartDate = Day(2026, 5, 1),
            EndDate = Day(2029, 6, 1),
            ContractedKw = Kw,
        } },
        ServiceLevel = ServiceLevel.BareMetal,
        CurrencyCode = "USD",
    };

    public Task<Quote> QuotedAsync() => Buyer.Client.CreateQuoteAsync(
        new() { RequestId = Market.Id(), ListingId = Listing.ListingId, Criteria = Criteria() }).ResponseAsync;

    /// <summary>The buyer opens with the terms of the quote.</summary>
    public async Task<Negotiation> OpenedAsync() => await Buyer.Client.CreateNegotiationAsync(
        new() { RequestId = Market.Id(), QuoteId = (await QuotedAsync()).QuoteId });

    /// <summary>The terms that both sides settle on: half the fee in May and June 2026.</summary>
    public async Task<LeaseTerms> SettledTermsAsync(Negotiation negotiation)
    {
        var terms = (await VersionAsync(negotiation)).Terms.Clone();
        terms.FeeIntervals[0].Discount = new() { Value = "0.5" };
        return terms;
    }

    public static async Task<TermsVersion> OfferedAsync(
        Organisation by, Negotiation negotiation, LeaseTerms terms, int baseVersion = 1)
    {
        var request = new MakeOfferRequest
        {
            RequestId = Market.Id(),
            NegotiationId = negotiation.NegotiationId,
            BaseVersion = baseVersion,
            Terms = terms,
        };
        return await by.Client.MakeOfferAsync(request);
    }

    public async Task<TermsVersion> VersionAsync(Negotiation negotiation, int version = 0) =>
        await Buyer.Client.GetTermsVersionAsync(new() { NegotiationId = negotiation.NegotiationId, Version = version });

    /// <summary>The provider counters, and the buyer accepts.</summary>
    public async Task<Negotiation> AgreedAsync()
    {
        var opened = await OpenedAsync();
        await OfferedAsync(Provider, opened, await SettledTermsAsync(opened));
        return await Buyer.Client.AcceptVersionAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId, Version = 2 });
    }

    public async Task<Negotiation> SignAsync(Organisation by, Negotiation negotiation) =>
        await by.Client.SignVersionAsync(await SigningAsync(negotiation));

    public async Task<SignVersionRequest> SigningAsync(Negotiation negotiation)
    {
        var version = await VersionAsync(negotiation, negotiation.AgreedVersion);
        return new()
        {
            RequestId = Market.Id(),
            NegotiationId = negotiation.NegotiationId,
            Version = version.Version,
            TermsSha256 = Hash(version.TermsBytes),
        };
    }

    public async Task<Lease> SignedAsync()
    {
        var agreed = await AgreedAsync();
        await SignAsync(Provider, agreed);
        return await LeaseAsync(await SignAsync(Buyer, agreed));
    }

    public async Task<Lease> LeaseAsync(Negotiation negotiation) =>
        await Buyer.Client.GetLeaseAsync(new() { LeaseId = negotiation.LeaseId });

    /// <summary>The hash as a signer computes it.</summary>
    public static ByteString Hash(ByteString termsBytes) =>
        ByteString.CopyFrom(SHA256.HashData([.. "marketplace.terms.v1"u8, 0, .. termsBytes.Span]));
}
