using System.Collections.Concurrent;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory.Tests;

/// <summary>Stands where Accounts is: knows the keys of the tests' organisations.</summary>
internal sealed class FixedKeys : IKeyResolver
{
    private readonly ConcurrentDictionary<Guid, ResolvedApiKey> keys = new();

    public (Guid OrganisationId, string Key) Add(params Role[] roles)
    {
        var (organisationId, keyId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        keys[keyId] = new()
        {
            Verdict = KeyVerdict.Valid,
            ApiKeyId = keyId.ToString(),
            OrganisationId = organisationId.ToString(),
            Roles = { roles },
            Scopes = { Enum.GetValues<Scope>() },
        };
        return (organisationId, ApiKeyText.Create(keyId).Text);
    }

    public Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken) =>
        Task.FromResult(keys.GetValueOrDefault(key.Id) ?? new() { Verdict = KeyVerdict.Invalid });
}
