using System.Collections.Concurrent;
using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Says whose an API key is. Accounts asks its own database; the other services ask Accounts.</summary>
public interface IKeyResolver
{
    /// <summary>Resolves a key.</summary>
    /// <exception cref="RpcException">Accounts cannot be reached.</exception>
    Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken);
}

/// <summary>Asks Accounts.</summary>
internal sealed class RemoteKeyResolver(KeyResolutionService.KeyResolutionServiceClient accounts) : IKeyResolver
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    public async Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken)
    {
        var request = new ResolveApiKeyRequest
        {
            ApiKeyId = key.Id.ToString(),
            SecretSha256 = Google.Protobuf.ByteString.CopyFrom(key.SecretSha256),
        };
        return await accounts.ResolveApiKeyAsync(request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime
            + Deadline, cancellationToken: cancellationToken);
    }
}

/// <summary>
/// Resolves keys and keeps the answers for a second at most, so that a revoked key stops working within it; when nobody
/// can be asked, a key without a fresh answer is refused.
/// </summary>
internal sealed class KeyVerdicts(IKeyResolver resolver, TimeProvider time)
{
    private const int CachedKeysMax = 10_000;

    private static readonly TimeSpan AnswerAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(Guid Id, string Sha256), (ResolvedApiKey Answer, long Time)> answers = new();

    public async Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken)
    {
        var cacheKey = (key.Id, Convert.ToHexString(key.SecretSha256));
        if (answers.TryGetValue(cacheKey, out var known)
            && time.GetElapsedTime(known.Time) < AnswerAge) return known.Answer;

        var askedAt = time.GetTimestamp();
        var answer = await resolver.ResolveAsync(key, cancellationToken);
        if (answers.Count >= CachedKeysMax) answers.Clear();
        // Only what is valid is kept: guesses must not fill the memory.
        if (answer.Verdict == KeyVerdict.Valid) answers[cacheKey] = (answer, askedAt);
        else answers.TryRemove(cacheKey, out _);
        return answer;
    }
}
