using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace Marketplace.ServiceDefaults;

/// <summary>The settings of a service; each names the variable of the environment that gives it.</summary>
/// <remarks>
/// A value may be kept in a file, as a secret is: <c>MARKETPLACE_&lt;NAME&gt;_FILE</c> names it, in the place of
/// <c>MARKETPLACE_&lt;NAME&gt;</c>.
/// </remarks>
public sealed record ServiceOptions
{
    private const int DrainSecondsMax = 300;

    /// <summary>The service's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>MARKETPLACE_LISTEN</c>: address and port of gRPC, such as <c>127.0.0.1:7001</c>.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>
    /// <c>MARKETPLACE_PLAINTEXT</c>: <c>yes</c> lets gRPC leave this machine without TLS, to listen and to call, where
    /// the network itself is trusted; <c>no</c> is the default.
    /// </summary>
    public required bool IsPlaintextAllowed { get; init; }

    /// <summary><c>MARKETPLACE_DATABASE</c>: the database as the application role.</summary>
    public required string Database { get; init; }

    /// <summary>
    /// <c>MARKETPLACE_DATABASE_OWNER</c>: the database as the owner role; needed by <c>--migrate</c> alone.
    /// </summary>
    public required string DatabaseOwner { get; init; }

    /// <summary><c>MARKETPLACE_BROKER</c>: RabbitMQ, such as <c>amqp://user:password@host/vhost</c>.</summary>
    public required Uri Broker { get; init; }

    /// <summary>
    /// <c>MARKETPLACE_SERVICE_KEY_FILE</c>: the file with the key that this service calls others with.
    /// </summary>
    public required string ServiceKeyFile { get; init; }

    /// <summary><c>MARKETPLACE_CLOCK</c>: <c>sandbox</c> or <c>production</c>, which is the default.</summary>
    public required MarketClockMode ClockMode { get; init; }

    /// <summary>
    /// Whether the service describes itself by reflection to everybody who asks, without a key: in a sandbox, where
    /// tools are tried out, and never in production, where nobody is told more than the task needs.
    /// </summary>
    public bool IsReflected => ClockMode == MarketClockMode.Sandbox;

    /// <summary><c>MARKETPLACE_OTLP</c>: where traces and metrics go by OTLP over gRPC; none: nowhere.</summary>
    public required Uri? OtlpEndpoint { get; init; }

    /// <summary>
    /// <c>MARKETPLACE_DRAIN_SECONDS</c>: how long the service still answers after SIGTERM, when it already says that it
    /// is not serving, <c>[0, 300]</c>. 0 is the default; behind a load balancer, as long as that takes to hear of it.
    /// </summary>
    public required TimeSpan DrainDelay { get; init; }

    /// <summary>A further setting of the service, <c>MARKETPLACE_&lt;NAME&gt;</c>.</summary>
    /// <exception cref="InvalidOperationException">It is missing.</exception>
    public string Required(string name) => Setting(Configuration, name);

    /// <summary>A further setting of the service that may be left out.</summary>
    public string? Optional(string name) => Setting(Configuration, name, "") is { Length: > 0 } value ? value : null;

    private IConfiguration Configuration { get; init; } = null!;

    /// <summary>Refuses an address to listen on or to call that plaintext may not go to.</summary>
    /// <exception cref="InvalidOperationException">It is not on this machine, and that is not allowed.</exception>
    internal void CheckPlaintext(string address, bool isLoopback)
    {
        if (!isLoopback && !IsPlaintextAllowed)
            throw new InvalidOperationException(
                $"{address} is not on this machine, and gRPC goes there without TLS; use a loopback address, or set "
                + "MARKETPLACE_PLAINTEXT to yes where the network is trusted.");
    }

    internal static ServiceOptions Read(string name, IConfiguration configuration) => new()
    {
        Configuration = configuration,
        Name = name,
        Listen = IPEndPoint.Parse(Setting(configuration, "LISTEN", "127.0.0.1:0")),
        IsPlaintextAllowed = Setting(configuration, "PLAINTEXT", "no") switch
        {
            "yes" => true,
            "no" => false,
            var other => throw new InvalidOperationException($"MARKETPLACE_PLAINTEXT is '{other}'; use yes or no."),
        },
        Database = Setting(configuration, "DATABASE", ""),
        DatabaseOwner = Setting(configuration, "DATABASE_OWNER", ""),
        Broker = new(Setting(configuration, "BROKER", "amqp://127.0.0.1")),
        ServiceKeyFile = Setting(configuration, "SERVICE_KEY_FILE", ""),
        ClockMode = Setting(configuration, "CLOCK", "production") switch
        {
            "sandbox" => MarketClockMode.Sandbox,
            "production" => MarketClockMode.Production,
            var other =>
                throw new InvalidOperationException($"MARKETPLACE_CLOCK is '{other}'; use sandbox or production."),
        },
        DrainDelay = Setting(configuration, "DRAIN_SECONDS", "0") is var text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DrainSecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidOperationException(
                $"MARKETPLACE_DRAIN_SECONDS is '{text}'; use a whole number in [0, {DrainSecondsMax}]."),
        OtlpEndpoint = Setting(configuration, "OTLP", "") is { Length: > 0 } endpoint ? new(endpoint) : null,
    };

    private static string Setting(IConfiguration configuration, string name, string? otherwise = null) =>
        (configuration[$"MARKETPLACE_{name}"], configuration[$"MARKETPLACE_{name}_FILE"]) switch
        {
            (null, { Length: > 0 } file) => Content(name, file),
            (not null, { Length: > 0 }) => throw new InvalidOperationException(
                $"MARKETPLACE_{name} and MARKETPLACE_{name}_FILE are both set; use one of them."),
            (var value, _) => value ?? otherwise
                ?? throw new InvalidOperationException($"MARKETPLACE_{name} is not set."),
        };

    private static string Content(string name, string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"MARKETPLACE_{name}_FILE cannot be read: {exception.Message}", exception);
        }
    }
}
