using System.Net;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Marketplace.Inventory;

/// <summary>
/// Where the other replicas call this one: <c>MARKETPLACE_REPLICA</c>, a URL, or else the address that it listens on,
/// with the name of the machine in the place of every address.
/// </summary>
internal sealed class ReplicaAddress(IServer server, ServiceOptions options)
{
    /// <summary>The URL, or null as long as the process does not listen.</summary>
    public string? Find()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        if (addresses?.FirstOrDefault() is not { } listening) return null;
        if (options.Optional("REPLICA") is { } told) return told;
        return IPAddress.Any.Equals(options.Listen.Address) || IPAddress.IPv6Any.Equals(options.Listen.Address)
            ? $"http://{Dns.GetHostName()}:{new Uri(listening).Port}"
            : listening;
    }
}
