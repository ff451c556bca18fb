using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.TestServers;

namespace Marketplace.Accounts.Tests;

[Collection(SharedMarket.Name)]
public sealed class IdempotencyTests(MarketFixture fixture)
{
    private readonly Market market = fixture.Market;

    [Fact]
    public async Task CreateOrganisation_Repeated_GivesTheFirstAnswer()
    {
        var request = Request("Repeated");

        var first = await market.Operator.CreateOrganisationAsync(request);
        var second = await market.Operator.CreateOrganisationAsync(request);

        Assert.Equal(first, second);
        Assert.Equal(1, await CountAsync("Repeated"));
    }

    [Fact]
    public async Task CreateOrganisation_TenTwins_HaveOneEffect()
    {
        var request = Request("Twins");

        var answers = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(_ => market.Operator.CreateOrganisationAsync(request).ResponseAsync));

        Assert.Single(answers.Distinct());
        Assert.Equal(1, await CountAsync("Twins"));
    }

    [Fact]
    public async Task CreateOrganisation_SameIdOtherContent_IsRefused()
    {
        var request = Request("Reused");
        await market.Operator.CreateOrganisationAsync(request);
        request.Roles.Add(Role.Provider);

        await Refusal.OfAsync(
            market.Operator.CreateOrganisationAsync(request), StatusCode.FailedPrecondition, "REQUEST_ID_REUSED");
        Assert.Equal(1, await CountAsync("Reused"));
    }

    [Fact]
    public async Task CreateApiKey_WithTheIdOfAnotherMethodsCall_IsRefused()
    {
        var request = Request("Other method");
        var organisation = await market.Operator.CreateOrganisationAsync(request);

        await Refusal.OfAsync(
            market.Operator.CreateApiKeyAsync(new()
            {
                RequestId = request.RequestId,
                OrganisationId = organisation.OrganisationId,
                Scopes = { Scope.AccountsRead },
                SecretSha256 = Secret.Make().Sha256,
            }),
            StatusCode.FailedPrecondition,
            "REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task CreateApiKey_SameIdByTwoOrganisations_AreTwoCalls()
    {
        var (_, first) = await market.RegisterAsync([Role.Buyer]);
        var (_, second) = await market.RegisterAsync([Role.Provider]);
        var requestId = Market.NewId();

        async Task<ApiKey> CreateAsync(string key) =>
            await new AccountsService.AccountsServiceClient(market.Invoker(key)).CreateApiKeyAsync(new()
            {
                RequestId = requestId,
                Scopes = { Scope.AccountsRead },
                SecretSha256 = Secret.Make().Sha256,
            });

        Assert.NotEqual((await CreateAsync(first)).OrganisationId, (await CreateAsync(second)).OrganisationId);
    }

    [Fact]
    public async Task CreateApiKey_AfterAFailedCall_MayUseItsId()
    {
        var request = new CreateApiKeyRequest
        {
            RequestId = Market.NewId(),
            OrganisationId = Market.NewId(),
            Scopes = { Scope.AccountsRead },
            SecretSha256 = Secret.Make().Sha256,
        };
        await Refusal.OfAsync(
            market.Operator.CreateApiKeyAsync(request), StatusCode.NotFound, "ORGANISATION_NOT_FOUND");
        request.OrganisationId = (await market.RegisterAsync([Role.Buyer])).Organisation.OrganisationId;

        Assert.Equal(request.OrganisationId, (await market.Operator.CreateApiKeyAsync(request)).OrganisationId);
    }

    [Fact]
    public async Task CreateOrganisation_AnswersOlderThan30Days_AreForgottenUnlessKeptForEver()
    {
        await using var own = await Market.CreateAsync();
        var (old, kept, young) = (Request("Old"), Request("Kept"), Request("Young"));
        foreach (var request in new[] { old, kept, young }) await own.Operator.CreateOrganisationAsync(request);
        await own.ExecuteAsync("accounts",
            $"""
            update request_log set create_time = now() - interval '31 days'
            where request_id in ('{old.RequestId}', '{kept.RequestId}');
            update request_log set keep_for_ever = true where request_id = '{kept.RequestId}'
            """);

        await own.RestartAsync("accounts");

        await Eventually.AsyncThat(
            async () => await own.CountAsync("accounts", $"request_log where request_id = '{old.RequestId}'") == 0,
            TimeSpan.FromSeconds(30));
        Assert.Equal("Kept", (await own.Operator.CreateOrganisationAsync(kept)).DisplayName);
        Assert.Equal("Young", (await own.Operator.CreateOrganisationAsync(young)).DisplayName);
        // The operator's, the services' and one of each request: what is kept has had no second effect.
        Assert.Equal(5, await own.CountAsync("accounts", "organisation"));
    }

    private static CreateOrganisationRequest Request(string name) => new()
    {
        RequestId = Market.NewId(),
        DisplayName = name,
        Roles = { Role.Buyer },
    };

    private async Task<int> CountAsync(string name) =>
        (await market.Operator.ListOrganisationsAsync(new() { PageSize = 1_000 })).Organisations
            .Count(organisation => organisation.DisplayName == name);
}
