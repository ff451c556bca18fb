using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;

namespace Marketplace.Accounts.Tests;

/// <summary>
/// How Accounts itself knows keys; what holds for every RPC of every service stands in Access.Tests.
/// </summary>
[Collection(SharedMarket.Name)]
public sealed class IdentityTests(MarketFixture fixture)
{
    private readonly Market market = fixture.Market;

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer mk_")]
    [InlineData("Bearer mk_00000000-0000-0000-0000-000000000000_00")]
    [InlineData("Bearer mk_1_2_3")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task AnyRpc_WithMalformedKey_IsRefused(string header)
    {
        var client = new AccountsService.AccountsServiceClient(market.Invoker(null));

        await Refusal.OfAsync(
            client.GetOrganisationAsync(new(), new Metadata { { "authorization", header } }),
            StatusCode.Unauthenticated,
            header.Length == 0 ? "API_KEY_MISSING" : "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithUnknownKey_IsRefused()
    {
        var client = Client(Secret.Make().TextOf(Market.NewId()));

        await Refusal.OfAsync(client.GetOrganisationAsync(new()), StatusCode.Unauthenticated, "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithSecretInCapitals_IsRefused()
    {
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var secret = text[^64..];

        await Refusal.OfAsync(
            Client(text[..^64] + secret.ToUpperInvariant()).GetOrganisationAsync(new()),
            StatusCode.Unauthenticated,
            "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithRevokedKeyInUse_IsRefusedWithinASecond()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (key, text) = await market.CreateKeyAsync(organisation.OrganisationId);
        var client = Client(text);
        await client.GetOrganisationAsync(new());

        await market.Operator.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = key.ApiKeyId });
        var revoked = TimeProvider.System.GetTimestamp();

        await Refusal.OfAsync(
            async () =>
            {
                while (TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(5))
                    await client.GetOrganisationAsync(new());
            },
            StatusCode.Unauthenticated,
            "API_KEY_REVOKED");
        // A second, and the time that the last calls took.
        Assert.InRange(TimeProvider.System.GetElapsedTime(revoked).TotalSeconds, 0, 2);
    }

    [Fact]
    public async Task AnyRpc_OversizedMessage_IsRefusedAndChangesNothing()
    {
        var request = new CreateOrganisationRequest
        {
            RequestId = Market.NewId(),
            DisplayName = new string('x', 5 * 1024 * 1024),
            Roles = { Role.Buyer },
        };

        await Refusal.OfAsync(
            market.Operator.CreateOrganisationAsync(request), StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE");

        // The id is free: the call was not remembered.
        request.DisplayName = "Small";
        Assert.Equal("Small", (await market.Operator.CreateOrganisationAsync(request)).DisplayName);
    }

    private AccountsService.AccountsServiceClient Client(string key) => new(market.Invoker(key));
}
