using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class SitesAndPoolsTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly Party other = server.AddParty(Role.Provider);

    [Fact]
    public async Task CreateSite_Valid_IsReadByItsOrganisationAndOperatorsOnly()
    {
        var site = await provider.CreateSiteAsync();

        Assert.Equal(provider.OrganisationId.ToString(), site.OrganisationId);
        Assert.Equal(site, await provider.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
        Assert.Equal(site, await server.Operator.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
        await Errors.RefusedAsync(
            StatusCode.NotFound, "SITE_NOT_FOUND", other.Inventory.GetSiteAsync(new() { SiteId = site.SiteId }));
        Assert.Empty((await other.Inventory.ListSitesAsync(new())).Sites);
    }

    [Theory]
    [InlineData("", "us-tn", "America/Chicago", "display_name")]
    [InlineData("Colossus 1", "US", "America/Chicago", "region")]
    [InlineData("Colossus 1", "us-tn", "Memphis", "time_zone")]
    [InlineData("Colossus 1", "us-tn", "", "time_zone")]
    public async Task CreateSite_WrongField_IsNamed(string name, string region, string zone, string field) =>
        await Errors.FieldRefusedAsync(field, provider.Inventory.CreateSiteAsync(
            new() { RequestId = Party.NewId(), DisplayName = name, Region = region, TimeZone = zone }));

    [Fact]
    public async Task CreateSite_SameRequestIdTwice_MakesOneSite()
    {
        var request =
            new V1.CreateSiteRequest { RequestId = Party.NewId(), DisplayName = "A", Region = "r", TimeZone = "UTC" };

        var first = await provider.Inventory.CreateSiteAsync(request);
        var second = await provider.Inventory.CreateSiteAsync(request);

        Assert.Equal(first, second);
        Assert.Single((await provider.Inventory.ListSitesAsync(new())).Sites);
        request.DisplayName = "B";
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "REQUEST_ID_REUSED", provider.Inventory.CreateSiteAsync(request));
    }

    [Fact]
    public async Task ListSites_ManyPages_EverySiteOnce()
    {
        var made = new List<string>();
        for (var i = 0; i < 5; i++) made.Add((await provider.CreateSiteAsync()).SiteId);

        var read = new List<string>();
        var request = new V1.ListSitesRequest { PageSize = 2 };
        do
        {
            var page = await provider.Inventory.ListSitesAsync(request);
            read.AddRange(page.Sites.Select(site => site.SiteId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(made, read);
    }

    [Fact]
    public async Task CreatePool_FloorThatFalls_IsFreeFromThatDay()
    {
        var pool = await provider.CreatePoolAsync();

        Assert.Equal(Party.Day("2026-04-01"), pool.CalendarStartDate);
        Assert.Equal(Party.Day("2051-04-01"), pool.CalendarEndDate);
        var availability = await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = pool.PoolId });
        Assert.Equal(
            [(Party.Day("2026-04-01"), 300_000, 120_000, 0, 180_000),
                (Party.Day("2026-05-01"), 300_000, 0, 0, 300_000)],
            availability.Steps.Select(
                step => (step.StartDate, step.CapacityKw, step.FloorKw, step.ReservedKw, step.FreeKw)));
        Assert.Equal(Party.Day("2051-04-01"), availability.Steps[^1].EndDate);
    }

    [Fact]
    public async Task CreatePool_FloorAboveCapacity_IsShortAndNamesDaysAndKw()
    {
        var site = await provider.CreateSiteAsync();

        var shortage =
            await Errors.ShortAsync(provider.Inventory.CreatePoolAsync(Party.PoolRequest(site.SiteId, 100, 120)));

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal((Party.Day("2026-04-01"), Party.Day("2026-05-01"), 120, 100, 20),
            (found.StartDate, found.EndDate, found.WantedKw, found.FreeKw, found.ShortKw));
        Assert.Empty((await provider.Inventory.ListPoolsAsync(new())).Pools);
    }

    [Fact]
    public async Task CreatePool_SiteOfAnother_IsNotFound()
    {
        var site = await other.CreateSiteAsync();

        await Errors.RefusedAsync(
            StatusCode.NotFound, "SITE_NOT_FOUND",
                provider.Inventory.CreatePoolAsync(Party.PoolRequest(site.SiteId, 1, 0)));
    }

    [Fact]
    public async Task CreatePool_WrongFields_AreAllNamed()
    {
        var request = Party.PoolRequest((await provider.CreateSiteAsync()).SiteId, 100, 0);
        request.DisplayName = "";
        request.ServiceLevel = Terms.V1.ServiceLevel.Unspecified;
        request.CapacitySteps.Add(Party.Step("2026-03-01", 101));

        foreach (var field in new[] { "display_name", "service_level", "capacity_steps[1].power_kw",
            "capacity_steps[1].start_date" })
            await Errors.FieldRefusedAsync(field, provider.Inventory.CreatePoolAsync(request));
    }

    [Fact]
    public async Task SetCapacityCurve_BelowWhatIsReservedAndKept_IsRefusedAndChangesNothing()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 40);
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 50, "2026-04-10", "2026-04-20", pool.PoolId));

        var shortage = await Errors.ShortAsync(provider.Inventory.SetCapacityCurveAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            CapacitySteps = { Party.Step("2026-04-01", 60) },
        }));

        var found = Assert.Single(shortage.Shortfalls);
        Assert.Equal((Party.Day("2026-04-10"), Party.Day("2026-04-20"), 90, 60, 30),
            (found.StartDate, found.EndDate, found.WantedKw, found.FreeKw, found.ShortKw));
        Assert.Equal(100,
            (await provider.Inventory.GetPoolAsync(new() { PoolId = pool.PoolId })).CapacitySteps.Single().PowerKw);
    }

    [Fact]
    public async Task SetProviderFloor_AboveWhatIsLeft_IsRefused_AndUpToItIsNot()
    {
        var pool = await provider.CreatePoolAsync(capacityKw: 100, floorKw: 0);
        await server.Service.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 70, "2026-04-10", "2026-04-20", pool.PoolId));

        var shortage = await Errors.ShortAsync(provider.Inventory.SetProviderFloorAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, FloorSteps = { Party.Step("2026-04-01", 31) } }));
        var changed = await provider.Inventory.SetProviderFloorAsync(
            new() { RequestId = Party.NewId(), PoolId = pool.PoolId, FloorSteps = { Party.Step("2026-04-01", 30) } });

        Assert.Equal((31, 30, 1),
            (shortage.Shortfalls[0].WantedKw, shortage.Shortfalls[0].FreeKw, shortage.Shortfalls[0].ShortKw));
        Assert.Equal(3, changed.Version);
        var steps = (await provider.Inventory.GetPoolAvailabilityAsync(new() { PoolId = pool.PoolId })).Steps;
        Assert.Equal([(0, 70), (70, 0), (0, 70)], steps.Select(step => (step.ReservedKw, step.FreeKw)));
    }

    [Fact]
    public async Task SetCapacityCurve_PoolOfAnother_IsNotFound() => await Errors.RefusedAsync(
        StatusCode.NotFound,
        "POOL_NOT_FOUND",
        other.Inventory.SetCapacityCurveAsync(
            new() { RequestId = Party.NewId(), PoolId = (await provider.CreatePoolAsync()).PoolId }));

    [Fact]
    public async Task AnyCall_WithoutKeyOrRole_IsRefused()
    {
        var nobody = new V1.InventoryService.InventoryServiceClient(server.WithoutKey);
        await Errors.RefusedAsync(StatusCode.Unauthenticated, "API_KEY_MISSING", nobody.ListListingsAsync(new()));
        var buyer = server.AddParty(Role.Buyer);
        await Errors.RefusedAsync(
            StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED", buyer.Inventory.ListPoolsAsync(new()));
        await Errors.RefusedAsync(
            StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED", provider.Reservations.ReserveCapacityAsync(
            Party.Reservation(provider, 1, "2026-04-10", "2026-04-20", Party.NewId())));
    }

    [Theory]
    [InlineData("2026-03-31", "2026-05-01", "start_date")]
    [InlineData("2026-05-01", "2051-04-02", "end_date")]
    [InlineData("2026-05-01", "2026-05-01", "end_date")]
    public async Task GetPoolAvailability_OutsideTheCalendar_IsRefused(string start, string end, string field)
    {
        var pool = await provider.CreatePoolAsync();

        await Errors.FieldRefusedAsync(field, provider.Inventory.GetPoolAvailabilityAsync(
            new() { PoolId = pool.PoolId, StartDate = Party.Day(start), EndDate = Party.Day(end) }));
    }
}
