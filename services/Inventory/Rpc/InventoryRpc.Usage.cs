using Grpc.Core;

namespace Marketplace.Inventory;

/// <summary>What providers' own workloads draw.</summary>
internal sealed partial class InventoryRpc
{
    public override Task<V1.UsageReceipt> RecordPoolUsage(
        V1.RecordPoolUsageRequest request, ServerCallContext context) =>
        MutateAsync(request, context, V1.UsageReceipt.Parser, (transaction, organisationId) =>
            Inventory.RecordPoolUsage.HandleAsync(transaction, request, organisationId));

    public override async Task<V1.PoolUsage> GetPoolUsage(V1.GetPoolUsageRequest request, ServerCallContext context)
    {
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        return await ReadPoolUsage.HandleAsync(transaction, request, OwnerOf(context));
    }

    public override async Task<V1.IdleCapacity> GetIdleCapacity(
        V1.GetIdleCapacityRequest request, ServerCallContext context)
    {
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        return await FindIdleCapacity.GetAsync(transaction, request, OwnerOf(context));
    }

    public override async Task<V1.ListIdleCapacityResponse> ListIdleCapacity(
        V1.ListIdleCapacityRequest request, ServerCallContext context)
    {
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        return await FindIdleCapacity.ListAsync(transaction, request, OwnerOf(context));
    }
}
