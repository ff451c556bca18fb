using Google.Protobuf;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Tests;

[Collection(SharedMarket.Name)]
public sealed class KeyResolutionTests(MarketFixture fixture)
{
    private readonly Market market = fixture.Market;

    private KeyResolutionService.KeyResolutionServiceClient Client => new(market.Invoker(market.ServiceKey));

    [Fact]
    public async Task ResolveApiKey_Valid_TellsWhoseItIs()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Provider, Role.Buyer]);
        var (key, text) = await market.CreateKeyAsync(organisation.OrganisationId, Scope.BillingRead);

        var resolved = await ResolveAsync(text);

        Assert.Equal(
            new()
            {
                Verdict = KeyVerdict.Valid,
                ApiKeyId = key.ApiKeyId,
                OrganisationId = organisation.OrganisationId,
                Roles = { Role.Provider, Role.Buyer },
                Scopes = { Scope.BillingRead },
                ExpireTime = key.ExpireTime,
            },
            resolved);
    }

    [Fact]
    public async Task ResolveApiKey_UnknownOrWrongSecret_IsInvalidAndTellsNothing()
    {
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var wrong = Secret.Make().TextOf(text.Split('_')[1]);

        Assert.Equal(new() { Verdict = KeyVerdict.Invalid }, await ResolveAsync(wrong));
        Assert.Equal(new() { Verdict = KeyVerdict.Invalid }, await ResolveAsync(Secret.Make().TextOf(Market.NewId())));
    }

    [Fact]
    public async Task ResolveApiKey_RevokedOrExpired_SaysSoToWhoKnowsTheSecret()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (revoked, revokedText) = await market.CreateKeyAsync(organisation.OrganisationId);
        var (expired, expiredText) = await market.CreateKeyAsync(organisation.OrganisationId);
        await market.Operator.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = revoked.ApiKeyId });
        await market.Operator.RotateApiKeyAsync(new()
        {
            RequestId = Market.NewId(),
            ApiKeyId = expired.ApiKeyId,
            SecretSha256 = Secret.Make().Sha256,
            OverlapSeconds = 0,
        });

        Assert.Equal(new() { Verdict = KeyVerdict.Revoked }, await ResolveAsync(revokedText));
        Assert.Equal(new() { Verdict = KeyVerdict.Expired }, await ResolveAsync(expiredText));
        Assert.Equal(KeyVerdict.Invalid, (await ResolveAsync(Secret.Make().TextOf(revoked.ApiKeyId))).Verdict);
    }

    [Fact]
    public async Task WatchKeyInvalidations_RevokedAndRotatedKeys_AreTold()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (revoked, _) = await market.CreateKeyAsync(organisation.OrganisationId);
        var (rotated, _) = await market.CreateKeyAsync(organisation.OrganisationId);
        using var watch = Client.WatchKeyInvalidations(
            new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.NotNull(watch.ResponseStream.Current.Heartbeat);

        await market.Operator.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = revoked.ApiKeyId });
        await market.Operator.RotateApiKeyAsync(new()
        {
            RequestId = Market.NewId(),
            ApiKeyId = rotated.ApiKeyId,
            SecretSha256 = Secret.Make().Sha256,
        });

        var told = new HashSet<string>();
        while (!told.IsSupersetOf([revoked.ApiKeyId, rotated.ApiKeyId]))
        {
            Assert.True(await watch.ResponseStream.MoveNext(default));
            told.Add(watch.ResponseStream.Current.ApiKeyId);
        }
    }

    [Fact]
    public async Task WatchKeyInvalidations_NothingHappens_BeatsAtLeastEvery300Milliseconds()
    {
        using var watch = Client.WatchKeyInvalidations(
            new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
        var began = TimeProvider.System.GetTimestamp();
        for (var beats = 0; beats < 11;)
        {
            Assert.True(await watch.ResponseStream.MoveNext(default));
            if (watch.ResponseStream.Current.Heartbeat is not null) beats++;
        }

        // Ten pauses; what the machine adds is not the point.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds, 0, 3_500);
    }

    private async Task<ResolvedApiKey> ResolveAsync(string text)
    {
        Assert.True(ApiKeyText.TryParse(text, out var key));
        return await Client.ResolveApiKeyAsync(new()
        {
            ApiKeyId = key.Id.ToString(),
            SecretSha256 = ByteString.CopyFrom(key.SecretSha256),
        });
    }
}
