using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Adds up every reservation and compares it with capacity and floor.</summary>
internal sealed class CheckCapacity(Database database, TimeProvider time)
{
    public async Task<V1.CapacityCheck> HandleAsync(
        V1.CheckCapacityRequest request, Guid? organisationId, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var poolId = fields.OptionalId("pool_id", request.PoolId);
        fields.Check();
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var pool = poolId is null ? null : await PoolRows.FindAsync(transaction, poolId.Value, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var oversold = await CapacitySweep.FindOversoldAsync(transaction, poolId, organisationId);
        var (poolCount, reservationCount) = await CapacitySweep.CountAsync(transaction, poolId, organisationId);
        var check = new V1.CapacityCheck
        {
            CheckTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            PoolCount = poolCount,
            ReservationCount = reservationCount,
            OversoldKw = oversold.Select(found => found.WantedKw - found.FreeKw).DefaultIfEmpty().Max(),
        };
        if (pool is not null)
        {
            var misbooked = await CapacityAudit.FindMisbookedAsync(transaction, pool);
            check.MisbookedCount = misbooked.Count;
            check.Misbooked.Add(misbooked.Take(CapacityErrors.ShortfallsMax).Select(found => found.ToProto()));
        }
        check.Oversold.Add(oversold.Take(CapacityErrors.ShortfallsMax).Select(found => found.ToProto()));
        return check;
    }
}
