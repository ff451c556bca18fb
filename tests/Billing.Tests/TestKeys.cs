using System.Collections.Concurrent;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Tests;

/// <summary>Stands where Accounts is: keys that the tests make.</summary>
internal sealed class TestKeys : IKeyResolver
{
    private readonly ConcurrentDictionary<Guid, (ApiKeyText Key, ResolvedApiKey Answer)> keys = new();

    /// <summary>Makes a key of an organisation, with every scope.</summary>
    /// <returns>The text that its calls carry.</returns>
    public string Add(Guid organisationId, params Role[] roles)
    {
        var (key, text) = ApiKeyText.Create(Guid.CreateVersion7());
        keys[key.Id] = (key, new()
        {
            Verdict = KeyVerdict.Valid,
            ApiKeyId = key.Id.ToString(),
            OrganisationId = organisationId.ToString(),
            Roles = { roles },
            Scopes = { Enum.GetValues<Scope>() },
        });
        return text;
    }

    public Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken) => Task.FromResult(
        keys.TryGetValue(key.Id, out var known) && known.Key.SecretSha256.AsSpan().SequenceEqual(key.SecretSha256)
            ? known.Answer
            : new ResolvedApiKey { Verdict = KeyVerdict.Invalid });
}
