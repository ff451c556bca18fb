using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Replaces the capacity curve or the floor of a pool; what is sold stays covered.</summary>
internal static class ReplaceCurve
{
    public static async Task<Pool> CapacityAsync(
        Transaction transaction, V1.SetCapacityCurveRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        var curve = fields.Curve("capacity_steps", request.CapacitySteps, Fields.PowerKwMax);
        fields.Check();
        var pool = await LockAsync(transaction, poolId, organisationId);
        for (var i = 0; i < curve.Steps.Count; i++)
            fields.Number($"capacity_steps[{i}].power_kw", curve.Steps[i].Kw, 0, pool.NameplateKw);
        var after = Replaced(fields, "capacity_steps", transaction, pool, pool.Capacity, curve);
        fields.Check();

        var free = (await PoolMonthRows.ReadAsync(transaction, [pool])).Single();
        var granted = CapacityErrors.Granted(CapacityRules.ReplaceCapacity(free, pool.Capacity, after));
        var changed = pool with { Capacity = after, Version = pool.Version + 1, UpdateTime = transaction.Now };
        await PoolRows.SaveCapacityAsync(transaction, changed);
        return await SaveAsync(transaction, changed, granted);
    }

    public static async Task<Pool> FloorAsync(
        Transaction transaction, V1.SetProviderFloorRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        var curve = fields.Curve("floor_steps", request.FloorSteps, Fields.PowerKwMax);
        fields.Check();
        var pool = await LockAsync(transaction, poolId, organisationId);
        var after = Replaced(fields, "floor_steps", transaction, pool, pool.Floor, curve);
        fields.Check();

        var free = (await PoolMonthRows.ReadAsync(transaction, [pool])).Single();
        var granted = CapacityErrors.Granted(CapacityRules.ReplaceFloor(free, pool.Floor, after));
        var changed = pool with { Floor = after, Version = pool.Version + 1, UpdateTime = transaction.Now };
        await PoolRows.SaveFloorAsync(transaction, changed);
        return await SaveAsync(transaction, changed, granted);
    }

    private static async Task<Pool> LockAsync(Transaction transaction, Guid poolId, Guid organisationId) =>
        await PoolRows.LockAsync(transaction, poolId) is { } pool && pool.OrganisationId == organisationId
            ? pool
            : throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", poolId.ToString());

    private static PowerCurve Replaced(
        Fields fields, string field, Transaction transaction, Pool pool, PowerCurve before, PowerCurve curve)
    {
        var after = before.ReplacedBy(curve, pool.CalendarStartDate, pool.Today(transaction.Now));
        if (after.Steps.Count > PowerCurve.StepsMax)
            fields.Wrong(field, "TOO_LONG",
                $"With the past there are {after.Steps.Count} steps; at most {PowerCurve.StepsMax} are allowed.");
        return after;
    }

    private static async Task<Pool> SaveAsync(Transaction transaction, Pool pool, PoolDays free)
    {
        await PoolMonthRows.ReplaceAsync(transaction, free);
        await MarketNews.PoolChangedAsync(transaction, pool, free);
        return pool;
    }
}
