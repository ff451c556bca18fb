using System.Collections.Concurrent;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Access.Tests;

/// <summary>Keys of every kind, and what Accounts says of each.</summary>
internal sealed class Keys : IKeyResolver
{
    private readonly ConcurrentDictionary<Guid, (byte[] Sha256, ResolvedApiKey? Answer)> keys = new();

    /// <summary>What an organisation may be.</summary>
    public static IReadOnlyList<Role> Roles { get; } = [Role.Provider, Role.Buyer, Role.Operator, Role.Service];

    /// <summary>What a key may be used for.</summary>
    public static IReadOnlyList<Scope> Scopes { get; } =
        [.. Enum.GetValues<Scope>().Where(scope => scope != Scope.Unspecified)];

    /// <summary>A key that is in order.</summary>
    public string Valid(Role role, IEnumerable<Scope> scopes, DateTimeOffset? expireTime = null) => Add(new()
    {
        Verdict = KeyVerdict.Valid,
        OrganisationId = Guid.CreateVersion7().ToString(),
        Roles = { role },
        Scopes = { scopes },
        ExpireTime = expireTime is { } time
            ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time)
            : null,
    });

    /// <summary>A key of which Accounts says that it is not in order.</summary>
    public string Refused(KeyVerdict verdict) => Add(new() { Verdict = verdict });

    /// <summary>A key about which nobody can be asked.</summary>
    public string Unanswered() => Add(null);

    public Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken)
    {
        if (!keys.TryGetValue(key.Id, out var known) || !known.Sha256.AsSpan().SequenceEqual(key.SecretSha256))
            return Task.FromResult(new ResolvedApiKey { Verdict = KeyVerdict.Invalid });
        return known.Answer is { } answer
            ? Task.FromResult(answer)
            : throw new RpcException(new(StatusCode.Unavailable, "Accounts is away."));
    }

    private string Add(ResolvedApiKey? answer)
    {
        var (key, text) = ApiKeyText.Create(Guid.CreateVersion7());
        if (answer?.Verdict == KeyVerdict.Valid) answer.ApiKeyId = key.Id.ToString();
        keys[key.Id] = (key.SecretSha256, answer);
        return text;
    }
}
