using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;

namespace Marketplace.Accounts.Tests;

[Collection(SharedMarket.Name)]
public sealed class ApiKeyTests(MarketFixture fixture)
{
    private readonly Market market = fixture.Market;

    [Fact]
    public async Task CreateApiKey_ByOperatorForAnother_HasItsOrganisationAndScopes()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var operatorOrganisation = await market.Operator.GetOrganisationAsync(new());

        var (key, text) = await market.CreateKeyAsync(
            organisation.OrganisationId, Scope.AccountsRead, Scope.LeasingSign);

        Assert.Equal(organisation.OrganisationId, key.OrganisationId);
        Assert.Equal(operatorOrganisation.OrganisationId, key.CreatorOrganisationId);
        Assert.Equal([Scope.AccountsRead, Scope.LeasingSign], key.Scopes);
        Assert.Equal(ApiKeyState.Active, key.State);
        Assert.Equal(TimeSpan.FromDays(366), key.ExpireTime.ToDateTime() - key.CreateTime.ToDateTime());
        Assert.Equal(key, await Client(text).GetApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }));
    }

    [Fact]
    public async Task CreateApiKey_WithScopesThatTheCallerLacks_NamesThem()
    {
        var (_, text) = await market.RegisterAsync([Role.Buyer], Scope.AccountsWrite);

        var refused = await Refusal.OfAsync(
            Client(text).CreateApiKeyAsync(Request(Scope.AccountsWrite, Scope.LeasingSign)),
            StatusCode.PermissionDenied,
            "SCOPE_NOT_HELD");

        Assert.Equal("SCOPE_LEASING_SIGN", Refusal.DetailOf<ErrorInfo>(refused).Metadata["scopes"]);
    }

    [Fact]
    public async Task CreateApiKey_WithScopesThatTheCallerHas_Works()
    {
        var (organisation, text) = await market.RegisterAsync([Role.Buyer], Scope.AccountsWrite, Scope.AccountsRead);
        var secret = Secret.Make();

        var request = Request(Scope.AccountsRead);
        request.SecretSha256 = secret.Sha256;
        var key = await Client(text).CreateApiKeyAsync(request);

        Assert.Equal(organisation, await Client(secret.TextOf(key.ApiKeyId)).GetOrganisationAsync(new()));
    }

    [Fact]
    public async Task CreateApiKey_ByOperatorForItself_NeedsTheScopes()
    {
        var own = (await market.Operator.GetOrganisationAsync(new())).OrganisationId;
        var (_, text) = await market.CreateKeyAsync(own, Scope.AccountsWrite);

        await Refusal.OfAsync(
            Client(text).CreateApiKeyAsync(Request(Scope.OperationsWrite)),
            StatusCode.PermissionDenied,
            "SCOPE_NOT_HELD");
    }

    [Fact]
    public async Task CreateApiKey_ForAnotherOrganisation_IsNotFound()
    {
        var (other, _) = await market.RegisterAsync([Role.Provider]);
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var request = Request(Scope.AccountsRead);
        request.OrganisationId = other.OrganisationId;

        await Refusal.OfAsync(Client(text).CreateApiKeyAsync(request), StatusCode.NotFound, "ORGANISATION_NOT_FOUND");
        var keys = await market.Operator.ListApiKeysAsync(new() { OrganisationId = other.OrganisationId });
        Assert.Single(keys.ApiKeys);
    }

    [Fact]
    public async Task CreateApiKey_ForUnknownOrganisation_IsNotFound()
    {
        var request = Request(Scope.AccountsRead);
        request.OrganisationId = Market.NewId();

        await Refusal.OfAsync(
            market.Operator.CreateApiKeyAsync(request), StatusCode.NotFound, "ORGANISATION_NOT_FOUND");
    }

    [Fact]
    public async Task CreateApiKey_SecretOfAnotherKey_IsRefused()
    {
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var request = Request(Scope.AccountsRead);
        await Client(text).CreateApiKeyAsync(request);
        request.RequestId = Market.NewId();

        await Refusal.OfAsync(
            Client(text).CreateApiKeyAsync(request), StatusCode.FailedPrecondition, "API_KEY_SECRET_REUSED");
    }

    [Fact]
    public async Task CreateApiKey_WrongFields_NamesAllAtOnce()
    {
        var fields = await Refusal.FieldsOfAsync(market.Operator.CreateApiKeyAsync(new()
        {
            OrganisationId = "x",
            DisplayName = new string('x', 201),
            Scopes = { Scope.Unspecified },
            SecretSha256 = ByteString.CopyFrom(1, 2, 3),
            ExpireTime = new() { Seconds = long.MaxValue },
        }));

        Assert.Equal(
            ["display_name", "expire_time", "organisation_id", "request_id", "scopes[0]", "secret_sha256"], fields);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(367)]
    public async Task CreateApiKey_ExpiryOutOfRange_IsRefused(int daysAhead)
    {
        var request = Request(Scope.AccountsRead);
        request.ExpireTime = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(daysAhead));

        Assert.Equal(["expire_time"], await Refusal.FieldsOfAsync(market.Operator.CreateApiKeyAsync(request)));
    }

    [Fact]
    public async Task RotateApiKey_WithOverlap_BothKeysWork()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (old, oldText) = await market.CreateKeyAsync(organisation.OrganisationId);
        var secret = Secret.Make();

        var successor = await Client(oldText).RotateApiKeyAsync(Rotation(old, secret));

        Assert.Equal(old.ApiKeyId, successor.PredecessorApiKeyId);
        Assert.Equal(old.Scopes, successor.Scopes);
        Assert.Equal(old.DisplayName, successor.DisplayName);
        var rotated = await Client(secret.TextOf(successor.ApiKeyId)).GetApiKeyAsync(new() { ApiKeyId = old.ApiKeyId });
        Assert.Equal(successor.ApiKeyId, rotated.SuccessorApiKeyId);
        Assert.Equal(ApiKeyState.Active, rotated.State);
        Assert.Equal(86_400, (rotated.ExpireTime.ToDateTime() - successor.CreateTime.ToDateTime()).TotalSeconds, 0.5);
        await Client(oldText).GetOrganisationAsync(new());
    }

    [Fact]
    public async Task RotateApiKey_Twice_IsRefused()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (old, text) = await market.CreateKeyAsync(organisation.OrganisationId);
        await Client(text).RotateApiKeyAsync(Rotation(old, Secret.Make()));

        await Refusal.OfAsync(
            Client(text).RotateApiKeyAsync(Rotation(old, Secret.Make())),
            StatusCode.FailedPrecondition,
            "API_KEY_ALREADY_ROTATED");
    }

    [Fact]
    public async Task RotateApiKey_TenAtOnce_GivesOneSuccessor()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (old, text) = await market.CreateKeyAsync(organisation.OrganisationId);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                await Client(text).RotateApiKeyAsync(Rotation(old, Secret.Make()));
                return "";
            }
            catch (RpcException exception)
            {
                return ServiceDefaults.RpcErrors.ReasonOf(exception);
            }
        }));

        Assert.Single(outcomes, "");
        Assert.Equal(9, outcomes.Count(outcome => outcome == "API_KEY_ALREADY_ROTATED"));
    }

    [Fact]
    public async Task RotateApiKey_WithoutOverlap_OldKeyIsExpired()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (old, text) = await market.CreateKeyAsync(organisation.OrganisationId);
        var request = Rotation(old, Secret.Make());
        request.OverlapSeconds = 0;
        await market.Operator.RotateApiKeyAsync(request);

        var expired = await market.Operator.GetApiKeyAsync(new() { ApiKeyId = old.ApiKeyId });
        Assert.Equal(ApiKeyState.Expired, expired.State);
        await Refusal.OfAsync(Client(text).GetOrganisationAsync(new()), StatusCode.Unauthenticated, "API_KEY_EXPIRED");
        await Refusal.OfAsync(
            market.Operator.RotateApiKeyAsync(Rotation(old, Secret.Make())),
            StatusCode.FailedPrecondition,
            "API_KEY_NOT_ACTIVE");
    }

    [Fact]
    public async Task RotateApiKey_WithMoreScopesThanTheCaller_IsRefused()
    {
        var (organisation, weak) = await market.RegisterAsync([Role.Buyer], Scope.AccountsWrite);
        var (strong, _) = await market.CreateKeyAsync(organisation.OrganisationId, Scope.LeasingSign);

        await Refusal.OfAsync(
            Client(weak).RotateApiKeyAsync(Rotation(strong, Secret.Make())),
            StatusCode.PermissionDenied,
            "SCOPE_NOT_HELD");
    }

    [Fact]
    public async Task RotateApiKey_OverlapOutOfRange_IsRefused()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (old, _) = await market.CreateKeyAsync(organisation.OrganisationId);
        var request = Rotation(old, Secret.Make());
        request.OverlapSeconds = 2_592_001;

        Assert.Equal(["overlap_seconds"], await Refusal.FieldsOfAsync(market.Operator.RotateApiKeyAsync(request)));
    }

    [Fact]
    public async Task RevokeApiKey_Again_StaysAsItIs()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (key, _) = await market.CreateKeyAsync(organisation.OrganisationId);

        var first = await market.Operator.RevokeApiKeyAsync(
            new() { RequestId = Market.NewId(), ApiKeyId = key.ApiKeyId });
        var second = await market.Operator.RevokeApiKeyAsync(
            new() { RequestId = Market.NewId(), ApiKeyId = key.ApiKeyId });

        Assert.Equal(ApiKeyState.Revoked, first.State);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task ApiKey_OfAnotherOrganisation_IsNotFound()
    {
        var (other, _) = await market.RegisterAsync([Role.Provider]);
        var (key, _) = await market.CreateKeyAsync(other.OrganisationId);
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var client = Client(text);

        await Refusal.OfAsync(
            client.GetApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }), StatusCode.NotFound, "API_KEY_NOT_FOUND");
        await Refusal.OfAsync(
            client.RotateApiKeyAsync(Rotation(key, Secret.Make())), StatusCode.NotFound, "API_KEY_NOT_FOUND");
        await Refusal.OfAsync(
            client.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = key.ApiKeyId }),
            StatusCode.NotFound,
            "API_KEY_NOT_FOUND");
        await Refusal.OfAsync(
            client.ListApiKeysAsync(new() { OrganisationId = other.OrganisationId }),
            StatusCode.NotFound,
            "ORGANISATION_NOT_FOUND");
        Assert.Equal(key, await market.Operator.GetApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }));
    }

    [Fact]
    public async Task ListApiKeys_ByState_ReturnsThoseAlone()
    {
        var (organisation, text) = await market.RegisterAsync([Role.Buyer]);
        var (revoked, _) = await market.CreateKeyAsync(organisation.OrganisationId);
        var (expired, _) = await market.CreateKeyAsync(organisation.OrganisationId);
        await market.Operator.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = revoked.ApiKeyId });
        var rotation = Rotation(expired, Secret.Make());
        rotation.OverlapSeconds = 0;
        await market.Operator.RotateApiKeyAsync(rotation);

        async Task<IEnumerable<string>> ListAsync(ApiKeyState state) =>
            (await Client(text).ListApiKeysAsync(new() { State = state })).ApiKeys.Select(key => key.ApiKeyId);

        Assert.Equal([revoked.ApiKeyId], await ListAsync(ApiKeyState.Revoked));
        Assert.Equal([expired.ApiKeyId], await ListAsync(ApiKeyState.Expired));
        Assert.Equal(2, (await ListAsync(ApiKeyState.Active)).Count());
        Assert.Equal(4, (await ListAsync(ApiKeyState.Unspecified)).Count());
    }

    private static CreateApiKeyRequest Request(params Scope[] scopes) => new()
    {
        RequestId = Market.NewId(),
        Scopes = { scopes },
        SecretSha256 = Secret.Make().Sha256,
    };

    private static RotateApiKeyRequest Rotation(ApiKey key, Secret secret) => new()
    {
        RequestId = Market.NewId(),
        ApiKeyId = key.ApiKeyId,
        SecretSha256 = secret.Sha256,
    };

    private AccountsService.AccountsServiceClient Client(string key) => new(market.Invoker(key));
}
