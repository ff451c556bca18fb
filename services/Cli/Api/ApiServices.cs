using Google.Protobuf.Reflection;
using Marketplace.Accounts.V1;
using Marketplace.Billing.V1;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Operations.V1;

namespace Marketplace.Cli.Api;

/// <summary>The public gRPC services that each service of the market offers to people.</summary>
internal static class ApiServices
{
    /// <summary>The RPC of a name.</summary>
    public static MethodDescriptor Find(MarketService service, string rpc) =>
        Own(service).FindMethodByName(rpc) ?? ParkedMessageService.Descriptor.FindMethodByName(rpc)
        ?? throw new ArgumentException($"{service} has no RPC {rpc}.", nameof(rpc));

    // Only the service that is asked for: reading the descriptors of another takes time.
    private static ServiceDescriptor Own(MarketService service) => service switch
    {
        MarketService.Accounts => AccountsService.Descriptor,
        MarketService.Inventory => InventoryService.Descriptor,
        MarketService.Leasing => LeasingService.Descriptor,
        MarketService.Billing => BillingService.Descriptor,
        _ => throw new ArgumentOutOfRangeException(nameof(service), service, "There is no such service."),
    };
}
