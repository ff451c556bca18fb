using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.TestServers;

namespace Marketplace.Client.Tests;

/// <summary>Calls to the real Accounts.</summary>
[Collection(SharedMarket.Name)]
public sealed class RealAccountsTests(RealMarket market) : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly MarketClient direct = new(market.Endpoints, market.OperatorKey);
    private readonly MarketClient client = new(market.Gates, market.OperatorKey);

    public void Dispose()
    {
        direct.Dispose();
        client.Dispose();
    }

    [Fact]
    public async Task Mutation_ConnectionCutAfterItsEffect_HasOneEffectAndItsAnswer()
    {
        var name = $"Cut {Guid.CreateVersion7()}";
        await client.Accounts.GetMarketClockAsync(new());
        var connections = market.AccountsGate.Connections;
        market.AccountsGate.KeepAnswersBack();

        var call = client.Accounts.CreateOrganisationAsync(
            new() { DisplayName = name, Roles = { Role.Buyer } }).ResponseAsync;
        await Eventually.AsyncThat(async () => (await NamedAsync(name)).Count == 1, Long);
        Assert.False(call.IsCompleted);
        market.AccountsGate.Cut();
        var organisation = await call;

        Assert.Equal(organisation, Assert.Single(await NamedAsync(name)));
        Assert.True(market.AccountsGate.Connections > connections);
    }

    [Fact]
    public async Task Mutations_ConnectionCutAgainAndAgain_EachHasOneEffect()
    {
        const int Count = 40;
        var prefix = $"Often {Guid.CreateVersion7()}";
        var made = new List<Organisation>();

        for (var i = 0; i < Count; i++)
        {
            var call = client.Accounts.CreateOrganisationAsync(
                new() { DisplayName = $"{prefix} {i:D2}", Roles = { Role.Buyer } }).ResponseAsync;
            // Before, during or after its effect: as it comes.
            if (i % 4 == 3) market.AccountsGate.Cut();
            made.Add(await call);
        }

        Assert.Equal(
            made.OrderBy(organisation => organisation.DisplayName, StringComparer.Ordinal),
            (await NamedAsync(prefix)).OrderBy(organisation => organisation.DisplayName, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Mutation_WrongFields_NamesAllOfThem()
    {
        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.CreateOrganisationAsync(new()).ResponseAsync);

        Assert.Equal((StatusCode.InvalidArgument, "INVALID_FIELDS"), (error.StatusCode, error.Reason));
        Assert.Equal(
            [("display_name", "REQUIRED"), ("roles", "REQUIRED")],
            error.FieldViolations.Select(violation => (violation.Field, violation.Reason)));
        Assert.All(error.FieldViolations, violation => Assert.NotEmpty(violation.Description));
    }

    [Fact]
    public async Task Mutation_RequestIdOfAnother_IsRefusedWithTheId()
    {
        var requestId = MarketClient.NewRequestId();
        await client.Accounts.CreateOrganisationAsync(
            new() { RequestId = requestId, DisplayName = "First", Roles = { Role.Buyer } });

        var error = await Assert.ThrowsAsync<MarketException>(() => client.Accounts.CreateOrganisationAsync(
            new() { RequestId = requestId, DisplayName = "Second", Roles = { Role.Buyer } }).ResponseAsync);

        Assert.Equal("REQUEST_ID_REUSED", error.Reason);
        Assert.Equal([new("request_id", requestId)], error.Metadata);
        Assert.Equal(requestId, error.RequestId);
    }

    [Fact]
    public async Task Read_Unknown_IsNotFoundWithTheId()
    {
        var id = Guid.CreateVersion7().ToString();

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetOrganisationAsync(new() { OrganisationId = id }).ResponseAsync);

        Assert.Equal((StatusCode.NotFound, "ORGANISATION_NOT_FOUND"), (error.StatusCode, error.Reason));
        Assert.Equal([new("id", id)], error.Metadata);
    }

    [Fact]
    public async Task ApiKeySecret_OfANewKey_IsAccepted()
    {
        using var buyer = new MarketClient(market.Gates, await market.RegisterAsync(Role.Buyer));

        var clock = await buyer.Accounts.GetMarketClockAsync(new());

        Assert.Equal(ClockMode.Sandbox, clock.Mode);
    }

    private async Task<List<Organisation>> NamedAsync(string prefix)
    {
        var named = new List<Organisation>();
        var request = new ListOrganisationsRequest { PageSize = 100 };
        do
        {
            var page = await direct.Accounts.ListOrganisationsAsync(request);
            named.AddRange(page.Organisations.Where(
                organisation => organisation.DisplayName.StartsWith(prefix, StringComparison.Ordinal)));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return named;
    }
}
