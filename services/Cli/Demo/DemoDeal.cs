using Marketplace.Client;
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

    public MarketClient Provider => listing.Provider;

    public MarketClient Buyer => listing.Buyer;

    public string PoolId => listing.Pool.PoolId;

    public Quote Quote { get; }

    public string NegotiationId => negotiation!.NegotiationId;

    /// <summary>What the provider's counter-offer changed.</summary>
    public IReadOnlyList<FieldChange> CounterOffer { get; private set; } = [];

    public Lease Lease { get; private set; } = null!;

    /// <summary>The buyer asks for one lot of the listing, and takes a quote.</summary>
    public static async Task<DemoDeal> AskAsync(DemoListing listing)
    {
        var request = await listing.Buyer.Leasing.CreateCapacityRequestAsync(new() { Criteria = listing.Criteria });
        return new(listing, await listing.Buyer.Leasing.CreateQuoteAsync(
            new() { ListingId = listing.ListingId, CapacityRequestId = request.CapacityRequestId }));
    }

    /// <summary>Negotiates: the buyer's offer, the provider's counter-offer, the buyer's acceptance.</summary>
    public async Task NegotiateAsync()
    {
        var wanted = Quote.Terms.Clone();
        (wanted.Title, wanted.Billing.DueDays) = (listing.Name, WantedDueDays);
        negotiation = await Buyer.Leasing.CreateNegotiationAsync(new() { QuoteId = Quote.QuoteId, Terms = wanted });

        var countered = wanted.Clone();
        countered.Billing.DueDays = DemoListing.DueDays;
        var offer = new MakeOfferRequest
        {
            NegotiationId = negotiation.NegotiationId,
            BaseVersion = negotiation.LatestVersion,
            Terms = countered,
        };
        var version = await Provider.Leasing.MakeOfferAsync(offer);
        CounterOffer = version.Changes;
        negotiation = await Buyer.Leasing.AcceptVersionAsync(
            new() { NegotiationId = negotiation.NegotiationId, Version = version.Version });
    }

    /// <summary>Signs the agreed version for one side; the second signature reserves the capacity.</summary>
    public async Task<Negotiation> SignAsync(MarketClient side)
    {
        var version = await side.Leasing.GetTermsVersionAsync(
            new() { NegotiationId = negotiation!.NegotiationId, Version = negotiation.AgreedVersion });
        var signature = new SignVersionRequest
        {
            NegotiationId = negotiation.NegotiationId,
            Version = version.Version,
            TermsSha256 = version.TermsSha256,
        };
        return negotiation = await side.Leasing.SignVersionAsync(signature);
    }

    /// <summary>Waits for Inventory's answer to both signatures.</summary>
    public async Task<Negotiation> SettleAsync() => negotiation = await Eventually.Async(
        async () => await Buyer.Leasing.GetNegotiationAsync(new() { NegotiationId = negotiation!.NegotiationId }),
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
        await Buyer.Leasing.GetLeaseAsync(new() { LeaseId = negotiation!.LeaseId });

    /// <summary>The buyer asks what a notice would come to, and serves it.</summary>
    public async Task<Notice> ServeNoticeAsync()
    {
        var quote = await Buyer.Leasing.CreateTerminationQuoteAsync(new() { LeaseId = Lease.LeaseId });
        return await Buyer.Leasing.ServeNoticeAsync(new() { TerminationQuoteId = quote.TerminationQuoteId });
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
