using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>How a service calls another: with its own key, and reconnecting by itself.</summary>
internal static class ServiceChannel
{
    private const int MessageBytesMax = 4 * 1024 * 1024;

    public static CallInvoker Create(Uri address, string serviceKeyFile)
    {
        var channel = GrpcChannel.ForAddress(address, new()
        {
            MaxReceiveMessageSize = MessageBytesMax,
            // A service that was away is called again as soon as it is back, however long it was away.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            },
        });
        // The file is read for each call, so that a rotated key is used without a restart.
        return channel.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {File.ReadAllText(serviceKeyFile).Trim()}");
            return headers;
        });
    }
}
