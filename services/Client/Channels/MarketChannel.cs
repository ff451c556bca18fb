using System.Net;
using System.Net.Security;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;

namespace Marketplace.Client;

/// <summary>How long a connection is kept, when it is asked whether it lives, and its TLS.</summary>
internal sealed record ConnectionSettings(
    TimeSpan KeepAlivePingDelay, TimeSpan KeepAlivePingTimeout, TimeSpan ConnectionIdleMax,
    TimeSpan NameRefreshInterval, SslClientAuthenticationOptions? Tls = null)
{
    public static ConnectionSettings Default { get; } = new(
        MarketClientOptions.KeepAlivePingDelayDefault, MarketClientOptions.KeepAlivePingTimeoutDefault,
        MarketClientOptions.ConnectionIdleMaxDefault, MarketClientOptions.NameRefreshIntervalDefault);

    public static ConnectionSettings Of(MarketClientOptions options) => new(
        options.KeepAlivePingDelay, options.KeepAlivePingTimeout, options.ConnectionIdleMax,
        options.NameRefreshInterval, options.Tls);
}

/// <summary>How a service is connected to: all its replicas in turn, and again as soon as one is back.</summary>
internal static class MarketChannel
{
    private const int MessageBytesMax = 4 * 1024 * 1024;

    private static readonly TimeSpan ReconnectMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReconnectMax = TimeSpan.FromSeconds(1);

    public static GrpcChannel Create(ServiceAddress address, ConnectionSettings settings)
    {
        var (target, resolver) = Resolve(address, settings);
        var handler = new SocketsHttpHandler
        {
            // Connections are made to the replicas themselves.
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = settings.KeepAlivePingDelay,
            KeepAlivePingTimeout = settings.KeepAlivePingTimeout,
            PooledConnectionIdleTimeout = settings.ConnectionIdleMax,
        };
        if (settings.Tls is { } tls) handler.SslOptions = tls;
        return GrpcChannel.ForAddress(target, new()
        {
            Credentials = address.IsSecure ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure,
            ServiceProvider = new Resolvers(resolver),
            // Round robin and nothing else: gRPC's own retries would be a second layer.
            ServiceConfig = new() { LoadBalancingConfigs = { new RoundRobinConfig() } },
            MaxReceiveMessageSize = MessageBytesMax,
            // A service that was away is called again as soon as it is back, however long it was away.
            InitialReconnectBackoff = ReconnectMin,
            MaxReconnectBackoff = ReconnectMax,
            DisposeHttpClient = true,
            HttpHandler = handler,
        });
    }

    // A name may stand for several replicas; an IP address, and what is named one by one, is taken as it is.
    private static (string Target, ResolverFactory Resolver) Resolve(
        ServiceAddress address, ConnectionSettings settings)
    {
        if (address.Replicas is [{ HostNameType: UriHostNameType.Dns } named])
            return ($"dns:///{named.IdnHost}:{named.Port}", new DnsResolverFactory(settings.NameRefreshInterval));
        BalancerAddress[] replicas =
            [.. address.Replicas.Select(uri => new BalancerAddress(new DnsEndPoint(uri.IdnHost, uri.Port)))];
        return ($"static:///{address.Replicas[0].IdnHost}",
            new StaticResolverFactory(_ => replicas));
    }

    /// <summary>Hands the channel its resolver, without a container of the caller's.</summary>
    private sealed class Resolvers(ResolverFactory resolver) : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(IEnumerable<ResolverFactory>) ? new[] { resolver } : null;
    }
}
