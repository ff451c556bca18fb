using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Whom a call acts for, by its API key alone.</summary>
/// <param name="ApiKeyId">The key.</param>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Roles">What the organisation is in the market.</param>
/// <param name="Scopes">What the key may be used for.</param>
/// <param name="ExpireTime">When the key expires, by the system clock.</param>
public sealed record Caller(
    Guid ApiKeyId,
    Guid OrganisationId,
    IReadOnlySet<Role> Roles,
    IReadOnlySet<Scope> Scopes,
    DateTimeOffset ExpireTime)
{
    /// <summary>Whether the caller runs the market.</summary>
    public bool IsOperator => Roles.Contains(Role.Operator);

    /// <summary>Whether the caller is one of the market's own services.</summary>
    public bool IsService => Roles.Contains(Role.Service);
}

/// <summary>Finds the caller of an RPC.</summary>
public static class CallerExtensions
{
    private static readonly object Key = new();

    /// <summary>The caller; every RPC that is not public has one.</summary>
    public static Caller Caller(this ServerCallContext context) => (Caller)context.UserState[Key];

    internal static void SetCaller(this ServerCallContext context, Caller caller) => context.UserState[Key] = caller;
}
