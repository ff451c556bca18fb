using Grpc.Core;

namespace Marketplace.Inventory;

/// <summary>What is said of sites and pools, and changes.</summary>
internal sealed partial class InventoryRpc
{
    public override Task<V1.Site> UpdateSite(V1.UpdateSiteRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Site.Parser, async (transaction, organisationId) =>
            (await Inventory.UpdateSite.HandleAsync(transaction, request, organisationId)).ToProto());

    public override Task<V1.Pool> UpdatePool(V1.UpdatePoolRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.Pool.Parser, async (transaction, organisationId) =>
            (await Inventory.UpdatePool.HandleAsync(transaction, request, organisationId)).ToProto());
}
