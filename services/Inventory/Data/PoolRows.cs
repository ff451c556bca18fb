using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Pools and their curves in the database.</summary>
internal static class PoolRows
{
    public const string CapacityCurve = "CAPACITY";
    public const string FloorCurve = "FLOOR";

    private const string Select =
        """
        select pool_id, site_id, pool.organisation_id, pool.display_name, service_level, accelerator_model,
            accelerator_count, nameplate_kw, region, time_zone, calendar_start_date, calendar_end_date, version,
            pool.create_time, update_time, decommissioning_days
        from pool join site using (site_id)
        """;

    public static async Task InsertAsync(Transaction transaction, Pool pool)
    {
        await transaction.Connection.ExecuteAsync(
            """
            insert into pool (pool_id, site_id, organisation_id, display_name, service_level, accelerator_model,
                accelerator_count,
                nameplate_kw, calendar_start_date, calendar_end_date, version, create_time, update_time,
                decommissioning_days)
            values (@PoolId, @SiteId, @OrganisationId, @DisplayName, @ServiceLevel, @AcceleratorModel,
                @AcceleratorCount,
                @NameplateKw, @CalendarStartDate, @CalendarEndDate, @Version, @CreateTime, @UpdateTime,
                @DecommissioningDays)
            """,
            pool);
        await InsertCurveAsync(transaction, pool.PoolId, CapacityCurve, pool.Capacity);
        await InsertCurveAsync(transaction, pool.PoolId, FloorCurve, pool.Floor);
    }

    /// <summary>A pool of an organisation, or of any if none is named.</summary>
    public static async Task<Pool?> FindAsync(Transaction transaction, Guid poolId, Guid? organisationId)
    {
        var pools = await transaction.Connection.QueryAsync<Pool>(
            $"""
            {Select}
            where pool_id = @poolId and (@organisationId::uuid is null or pool.organisation_id = @organisationId)
            """,
            new { poolId, organisationId });
        return (await WithCurvesAsync(transaction, pools.AsList())).SingleOrDefault();
    }

    public static async Task<IReadOnlyList<Pool>> ListAsync(
        Transaction transaction, Guid? organisationId, Guid? siteId, Guid? after, int limit)
    {
        var pools = await transaction.Connection.QueryAsync<Pool>(
            $"""
            {Select}
            where (@organisationId::uuid is null or pool.organisation_id = @organisationId)
                and (@siteId::uuid is null or site_id = @siteId) and (@after::uuid is null or pool_id > @after)
            order by pool_id limit @limit
            """,
            new { organisationId, siteId, after, limit });
        return await WithCurvesAsync(transaction, pools.AsList());
    }

    public static async Task<IReadOnlyList<Pool>> ReadAsync(Transaction transaction, IReadOnlyCollection<Guid> poolIds)
    {
        var pools = await transaction.Connection.QueryAsync<Pool>(
            $"{Select} where pool_id = any(@poolIds) order by pool_id", new { poolIds = poolIds.ToArray() });
        return await WithCurvesAsync(transaction, pools.AsList());
    }

    /// <summary>
    /// Takes a pool's shard until the transaction ends, and notes that the pool changes: its writer, wherever it is,
    /// will read it anew.
    /// </summary>
    /// <returns>The pool, or null if there is none.</returns>
    public static async Task<Pool?> LockAsync(Transaction transaction, Guid poolId)
    {
        await transaction.Connection.ExecuteAsync(
            """
            with taken as (
                update shard set epoch = shard.epoch + 1, fencing_token = gen_random_uuid() from pool
                where pool_id = @poolId and provider_organisation_id = organisation_id returning shard.epoch)
            update pool set epoch = taken.epoch from taken where pool_id = @poolId
            """,
            new { poolId });
        // Read when the lock is held: what the statement above waited for is seen only by the next one.
        return (await ReadAsync(transaction, [poolId])).SingleOrDefault();
    }

    /// <summary>Saves what is said of a pool, beside its curves. The caller holds its shard.</summary>
    public static Task<int> UpdateAsync(Transaction transaction, Pool pool) =>
        transaction.Connection.ExecuteAsync(
            """
            update pool set display_name = @DisplayName, accelerator_model = @AcceleratorModel,
                accelerator_count = @AcceleratorCount, nameplate_kw = @NameplateKw,
                decommissioning_days = @DecommissioningDays, update_time = @UpdateTime
            where pool_id = @PoolId
            """,
            pool);

    public static Task SaveCapacityAsync(Transaction transaction, Pool pool) =>
        SaveCurveAsync(transaction, pool, CapacityCurve, pool.Capacity);

    public static Task SaveFloorAsync(Transaction transaction, Pool pool) =>
        SaveCurveAsync(transaction, pool, FloorCurve, pool.Floor);

    private static async Task SaveCurveAsync(Transaction transaction, Pool pool, string curve, PowerCurve steps)
    {
        // Of several replaced at one instant the first one held until then; the others held at no instant.
        await transaction.Connection.ExecuteAsync(
            """
            insert into pool_curve_history (pool_id, curve, until_time, start_dates, power_kw)
            select @PoolId, @curve, @UpdateTime, coalesce(array_agg(start_date order by start_date), '{}'),
                coalesce(array_agg(power_kw order by start_date), '{}')
            from pool_curve_step where pool_id = @PoolId and curve = @curve
            having not exists (
                select from pool_curve_history
                where pool_id = @PoolId and curve = @curve and until_time = @UpdateTime)
            """,
            new { pool.PoolId, curve, pool.UpdateTime });
        await transaction.Connection.ExecuteAsync(
            "delete from pool_curve_step where pool_id = @PoolId and curve = @curve", new { pool.PoolId, curve });
        await InsertCurveAsync(transaction, pool.PoolId, curve, steps);
        await transaction.Connection.ExecuteAsync(
            "update pool set version = @Version, update_time = @UpdateTime where pool_id = @PoolId", pool);
    }

    private static Task<int> InsertCurveAsync(Transaction transaction, Guid poolId, string curve, PowerCurve steps) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into pool_curve_step (pool_id, curve, start_date, power_kw)
            select @poolId, @curve, step.start_date, step.power_kw
                from unnest(@starts, @powers) as step (start_date, power_kw)
            """,
            new
            {
                poolId,
                curve,
                starts = steps.Steps.Select(step => step.Start).ToArray(),
                powers = steps.Steps.Select(step => step.Kw).ToArray(),
            });

    private static async Task<IReadOnlyList<Pool>> WithCurvesAsync(Transaction transaction, IReadOnlyList<Pool> pools)
    {
        var steps = (await transaction.Connection.QueryAsync<(Guid PoolId, string Curve, DateOnly Start, int Kw)>(
            """
            select pool_id, curve, start_date, power_kw from pool_curve_step
            where pool_id = any(@poolIds) order by pool_id, curve, start_date
            """,
            new { poolIds = pools.Select(pool => pool.PoolId).ToArray() })).ToLookup(step => (step.PoolId, step.Curve));
        return
        [
            .. pools.Select(pool => pool with
            {
                Capacity = CurveOf(pool.PoolId, CapacityCurve),
                Floor = CurveOf(pool.PoolId, FloorCurve),
            }),
        ];

        PowerCurve CurveOf(Guid poolId, string curve) =>
            new([.. steps[(poolId, curve)].Select(step => new PowerStep(step.Start, step.Kw))]);
    }
}
