using Grpc.Core;
using Grpc.Core.Interceptors;
using Marketplace.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>How a service calls others and its own replicas: all of them in turn, and reconnecting by itself.</summary>
public sealed class ServiceChannels(ServiceOptions options)
{
    /// <summary>Calls with the service's own key.</summary>
    public CallInvoker Create(ServiceAddress address) =>
        // The file is read for each call, so that a rotated key is used without a restart.
        WithoutKey(address).Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {File.ReadAllText(options.ServiceKeyFile).Trim()}");
            return headers;
        });

    /// <summary>Calls with the headers that the caller gives, and no others.</summary>
    public static CallInvoker WithoutKey(ServiceAddress address) =>
        MarketChannel.Create(address, ConnectionSettings.Default).CreateCallInvoker();
}
