using Grpc.Core;

namespace Marketplace.Inventory.Tests;

/// <summary>An organisation that calls the service with its own key.</summary>
internal sealed class Party(Guid organisationId, CallInvoker invoker)
{
    public Guid OrganisationId { get; } = organisationId;

    public CallInvoker Invoker { get; } = invoker;

    public V1.InventoryService.InventoryServiceClient Inventory { get; } = new(invoker);

    public V1.CapacityReservationService.CapacityReservationServiceClient Reservations { get; } = new(invoker);

    public static string NewId() => Guid.CreateVersion7().ToString();

    public async Task<V1.Site> CreateSiteAsync(string timeZone = "America/Chicago") =>
        await Inventory.CreateSiteAsync(
            new() { RequestId = NewId(), DisplayName = "Colossus 1", Region = "us-tn", TimeZone = timeZone });

    /// <summary>
    /// A pool of 300 MW from 2026-04-01, of which the floor keeps 120 MW until 2026-05-01, unless told otherwise.
    /// </summary>
    public async Task<V1.Pool> CreatePoolAsync(int capacityKw = 300_000, int floorKw = 120_000) =>
        await Inventory.CreatePoolAsync(PoolRequest((await CreateSiteAsync()).SiteId, capacityKw, floorKw));

    public static V1.CreatePoolRequest PoolRequest(string siteId, int capacityKw, int floorKw) => new()
    {
        RequestId = NewId(),
        SiteId = siteId,
        DisplayName = "Hall 1",
        ServiceLevel = Terms.V1.ServiceLevel.ManagedCluster,
        AcceleratorModel = "GB200",
        AcceleratorCount = 110_000,
        NameplateKw = Math.Max(1, capacityKw),
        CapacitySteps = { Step("2026-04-01", capacityKw) },
        FloorSteps = { Step("2026-04-01", floorKw), Step("2026-05-01", 0) },
    };

    public async Task<V1.Listing> CreateListingAsync(string poolId, Action<V1.ListingOffer>? change = null)
    {
        var offer = Offer();
        change?.Invoke(offer);
        return await Inventory.CreateListingAsync(new() { RequestId = NewId(), PoolId = poolId, Offer = offer });
    }

    public async Task<V1.Listing> PublishAsync(string listingId) =>
        await Inventory.PublishListingAsync(new() { RequestId = NewId(), ListingId = listingId });

    public static V1.ListingOffer Offer() => new()
    {
        DisplayName = "All of it",
        StartDate = Day("2026-05-01"),
        EndDate = Day("2029-06-01"),
        OfferedSteps = { Step("2026-05-01", 300_000) },
        MinimumLotKw = 300_000,
        MaximumLotKw = 300_000,
        Price = new()
        {
            Basis = Terms.V1.FeeBasis.FixedMonthly,
            Amount = new() { CurrencyCode = "USD", Units = 1_250_000_000 },
        },
        RampSteps = { new V1.RampStep { StepMonths = 2, Discount = new() { Value = "0.5" } } },
        NoticeOffers =
        {
            new V1.NoticeOffer
            {
                Party = Terms.V1.TerminationParty.Either,
                NoticeDays = 90,
                NoticeBasis = Terms.V1.NoticeBasis.Calendar,
                Alignment = Terms.V1.TerminationAlignment.Exact,
                Fee = new() { Kind = Terms.V1.TerminationFeeKind.None },
            },
        },
        NoticeReceipt = new() { Rule = Terms.V1.NoticeReceiptRule.AnyTime },
        DayCount = Terms.V1.DayCount.ActMonth,
        Billing = new()
        {
            Cycle = Terms.V1.BillingCycle.CalendarMonth,
            Timing = Terms.V1.BillingTiming.Advance,
            DueDays = 30,
        },
    };

    /// <summary>One tranche of one step, unless more pools are named.</summary>
    public static V1.ReserveCapacityRequest Reservation(
        Party provider, int kw, string start, string end, params string[] poolIds)
    {
        var request = new V1.ReserveCapacityRequest
        {
            RequestId = NewId(),
            LeaseId = NewId(),
            ProviderOrganisationId = provider.OrganisationId.ToString(),
            BuyerOrganisationId = NewId(),
        };
        request.Tranches.Add(poolIds.Select((poolId, i) => new V1.TrancheProfile
        {
            TrancheId = $"hall-{i}",
            PoolId = poolId,
            Steps = { new V1.ReservedStep { StartDate = Day(start), EndDate = Day(end), ReservedKw = kw } },
        }));
        return request;
    }

    public static V1.CurveStep Step(string start, int kw) => new() { StartDate = Day(start), PowerKw = kw };

    public static Google.Type.Date Day(string date)
    {
        var day = DateOnly.ParseExact(date, "yyyy-MM-dd");
        return new() { Year = day.Year, Month = day.Month, Day = day.Day };
    }
}
