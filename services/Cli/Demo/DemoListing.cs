using Google.Type;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;

namespace Marketplace.Cli.Demo;

/// <summary>
/// 300 MW that the provider's own workloads no longer need from May 2026 on, listed by a new provider for a new buyer;
/// in one lot as in the reference deal, or in smaller ones at the same fee each.
/// </summary>
internal sealed class DemoListing : IDisposable
{
    public const int ListedKw = 300_000;
    public const int DueDays = 30;

    private const int FloorKw = 120_000;
    private const string TimeZone = "America/Chicago";

    private static readonly Date FloorStart = Day(2026, 4, 1);
    private static readonly Date Start = Day(2026, 5, 1);
    private static readonly Date End = Day(2029, 6, 1);

    private DemoListing(
        string name, int lotKw, MarketClient provider, MarketClient buyer, Pool pool, string listingId)
    {
        (Name, Provider, Buyer, Pool, ListingId) = (name, provider, buyer, pool, listingId);
        Criteria = new()
        {
            CapacitySteps = { new CapacityStep { StartDate = Start, EndDate = End, ContractedKw = lotKw } },
            ServiceLevel = ServiceLevel.BareMetal,
            CurrencyCode = "USD",
        };
    }

    public string Name { get; }

    public MarketClient Provider { get; }

    public MarketClient Buyer { get; }

    public Pool Pool { get; }

    public string ListingId { get; }

    /// <summary>What the buyer looks for: one lot.</summary>
    public CapacityCriteria Criteria { get; }

    /// <summary>
    /// Registers both sides, describes the site, lists the capacity and waits until the buyer finds it.
    /// </summary>
    public static async Task<DemoListing> CreateAsync(
        MarketEndpoints endpoints, MarketClient operators, string name, string rampDiscount, int lotKw = ListedKw)
    {
        // Who leases out what is idle now may need more another time.
        var provider = new MarketClient(
            endpoints, (await operators.RegisterAsync($"{name}: provider", Role.Provider, Role.Buyer)).Key);
        var buyer = new MarketClient(endpoints, (await operators.RegisterAsync($"{name}: buyer", Role.Buyer)).Key);
        var site = await provider.Inventory.CreateSiteAsync(
            new() { DisplayName = "Colossus 1", Region = "us-tn", TimeZone = TimeZone });
        var pooling = new CreatePoolRequest
        {
            SiteId = site.SiteId,
            DisplayName = "Colossus 1",
            ServiceLevel = ServiceLevel.BareMetal,
            NameplateKw = ListedKw,
            CapacitySteps = { Step(FloorStart, ListedKw) },
            FloorSteps = { Step(FloorStart, FloorKw), Step(Start, 0) },
        };
        var pool = await provider.Inventory.CreatePoolAsync(pooling);
        var listing = new CreateListingRequest
        {
            PoolId = pool.PoolId,
            Offer = Offer(name, rampDiscount, lotKw),
        };
        var draft = await provider.Inventory.CreateListingAsync(listing);
        await provider.Inventory.PublishListingAsync(new() { ListingId = draft.ListingId });
        var listed = new DemoListing(name, lotKw, provider, buyer, pool, draft.ListingId);
        // Leasing's index learns of a listing within moments.
        await Eventually.Async(
            async () => await buyer.Leasing.SearchCapacityAsync(new() { Criteria = listed.Criteria, PageSize = 100 }),
            found => found.Matches.Any(match => match.Listing.ListingId == listed.ListingId),
            "the search does not find the listing");
        return listed;
    }

    public void Dispose()
    {
        Provider.Dispose();
        Buyer.Dispose();
    }

    private static ListingOffer Offer(string name, string rampDiscount, int lotKw) => new()
    {
        DisplayName = name,
        StartDate = Start,
        EndDate = End,
        OfferedSteps = { Step(Start, ListedKw) },
        MinimumLotKw = lotKw,
        MaximumLotKw = lotKw,
        LotStepKw = lotKw,
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
            DueDays = DueDays,
        },
        MinimumTermMonths = 1,
        MaximumTermMonths = 60,
    };

    private static CurveStep Step(Date start, int kw) => new() { StartDate = start, PowerKw = kw };

    private static Date Day(int year, int month, int day) => new() { Year = year, Month = month, Day = day };
}
