using Marketplace.Leasing.V1;

namespace Marketplace.Cli.Demo;

/// <summary>
/// One deal on a listing up to the signatures and to its notice: asked for, quoted, negotiated in one counter-offer
/// round and signed by both sides.
/// </summary>
internal sealed class DemoDeal
{
    private const int WantedDueDays = 45;

    private readonly DemoListing listing;
    private Negotiation? negotiation;

    private DemoDeal(DemoListing listing, Quote quote) => (this.listing, Quote) = (listing, quote);

    public MarketClients Provider => listing.Provider;

    public MarketClients Buyer => listing.Buyer;

    public string PoolId => listing.Pool.PoolId;

    public Quote Quote { get; }

    public string NegotiationId => negotiation!.NegotiationId;

    /// <summary>What the provider's counter-offer changed.</summary>
    public IReadOnlyList<FieldChange> CounterOffer { get; private set; } = [];

    public Lease Lease { get; private set; } = null!;

    /// <summary>The buyer asks for one lot of the listing, and takes a quote.</summary>
    public static async Task<DemoDeal> AskAsync(DemoListing listing)
    {
        var asking = new CreateCapacityRequestRequest { RequestId = Call.NewRequestId(), Criteria = listing.Criteria };
        var request = await Call.Async(options => listing.Buyer.Leasing.CreateCapacityRequestAsync(asking, options));
        var quoting = new CreateQuoteRequest
        {
            RequestId = Call.NewRequestId(),
            ListingId = listing.ListingId,
            CapacityRequestId = request.CapacityRequestId,
        };
        return new(listing, await Call.Async(options => listing.Buyer.Leasing.CreateQuoteAsync(quoting, options)));
    }

    /// <summary>Negotiates: the buyer's offer, the provider's counter-offer, the buyer's acceptance.</summary>
    public async Task NegotiateAsync()
    {
        var wanted = Quote.Terms.Clone();
        (wanted.Title, wanted.Billing.DueDays) = (listing.Name, WantedDueDays);
        var creation =
            new CreateNegotiationRequest { RequestId = Call.NewRequestId(), QuoteId = Quote.QuoteId, Terms = wanted };
        negotiation = await Call.Async(options => Buyer.Leasing.CreateNegotiationAsync(creation, options));

        var countered = wanted.Clone();
        countered.Billing.DueDays = DemoListing.DueDays;
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

    /// <summary>Signs the agreed version for one side; the second signature reserves the capacity.</summary>
    public async Task<Negotiation> SignAsync(MarketClients side)
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
        return negotiation = await Call.Async(options => side.Leasing.SignVersionAsync(signature, options));
    }

    /// <summary>Waits for Inventory's answer to both signatures.</summary>
    public async Task<Negotiation> SettleAsync() => negotiation = await Eventually.Async(
        () => Call.Async(options =>
            Buyer.Leasing.GetNegotiationAsync(new() { NegotiationId = negotiation!.NegotiationId }, options)),
        known => known.State != NegotiationState.Reserving,
        "the capacity is not reserved");

    /// <summary>Waits for Inventory's answer, which has to be yes.</summary>
    public async Task LeaseAsync()
    {
        var settled = await SettleAsync();
        if (settled.State != NegotiationState.Signed)
            throw new DemoException($"The negotiation is {settled.State} instead of signed: {settled.Shortfalls}");
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
}

/// <summary>The demo cannot go on; the message says why.</summary>
internal sealed class DemoException(string message) : Exception(message);

/// <summary>Waits for what the services do behind a call.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
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
