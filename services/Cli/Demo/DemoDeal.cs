using Google.Type;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;

namespace Marketplace.Cli.Demo;

/// <summary>
/// One run of the reference deal up to the signatures: 300 MW that the provider's own workloads no longer need, listed,
/// asked
/// for, quoted, negotiated in one counter-offer round and signed by both sides.
/// </summary>
internal sealed class DemoDeal(Endpoints endpoints, MarketClients operators, string name, string rampDiscount)
    : IDisposable
{
    public const int ContractedKw = 300_000;
    private const int FloorKw = 120_000;
    private const int OfferedDueDays = 30;
    private const int WantedDueDays = 45;
    private const string TimeZone = "America/Chicago";

    private static readonly Date FloorStart = Day(2026, 4, 1);
    private static readonly Date Start = Day(2026, 5, 1);
    private static readonly Date End = Day(2029, 6, 1);

    private Negotiation? negotiation;

    public MarketClients Provider { get; private set; } = null!;

    public MarketClients Buyer { get; private set; } = null!;

    public Pool Pool { get; private set; } = null!;

    public Quote Quote { get; private set; } = null!;

    /// <summary>What the provider's counter-offer changed.</summary>
    public IReadOnlyList<FieldChange> CounterOffer { get; private set; } = [];

    public Lease Lease { get; private set; } = null!;

    /// <summary>Registers both sides, describes the site and lists the capacity.</summary>
    public async Task ListAsync()
    {
        Provider = new(endpoints, (await operators.RegisterAsync($"{name}: provider", Role.Provider)).Key);
        Buyer = new(endpoints, (await operators.RegisterAsync($"{name}: buyer", Role.Buyer)).Key);
        var site = await Call.Async(options => Provider.Inventory.CreateSiteAsync(
            new()
            {
                RequestId = Call.NewRequestId(),
                DisplayName = "Colossus 1",
                Region = "us-tn",
                TimeZone = TimeZone
            }, options));
        var pool = new CreatePoolRequest
        {
            RequestId = Call.NewRequestId(),
            SiteId = site.SiteId,
            DisplayName = "Colossus 1",
            ServiceLevel = ServiceLevel.BareMetal,
            NameplateKw = ContractedKw,
            CapacitySteps = { Step(FloorStart, ContractedKw) },
            FloorSteps = { Step(FloorStart, FloorKw), Step(Start, 0) },
        };
        Pool = await Call.Async(options => Provider.Inventory.CreatePoolAsync(pool, options));
        var listing =
            new CreateListingRequest { RequestId = Call.NewRequestId(), PoolId = Pool.PoolId, Offer = Offer() };
        var draft = await Call.Async(options => Provider.Inventory.CreateListingAsync(listing, options));
        var publication = new PublishListingRequest { RequestId = Call.NewRequestId(), ListingId = draft.ListingId };
        var published = await Call.Async(options => Provider.Inventory.PublishListingAsync(publication, options));
        await AskAsync(published.ListingId);
    }

    /// <summary>Negotiates: the buyer's offer, the provider's counter-offer, the buyer's acceptance.</summary>
    public async Task NegotiateAsync()
    {
        var wanted = Quote.Terms.Clone();
        (wanted.Title, wanted.Billing.DueDays) = (name, WantedDueDays);
        var creation =
            new CreateNegotiationRequest { RequestId = Call.NewRequestId(), QuoteId = Quote.QuoteId, Terms = wanted };
        negotiation = await Call.Async(options => Buyer.Leasing.CreateNegotiationAsync(creation, options));

        var countered = wanted.Clone();
        countered.Billing.DueDays = OfferedDueDays;
        var offer = new MakeOfferRequest
        {
            RequestId = Call.NewRequestId(),
            NegotiationId = negotiation.NegotiationId,
            BaseVersion = negotiation.LatestVersion,
            Terms = countered,
        };
        var version = await Call.Async(options => Provider.Leasing.MakeOfferAsync(offer, options));
        CounterOffer = version.Changes;
        var acceptance = new AcceptVersionRequest
        {
            RequestId = Call.NewRequestId(),
            NegotiationId = negotiation.NegotiationId,
            Version = version.Version,
        };
        negotiation = await Call.Async(options => Buyer.Leasing.AcceptVersionAsync(acceptance, options));
    }

    /// <summary>Both sign; the second signature reserves the capacity.</summary>
    public async Task SignAsync()
    {
        foreach (var side in new[] { Provider, Buyer })
        {
            var reading = new GetTermsVersionRequest
            {
                NegotiationId = negotiation!.NegotiationId,
                Version = negotiation.AgreedVersion,
            };
            var version = await Call.Async(options => side.Leasing.GetTermsVersionAsync(reading, options));
            var signature = new SignVersionRequest
            {
                RequestId = Call.NewRequestId(),
                NegotiationId = negotiation.NegotiationId,
                Version = version.Version,
                TermsSha256 = version.TermsSha256,
            };
            negotiation = await Call.Async(options => side.Leasing.SignVersionAsync(signature, options));
        }
        negotiation = await Eventually.Async(
            () => Call.Async(options =>
                Buyer.Leasing.GetNegotiationAsync(new() { NegotiationId = negotiation!.NegotiationId }, options)),
            known => known.State != NegotiationState.Reserving,
            "the capacity is not reserved");
        if (negotiation.State != NegotiationState.Signed)
            throw new DemoException(
                $"The negotiation is {negotiation.State} instead of signed: {negotiation.Shortfalls}");
        Lease = await GetLeaseAsync();
    }

    public async Task<Lease> GetLeaseAsync() =>
        await Call.Async(options => Buyer.Leasing.GetLeaseAsync(new() { LeaseId = negotiation!.LeaseId }, options));

    /// <summary>The buyer asks what a notice would come to, and serves it.</summary>
    public async Task<Notice> ServeNoticeAsync()
    {
        var asking = new CreateTerminationQuoteRequest { RequestId = Call.NewRequestId(), LeaseId = Lease.LeaseId };
        var quote = await Call.Async(options => Buyer.Leasing.CreateTerminationQuoteAsync(asking, options));
        var serving = new ServeNoticeRequest
        {
            RequestId = Call.NewRequestId(),
            TerminationQuoteId = quote.TerminationQuoteId,
        };
        return await Call.Async(options => Buyer.Leasing.ServeNoticeAsync(serving, options));
    }

    public void Dispose()
    {
        Provider?.Dispose();
        Buyer?.Dispose();
    }

    // The buyer's index learns of a listing within moments.
    private async Task AskAsync(string listingId)
    {
        var criteria = new CapacityCriteria
        {
            CapacitySteps = { new CapacityStep { StartDate = Start, EndDate = End, ContractedKw = ContractedKw } },
            ServiceLevel = ServiceLevel.BareMetal,
            CurrencyCode = "USD",
        };
        var asking = new CreateCapacityRequestRequest { RequestId = Call.NewRequestId(), Criteria = criteria };
        var request = await Call.Async(options => Buyer.Leasing.CreateCapacityRequestAsync(asking, options));
        await Eventually.Async(
            () => Call.Async(options => Buyer.Leasing.SearchCapacityAsync(new() { Criteria = criteria }, options)),
            found => found.Matches.Any(match => match.Listing.ListingId == listingId),
            "the search does not find the listing");
        var quoting = new CreateQuoteRequest
        {
            RequestId = Call.NewRequestId(),
            ListingId = listingId,
            CapacityRequestId = request.CapacityRequestId,
        };
        Quote = await Call.Async(options => Buyer.Leasing.CreateQuoteAsync(quoting, options));
    }

    private ListingOffer Offer() => new()
    {
        DisplayName = name,
        StartDate = Start,
        EndDate = End,
        OfferedSteps = { Step(Start, ContractedKw) },
        MinimumLotKw = ContractedKw,
        MaximumLotKw = ContractedKw,
        LotStepKw = ContractedKw,
        Price = new()
        {
            Basis = FeeBasis.FixedMonthly,
            Amount = new() { CurrencyCode = "USD", Units = 1_250_000_000 },
        },
        RampSteps = { new RampStep { StepMonths = 2, Discount = new() { Value = rampDiscount } } },
        NoticeOffers =
        {
            new NoticeOffer
            {
                Party = TerminationParty.Either,
                NoticeDays = 90,
                NoticeBasis = NoticeBasis.Calendar,
                Alignment = TerminationAlignment.Exact,
                Fee = new() { Kind = TerminationFeeKind.None },
            },
        },
        NoticeReceipt = new() { Rule = NoticeReceiptRule.AnyTime },
        DayCount = DayCount.ActMonth,
        Billing = new()
        {
            Cycle = BillingCycle.CalendarMonth,
            Timing = BillingTiming.Advance,
            DueDays = OfferedDueDays,
        },
        MinimumTermMonths = 1,
        MaximumTermMonths = 60,
    };

    private static CurveStep Step(Date start, int kw) => new() { StartDate = start, PowerKw = kw };

    private static Date Day(int year, int month, int day) => new() { Year = year, Month = month, Day = day };
}

/// <summary>The demo cannot go on; the message says why.</summary>
internal sealed class DemoException(string message) : Exception(message);

/// <summary>Waits for what the services do behind a call.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static async Task<T> Async<T>(Func<Task<T>> read, Func<T, bool> isThere, string otherwise)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (isThere(value)) return value;
            if (TimeProvider.System.GetElapsedTime(start) > Patience) throw new DemoException(
                $"After {Patience.TotalSeconds} s {otherwise}.");
            await Task.Delay(Interval);
        }
    }
}
