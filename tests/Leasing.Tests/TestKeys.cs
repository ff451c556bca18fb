using System.Collections.Concurrent;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Tests;

/// <summary>The keys that Accounts would know.</summary>
internal sealed class TestKeys : IKeyResolver
{
    private readonly ConcurrentDictionary<Guid, (byte[] Sha256, ResolvedApiKey Answer)> keys = new();

    /// <summary>Makes an organisation with one key that has every scope.</summary>
    public (Guid OrganisationId, string Key) Create(params Role[] roles)
    {
        var organisationId = Guid.CreateVersion7();
        var (key, text) = ApiKeyText.Create(Guid.CreateVersion7());
        var answer = new ResolvedApiKey
        {
            Verdict = KeyVerdict.Valid,
            ApiKeyId = key.Id.ToString(),
            OrganisationId = organisationId.ToString(),
        };
        answer.Roles.Add(roles);
        answer.Scopes.Add(Enum.GetValues<Scope>());
        keys[key.Id] = (key.SecretSha256, answer);
        return (organisationId, text);
    }

    public Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken) => Task.FromResult(
        keys.TryGetValue(key.Id, out var known) && known.Sha256.AsSpan().SequenceEqual(key.SecretSha256)
            ? known.Answer
            : new ResolvedApiKey { Verdict = KeyVerdict.Invalid });
}
