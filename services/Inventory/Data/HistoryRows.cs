using Marketplace.ServiceDefaults;
using NodaTime;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>What a lease held of pools at an instant, margins included.</summary>
internal sealed record Holding(
    Guid ReservationId, Guid LeaseId, Guid BuyerOrganisationId, IReadOnlyList<HeldStep> Steps);

/// <summary>The books as they were at an instant of the market clock, in the database.</summary>
internal static class HistoryRows
{
    /// <summary>What leases held of pools of one provider, perhaps among others.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="providerId">The provider.</param>
    /// <param name="poolIds">The pools.</param>
    /// <param name="asOf">When, after all changes of that instant; null: now.</param>
    public static async Task<IReadOnlyList<Holding>> HoldingsAsync(
        Transaction transaction, Guid providerId, IReadOnlyCollection<Guid> poolIds, Instant? asOf)
    {
        // What has not changed since is as it is now.
        var replaced = asOf is { } time ? await ReplacedAsync(transaction, providerId, time) : [];
        var present = await ReservationRows.ListMadeByAsync(transaction, providerId, poolIds, asOf);
        return
        [
            .. replaced.Values,
            .. from reservation in present
               where !replaced.ContainsKey(reservation.ReservationId)
               select new Holding(
                   reservation.ReservationId,
                   reservation.LeaseId,
                   reservation.BuyerOrganisationId,
                   reservation.HeldWithMargins),
        ];
    }

    /// <summary>Pools with the curves that they had, after all changes of the instant.</summary>
    public static async Task<IReadOnlyList<Pool>> PoolsAsync(
        Transaction transaction, IReadOnlyList<Pool> pools, Instant asOf)
    {
        var replaced = new Dictionary<(Guid PoolId, string Curve), PowerCurve>();
        await using var command = new NpgsqlCommand(
            """
            select distinct on (pool_id, curve) pool_id, curve, start_dates, power_kw from pool_curve_history
            where pool_id = any($1) and until_time > $2 order by pool_id, curve, until_time
            """,
            transaction.Connection)
        {
            Parameters =
            {
                new() { Value = pools.Select(pool => pool.PoolId).ToArray() },
                new() { Value = asOf.ToDateTimeUtc() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (starts, kw) = (reader.GetFieldValue<DateOnly[]>(2), reader.GetFieldValue<int[]>(3));
            replaced[(reader.GetGuid(0), reader.GetString(1))] =
                new([.. starts.Zip(kw, (start, power) => new PowerStep(start, power))]);
        }
        return
        [
            .. from pool in pools
               let isThere = pool.CreateTime <= asOf
               select pool with
               {
                   Capacity = isThere ? CurveOf(pool, PoolRows.CapacityCurve, pool.Capacity) : PowerCurve.None,
                   Floor = isThere ? CurveOf(pool, PoolRows.FloorCurve, pool.Floor) : PowerCurve.None,
               },
        ];

        PowerCurve CurveOf(Pool pool, string curve, PowerCurve present) =>
            replaced.GetValueOrDefault((pool.PoolId, curve), present);
    }

    // Of all pools of the provider: a lease that has since left some for others held nothing of the others then.
    private static async Task<Dictionary<Guid, Holding>> ReplacedAsync(
        Transaction transaction, Guid providerId, Instant asOf)
    {
        var replaced = new Dictionary<Guid, Holding>();
        await using var command = new NpgsqlCommand(
            """
            select distinct on (reservation_id) reservation_id, lease_id, buyer_organisation_id, pool_ids, start_dates,
                end_dates, held_kw
            from reservation join reservation_history as history using (reservation_id)
            where provider_organisation_id = $1 and reservation.create_time <= $2 and history.until_time > $2
            order by reservation_id, history.version
            """,
            transaction.Connection)
        {
            Parameters = { new() { Value = providerId }, new() { Value = asOf.ToDateTimeUtc() } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (poolIds, starts, ends, kw) = (
                reader.GetFieldValue<Guid[]>(3),
                reader.GetFieldValue<DateOnly[]>(4),
                reader.GetFieldValue<DateOnly[]>(5),
                reader.GetFieldValue<int[]>(6));
            replaced[reader.GetGuid(0)] = new(
                reader.GetGuid(0),
                reader.GetGuid(1),
                reader.GetGuid(2),
                [.. poolIds.Select((poolId, i) => new HeldStep(0, "", poolId, new(starts[i], ends[i]), kw[i]))]);
        }
        return replaced;
    }
}
