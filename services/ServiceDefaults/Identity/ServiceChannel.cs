using Grpc.Core;
using Grpc.Core.Interceptors;
using Marketplace.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>How a service calls another: with its own key, all replicas in turn, and reconnecting by itself.</summary>
internal static class ServiceChannel
{
    public static CallInvoker Create(ServiceAddress address, string serviceKeyFile) =>
        // The file is read for each call, so that a rotated key is used without a restart.
        MarketChannel.Create(address, ConnectionSettings.Default).Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {File.ReadAllText(serviceKeyFile).Trim()}");
            return headers;
        });
}
