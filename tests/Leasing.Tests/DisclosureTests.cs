using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
using Marketplace.TestServers;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

/// <summary>A blind listing of the real Inventory, which Leasing has to know whole.</summary>
public sealed class DisclosureTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private Market market = null!;

    public async Task InitializeAsync() => market = await Market.StartAsync(hasRealInventory: true);

    public Task DisposeAsync() => market.DisposeAsync().AsTask();

    [Fact]
    public async Task CreateNegotiation_OnABlindListing_ShowsTheBuyerInInventoryTooWhoseItIs()
    {
        var (provider, buyer, other, rival) = (
            market.Organisation(Role.Provider), market.Organisation(Role.Buyer), market.Organisation(Role.Buyer),
            market.Organisation(Role.Buyer));
        var listing = await ListedAsync(provider, rival);
        var quote = new CreateQuoteRequest { ListingId = listing.ListingId, Criteria = Deal.Criteria() };
        await Eventually.AsyncThat(async () => await FindAsync(buyer) == "", Long);

        await Refused.NotFoundAsync("LISTING_NOT_FOUND", rival.Client.CreateQuoteAsync(Anew(quote)));
        var quoted = await buyer.Client.CreateQuoteAsync(Anew(quote));
        Assert.Equal("", (await GetAsync(buyer, listing)).OrganisationId);
        var opened = await buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quoted.QuoteId });

        Assert.Equal(("", provider.Id), (quoted.ProviderOrganisationId, opened.ProviderOrganisationId));
        await Eventually.AsyncThat(async () => (await GetAsync(buyer, listing)).OrganisationId == provider.Id, Long);
        Assert.Equal(provider.Id, await FindAsync(buyer));
        Assert.Equal(("", ""), ((await GetAsync(other, listing)).OrganisationId, await FindAsync(other)));
        Assert.Null(await FindAsync(rival));
        await Refused.WithAsync(StatusCode.NotFound, "LISTING_NOT_FOUND", () => GetAsync(rival, listing));
    }

    private async Task<Listing> ListedAsync(Organisation provider, Organisation rival)
    {
        var capacity = Inventory(provider);
        var site = await capacity.CreateSiteAsync(new()
        {
            RequestId = Market.Id(),
            DisplayName = "Colossus 1",
            Region = "us-south",
            TimeZone = "America/Chicago",
        });
        var pool = await capacity.CreatePoolAsync(new()
        {
            RequestId = Market.Id(),
            SiteId = site.SiteId,
            DisplayName = "Hall 1",
            ServiceLevel = ServiceLevel.BareMetal,
            AcceleratorModel = "GB200",
            NameplateKw = Deal.Kw,
            CapacitySteps = { new CurveStep { StartDate = Deal.Day(2026, 4, 15), PowerKw = Deal.Kw } },
        });
        var offer = Deal.NewListing(provider, pool.PoolId).Offer;
        offer.Visibility = ListingVisibility.Blind;
        offer.ExcludedOrganisationIds.Add(rival.Id);
        var draft = await capacity.CreateListingAsync(
            new() { RequestId = Market.Id(), PoolId = pool.PoolId, Offer = offer });
        return await capacity.PublishListingAsync(new() { RequestId = Market.Id(), ListingId = draft.ListingId });
    }

    private InventoryService.InventoryServiceClient Inventory(Organisation by) =>
        new(market.RealInventory.Invoker(by.Key));

    private async Task<Listing> GetAsync(Organisation by, Listing listing) =>
        await Inventory(by).GetListingAsync(new() { ListingId = listing.ListingId });

    /// <summary>Whose the one listing is that a search finds; null: it finds none.</summary>
    private static async Task<string?> FindAsync(Organisation by)
    {
        try
        {
            return (await by.Client.SearchCapacityAsync(new() { Criteria = Deal.Criteria() })).Matches
                .SingleOrDefault()?.Listing.OrganisationId;
        }
        catch (Grpc.Core.RpcException notReady) when (notReady.StatusCode == StatusCode.Unavailable)
        {
            return null;
        }
    }

    private static CreateQuoteRequest Anew(CreateQuoteRequest request)
    {
        var anew = request.Clone();
        anew.RequestId = Market.Id();
        return anew;
    }
}
