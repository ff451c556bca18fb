using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;

namespace Marketplace.Accounts.Tests;

[Collection(SharedMarket.Name)]
public sealed class OrganisationTests(MarketFixture fixture)
{
    private readonly Market market = fixture.Market;

    [Fact]
    public async Task CreateOrganisation_ProviderAndBuyer_HasBothRoles()
    {
        var created = await market.Operator.CreateOrganisationAsync(new()
        {
            RequestId = Market.NewId(),
            DisplayName = "Hybrid \u00e9\U0001F50B",
            Roles = { Role.Buyer, Role.Provider },
        });

        var found = await market.Operator.GetOrganisationAsync(new() { OrganisationId = created.OrganisationId });
        Assert.Equal(created, found);
        Assert.Equal([Role.Provider, Role.Buyer], found.Roles);
        Assert.Equal("Hybrid \u00e9\U0001F50B", found.DisplayName);
    }

    [Fact]
    public async Task CreateOrganisation_WrongFields_NamesAllAtOnce()
    {
        var fields = await Refusal.FieldsOfAsync(market.Operator.CreateOrganisationAsync(new()
        {
            RequestId = "1",
            DisplayName = new string('x', 201),
            Roles = { Role.Buyer, Role.Operator, Role.Buyer, (Role)99 },
        }));

        Assert.Equal(["display_name", "request_id", "roles[1]", "roles[2]", "roles[3]"], fields);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task CreateOrganisation_UnusableName_IsRefused(string name)
    {
        var fields = await Refusal.FieldsOfAsync(market.Operator.CreateOrganisationAsync(new()
        {
            RequestId = Market.NewId(),
            DisplayName = name,
            Roles = { Role.Buyer },
        }));

        Assert.Equal(["display_name"], fields);
    }

    [Fact]
    public async Task CreateOrganisation_LongestName_IsTaken()
    {
        // 200 characters that take two UTF-16 units each.
        var name = string.Concat(Enumerable.Repeat("\U0001F50B", 200));
        var created = await market.Operator.CreateOrganisationAsync(new()
        {
            RequestId = Market.NewId(),
            DisplayName = name,
            Roles = { Role.Buyer },
        });

        Assert.Equal(name, created.DisplayName);
    }

    [Fact]
    public async Task GetOrganisation_Empty_IsTheCallersOwn()
    {
        var (organisation, key) = await market.RegisterAsync([Role.Buyer], Scope.AccountsRead);

        var own = await Client(key).GetOrganisationAsync(new());

        Assert.Equal(organisation, own);
    }

    [Fact]
    public async Task GetOrganisation_AnotherOrganisation_IsNotFound()
    {
        var (other, _) = await market.RegisterAsync([Role.Provider]);
        var (_, key) = await market.RegisterAsync([Role.Buyer]);

        await Refusal.OfAsync(
            Client(key).GetOrganisationAsync(new() { OrganisationId = other.OrganisationId }),
            StatusCode.NotFound,
            "ORGANISATION_NOT_FOUND");
    }

    [Fact]
    public async Task GetOrganisation_ByService_FindsAny()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Provider]);

        var found = await Client(market.ServiceKey).GetOrganisationAsync(
            new() { OrganisationId = organisation.OrganisationId });

        Assert.Equal(organisation, found);
    }

    [Fact]
    public async Task ListOrganisations_InPages_ReturnsEachOnceInOrder()
    {
        var made = new List<string>();
        for (var i = 0; i < 5; i++) made.Add((await market.RegisterAsync([Role.Provider])).Organisation.OrganisationId);

        var listed = new List<string>();
        var token = "";
        do
        {
            var page = await market.Operator.ListOrganisationsAsync(
                new() { PageSize = 2, PageToken = token, Role = Role.Provider });
            Assert.InRange(page.Organisations.Count, 1, 2);
            Assert.All(page.Organisations, organisation => Assert.Contains(Role.Provider, organisation.Roles));
            listed.AddRange(page.Organisations.Select(organisation => organisation.OrganisationId));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(listed.Order(StringComparer.Ordinal), listed);
        Assert.Equal(listed.Distinct(), listed);
        Assert.Subset(listed.ToHashSet(), made.ToHashSet());
    }

    [Theory]
    [InlineData(-1, "", "page_size")]
    [InlineData(1001, "", "page_size")]
    [InlineData(1, "nonsense", "page_token")]
    public async Task ListOrganisations_WrongPage_IsRefused(int size, string token, string field)
    {
        var fields = await Refusal.FieldsOfAsync(
            market.Operator.ListOrganisationsAsync(new() { PageSize = size, PageToken = token }));

        Assert.Equal([field], fields);
    }

    private AccountsService.AccountsServiceClient Client(string key) => new(market.Invoker(key));
}
