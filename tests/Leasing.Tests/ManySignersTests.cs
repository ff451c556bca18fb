using System.Diagnostics;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
using Marketplace.TestServers;
using Xunit.Abstractions;

namespace Marketplace.Leasing.Tests;

/// <summary>Many buyers sign for the last megawatts of one pool of the real Inventory.</summary>
public sealed class ManySignersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Signers = 100;
    private const int Winners = 60;
    private const int LotKw = 5_000;
    private const int LeftKw = 2_000;
    private const int PreparedAtOnceMax = 8;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private Market market = null!;
    private Organisation provider = null!;
    private InventoryService.InventoryServiceClient capacity = null!;
    private string poolId = "";

    public async Task InitializeAsync()
    {
        market = await Market.StartAsync(hasRealInventory: true);
        provider = market.Organisation(Role.Provider);
        capacity = new(market.RealInventory.Invoker(provider.Key));
    }

    public Task DisposeAsync() => market.DisposeAsync().AsTask();

    [Fact]
    public async Task SignVersion_HundredAtOnceForSixtyLots_SixtyLeasesAndTheOthersShortWithDaysAndKw()
    {
        var listing = await ListedAsync();
        var deals = new List<(Organisation Buyer, Negotiation Agreed, SignVersionRequest Signing)>();
        foreach (var chunk in Enumerable.Range(0, Signers).Chunk(PreparedAtOnceMax))
            deals.AddRange(await Task.WhenAll(chunk.Select(_ => AgreedAsync(listing))));

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(deals.Select(async deal =>
        {
            var answer = await deal.Buyer.Client.SignVersionAsync(deal.Signing);
            return (Answer: answer, watch.Elapsed);
        }));
        var answered = watch.Elapsed;
        var left = answers.Count(answer => answer.Answer.State == NegotiationState.Reserving);
        var settled = await Task.WhenAll(deals.Select(SettledAsync));
        var times = answers.Select(answer => answer.Elapsed).Order().ToList();
        output.WriteLine($"{Signers} second signatures: answered in {answered.TotalSeconds:F2} s "
            + $"(median {times[Signers / 2].TotalSeconds:F2} s), {left} of them RESERVING; "
            + $"settled in {watch.Elapsed.TotalSeconds:F2} s");

        var (signed, refused) = (
            settled.Where(deal => deal.State == NegotiationState.Signed).ToList(),
            settled.Where(deal => deal.State == NegotiationState.Short).ToList());
        Assert.Equal((Winners, Signers - Winners), (signed.Count, refused.Count));
        Assert.All(refused, deal =>
        {
            var shortfall = Assert.Single(deal.Shortfalls);
            Assert.Equal((Deal.Day(2026, 5, 1), Deal.Day(2029, 6, 1)), (shortfall.StartDate, shortfall.EndDate));
            Assert.Equal((LotKw, LeftKw, LotKw - LeftKw), (shortfall.WantedKw, shortfall.FreeKw, shortfall.ShortKw));
        });
        var leases = (await provider.Client.ListLeasesAsync(new() { PageSize = 1_000 })).Leases;
        var reservations = (await capacity.ListReservationsAsync(new() { PageSize = 1_000 })).Reservations;
        Assert.Equal(Winners, leases.Count);
        Assert.Equal(
            leases.Select(lease => lease.LeaseId).Order(),
            reservations.Select(reservation => reservation.LeaseId).Order());
        Assert.All(reservations, reservation => Assert.Equal(ReservationState.Reserved, reservation.State));
        var availability = await capacity.GetPoolAvailabilityAsync(
            new() { PoolId = poolId, StartDate = Deal.Day(2026, 5, 1), EndDate = Deal.Day(2029, 6, 1) });
        Assert.Equal([LeftKw], availability.Steps.Select(step => step.FreeKw));
    }

    private async Task<Listing> ListedAsync()
    {
        var site = await capacity.CreateSiteAsync(new()
        {
            RequestId = Market.Id(),
            DisplayName = "Colossus 1",
            Region = "us-south",
            TimeZone = "America/Chicago",
        });
        var power = (Winners * LotKw) + LeftKw;
        var pool = await capacity.CreatePoolAsync(new()
        {
            RequestId = Market.Id(),
            SiteId = site.SiteId,
            DisplayName = "Hall 1",
            ServiceLevel = ServiceLevel.BareMetal,
            AcceleratorModel = "GB200",
            AcceleratorCount = 110_000,
            NameplateKw = power,
            CapacitySteps = { new CurveStep { StartDate = Deal.Day(2026, 4, 15), PowerKw = power } },
        });
        poolId = pool.PoolId;
        var offer = Deal.NewListing(provider, poolId).Offer;
        offer.OfferedSteps[0].PowerKw = power;
        (offer.MinimumLotKw, offer.MaximumLotKw, offer.LotStepKw) = (LotKw, LotKw, 0);
        offer.Price = new()
        {
            Basis = FeeBasis.PerMwMonth,
            Amount = new() { CurrencyCode = "USD", Units = 4_000_000 },
        };
        var draft = await capacity.CreateListingAsync(
            new() { RequestId = Market.Id(), PoolId = poolId, Offer = offer });
        return await capacity.PublishListingAsync(new() { RequestId = Market.Id(), ListingId = draft.ListingId });
    }

    // All but the buyer's signature, which is the second.
    private async Task<(Organisation Buyer, Negotiation Agreed, SignVersionRequest Signing)> AgreedAsync(
        Listing listing)
    {
        var buyer = market.Organisation(Role.Buyer);
        var criteria = Deal.Criteria();
        criteria.CapacitySteps[0].ContractedKw = LotKw;
        var quote = await buyer.Client.CreateQuoteAsync(
            new() { RequestId = Market.Id(), ListingId = listing.ListingId, Criteria = criteria });
        var opened = await buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quote.QuoteId });
        var agreed = await provider.Client.AcceptVersionAsync(
            new() { RequestId = Market.Id(), NegotiationId = opened.NegotiationId, Version = 1 });
        var version = await buyer.Client.GetTermsVersionAsync(new() { NegotiationId = agreed.NegotiationId });
        var signing = new SignVersionRequest
        {
            RequestId = Market.Id(),
            NegotiationId = agreed.NegotiationId,
            Version = 1,
            TermsSha256 = Deal.Hash(version.TermsBytes),
        };
        await provider.Client.SignVersionAsync(signing);
        signing.RequestId = Market.Id();
        return (buyer, agreed, signing);
    }

    private static async Task<Negotiation> SettledAsync(
        (Organisation Buyer, Negotiation Agreed, SignVersionRequest Signing) deal)
    {
        Negotiation? now = null;
        await Eventually.AsyncThat(
            async () => (now = await deal.Buyer.Client.GetNegotiationAsync(
                new() { NegotiationId = deal.Agreed.NegotiationId })).State != NegotiationState.Reserving,
            Long);
        return now!;
    }
}
