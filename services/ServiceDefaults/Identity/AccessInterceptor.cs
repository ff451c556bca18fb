using Grpc.Core;
using Grpc.Core.Interceptors;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Lets a call through if its key is valid and the RPC is declared for one of its roles and its scope.
/// </summary>
internal sealed class AccessInterceptor(KeyVerdicts keys, TimeProvider time) : Interceptor
{
    private const string Scheme = "Bearer ";

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(context);
        await continuation(request, responseStream, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) => throw NotDeclared(context.Method);

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(context);
        await continuation(requestStream, responseStream, context);
    }

    private async Task AdmitAsync(ServerCallContext context)
    {
        if (AccessCatalogue.IsPublic(context.Method)) return;
        var caller = await CallerOfAsync(context);
        if (AccessCatalogue.Find(context.Method) is not { } access) throw NotDeclared(context.Method);
        if (!access.Roles.Any(role => role == Role.Any || caller.Roles.Contains(role)))
        {
            var roles = string.Join(", ", access.Roles);
            throw RpcErrors.PermissionDenied("ROLE_NOT_ALLOWED", $"The call is for {roles} only.");
        }
        if (!caller.Scopes.Contains(access.Scope))
            throw RpcErrors.PermissionDenied("SCOPE_MISSING",
                $"The key lacks the scope {access.Scope}; use a key that has it.");
        context.SetCaller(caller);
    }

    private async Task<Caller> CallerOfAsync(ServerCallContext context)
    {
        var header = context.RequestHeaders.GetValue("authorization");
        if (string.IsNullOrEmpty(header))
            throw RpcErrors.Unauthenticated("API_KEY_MISSING", "Send 'authorization: Bearer mk_...' with every call.");
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || !ApiKeyText.TryParse(header[Scheme.Length..].Trim(), out var key))
            throw Invalid();

        var resolved = await ResolveAsync(key, context);
        return resolved.Verdict switch
        {
            KeyVerdict.Valid when resolved.ExpireTime is { } expiry && expiry.ToDateTimeOffset() <= time.GetUtcNow() =>
                throw Expired(),
            KeyVerdict.Valid => new(
                Guid.Parse(resolved.ApiKeyId),
                Guid.Parse(resolved.OrganisationId),
                resolved.Roles.ToHashSet(),
                resolved.Scopes.ToHashSet(),
                resolved.ExpireTime?.ToDateTimeOffset() ?? DateTimeOffset.MaxValue),
            KeyVerdict.Expired => throw Expired(),
            KeyVerdict.Revoked =>
                throw RpcErrors.Unauthenticated("API_KEY_REVOKED", "The key is revoked; use another."),
            _ => throw Invalid(),
        };
    }

    private async Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, ServerCallContext context)
    {
        try
        {
            return await keys.ResolveAsync(key, context.CancellationToken);
        }
        catch (RpcException)
        {
            throw RpcErrors.Unavailable("ACCOUNTS_UNAVAILABLE", "Keys cannot be checked now; try again.",
                TimeSpan.FromSeconds(1));
        }
    }

    private static RpcException Invalid() =>
        RpcErrors.Unauthenticated("API_KEY_INVALID", "There is no such key, or its secret is wrong.");

    private static RpcException Expired() =>
        RpcErrors.Unauthenticated("API_KEY_EXPIRED", "The key is expired; rotate it or use another.");

    private static RpcException NotDeclared(string method) =>
        RpcErrors.PermissionDenied("ROLE_NOT_ALLOWED", $"{method} does not declare who may call it.");
}
