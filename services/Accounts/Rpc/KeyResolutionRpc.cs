using Grpc.Core;
using Marketplace.Accounts.Keys;
using Marketplace.Accounts.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Rpc;

/// <summary>Tells the services whose a key is.</summary>
internal sealed class KeyResolutionRpc(
    IKeyResolver resolver, KeyInvalidations invalidations, IHostApplicationLifetime lifetime)
    : KeyResolutionService.KeyResolutionServiceBase
{
    public override Task<ResolvedApiKey> ResolveApiKey(ResolveApiKeyRequest request, ServerCallContext context)
    {
        new FieldChecks()
            .Id("api_key_id", request.ApiKeyId, out var id)
            .Sha256("secret_sha256", request.SecretSha256)
            .Throw();
        return resolver.ResolveAsync(new(id, request.SecretSha256.ToByteArray()), context.CancellationToken);
    }

    public override Task WatchKeyInvalidations(
        WatchKeyInvalidationsRequest request,
        IServerStreamWriter<KeyInvalidation> responseStream,
        ServerCallContext context) =>
        OpenStreams.RunAsync(context, lifetime, async cancellationToken =>
        {
            await foreach (var invalidation in invalidations.WatchAsync(cancellationToken))
                await responseStream.WriteAsync(invalidation, cancellationToken);
        });
}
