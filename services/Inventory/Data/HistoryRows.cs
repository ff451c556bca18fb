using Dapper;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>What a lease held of pools at an instant, margins included.</summary>
internal sealed record Holding(
    Guid ReservationId, Guid LeaseId, Guid BuyerOrganisationId, IReadOnlyList<HeldStep> Steps);

/// <summary>The books as they were at an instant of the market clock, in the database.</summary>
internal static class HistoryRows
{
    /// <summary>What leases held of pools of one provider.</summary>
    public static async Task<IReadOnlyList<Holding>> HoldingsAsync(
        Transaction transaction, Guid providerId, IReadOnlyCollection<Guid> poolIds, Instant asOf)
    {
        // What has not changed since is as it is now.
        var replaced = (await transaction.Connection.QueryAsync<Row>(
            """
            select distinct on (reservation_id) reservation_id, lease_id, buyer_organisation_id, pool_ids, start_dates,
                end_dates, held_kw
            from reservation join reservation_history as history using (reservation_id)
            where provider_organisation_id = @providerId and reservation.create_time <= @asOf
                and history.until_time > @asOf
            order by reservation_id, history.version
            """,
            new { providerId, asOf })).ToDictionary(row => row.ReservationId);
        var present = await ReservationRows.ListMadeByAsync(transaction, providerId, poolIds, asOf);
        return
        [
            .. replaced.Values.Select(row => row.ToHolding()),
            .. from reservation in present
               where !replaced.ContainsKey(reservation.ReservationId)
               select new Holding(
                   reservation.ReservationId,
                   reservation.LeaseId,
                   reservation.BuyerOrganisationId,
                   reservation.HeldWithMargins),
        ];
    }

    /// <summary>A pool with the curves that it had.</summary>
    public static async Task<Pool> PoolAsync(Transaction transaction, Pool pool, Instant asOf)
    {
        if (pool.CreateTime > asOf) return pool with { Capacity = PowerCurve.None, Floor = PowerCurve.None };
        var curves = (await transaction.Connection.QueryAsync<(string Curve, DateOnly[] Starts, int[] Kw)>(
            """
            select distinct on (curve) curve, start_dates, power_kw from pool_curve_history
            where pool_id = @PoolId and until_time > @asOf order by curve, until_time
            """,
            new { pool.PoolId, asOf })).ToDictionary(
                row => row.Curve,
                row => new PowerCurve([.. row.Starts.Zip(row.Kw, (start, kw) => new PowerStep(start, kw))]));
        return pool with
        {
            Capacity = curves.GetValueOrDefault(PoolRows.CapacityCurve, pool.Capacity),
            Floor = curves.GetValueOrDefault(PoolRows.FloorCurve, pool.Floor),
        };
    }

    private sealed record Row(
        Guid ReservationId,
        Guid LeaseId,
        Guid BuyerOrganisationId,
        Guid[] PoolIds,
        DateOnly[] StartDates,
        DateOnly[] EndDates,
        int[] HeldKw)
    {
        public Holding ToHolding() => new(
            ReservationId,
            LeaseId,
            BuyerOrganisationId,
            [
                .. PoolIds.Select((poolId, i) =>
                    new HeldStep(0, "", poolId, new DateRange(StartDates[i], EndDates[i]), HeldKw[i])),
            ]);
    }
}
