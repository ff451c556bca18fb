using System.Net.Security;

namespace Marketplace.Client;

/// <summary>How a <see cref="MarketClient"/> calls. All but <see cref="Endpoints"/> may be left as it is.</summary>
public sealed class MarketClientOptions
{
    /// <summary>The default of <see cref="AttemptDeadline"/>.</summary>
    public static readonly TimeSpan AttemptDeadlineDefault = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="Patience"/>.</summary>
    public static readonly TimeSpan PatienceDefault = TimeSpan.FromSeconds(60);

    /// <summary>The default of <see cref="BackoffMin"/>.</summary>
    public static readonly TimeSpan BackoffMinDefault = TimeSpan.FromMilliseconds(100);

    /// <summary>The default of <see cref="BackoffMax"/>.</summary>
    public static readonly TimeSpan BackoffMaxDefault = TimeSpan.FromSeconds(5);

    /// <summary>The default of <see cref="KeepAlivePingDelay"/>.</summary>
    public static readonly TimeSpan KeepAlivePingDelayDefault = TimeSpan.FromSeconds(20);

    /// <summary>The default of <see cref="KeepAlivePingTimeout"/>.</summary>
    public static readonly TimeSpan KeepAlivePingTimeoutDefault = TimeSpan.FromSeconds(5);

    /// <summary>The default of <see cref="ConnectionIdleMax"/>.</summary>
    public static readonly TimeSpan ConnectionIdleMaxDefault = TimeSpan.FromMinutes(5);

    /// <summary>The default of <see cref="NameRefreshInterval"/>.</summary>
    public static readonly TimeSpan NameRefreshIntervalDefault = TimeSpan.FromSeconds(30);

    /// <summary>Where the services are. Those with <c>https</c> are called over TLS.</summary>
    public required MarketEndpoints Endpoints { get; init; }

    /// <summary>The caller's key, <c>mk_ID_SECRET</c>. Null: calls are made without one.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// Whether the key may leave this machine without TLS, where the network itself is trusted. It may not, unless
    /// told.
    /// </summary>
    public bool IsPlaintextAllowed { get; init; }

    /// <summary>How long one attempt of a call may take.</summary>
    public TimeSpan AttemptDeadline { get; init; } = AttemptDeadlineDefault;

    /// <summary>
    /// How long all attempts of a call may take together, with the waiting between them. A call that has an earlier
    /// deadline of its own ends by that. It is also how long a watch goes on without hearing anything.
    /// </summary>
    public TimeSpan Patience { get; init; } = PatienceDefault;

    /// <summary>
    /// The most that is waited after the first attempt, where the service names no delay. It doubles with each attempt;
    /// what is waited is drawn anew each time, between a millisecond and that.
    /// </summary>
    public TimeSpan BackoffMin { get; init; } = BackoffMinDefault;

    /// <summary>What the doubling stops at.</summary>
    public TimeSpan BackoffMax { get; init; } = BackoffMaxDefault;

    /// <summary>How long a connection is silent before it is asked whether it lives.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = KeepAlivePingDelayDefault;

    /// <summary>How long it may take to answer that; then it is closed.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = KeepAlivePingTimeoutDefault;

    /// <summary>How long a connection without calls is kept.</summary>
    public TimeSpan ConnectionIdleMax { get; init; } = ConnectionIdleMaxDefault;

    /// <summary>How often a name is looked up again, for replicas that came or went.</summary>
    public TimeSpan NameRefreshInterval { get; init; } = NameRefreshIntervalDefault;

    /// <summary>Called before each wait for another attempt: what the last one came to, and how long it is.</summary>
    public Action<MarketException, TimeSpan>? Retrying { get; init; }

    /// <summary>Whom to trust over TLS, and the caller's own certificate. Null: as the system does, and none.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The clock that deadlines and waiting go by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Refuses what could only fail later, or never end.</summary>
    internal void Check()
    {
        if (ApiKey is not null && (ApiKey.Length == 0 || ApiKey.Any(c => c is <= ' ' or > '~')))
            throw new ArgumentException("The ApiKey is empty or holds a blank or a line's end; give the key alone.");
        if (this is { ApiKey: not null, IsPlaintextAllowed: false, Endpoints.Exposed: { } exposed })
            throw new ArgumentException(
                $"{exposed} is not on this machine, and the key would go there without TLS; use https, or allow "
                + $"plaintext where the network is trusted ({nameof(IsPlaintextAllowed)}).");
        RequirePositive(AttemptDeadline, nameof(AttemptDeadline));
        RequirePositive(Patience, nameof(Patience));
        RequirePositive(BackoffMin, nameof(BackoffMin));
        if (BackoffMax < BackoffMin) throw new ArgumentException("The BackoffMax is below the BackoffMin.");
    }

    private static void RequirePositive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero) throw new ArgumentException($"The {name} is {value}; it must be positive.");
    }
}
