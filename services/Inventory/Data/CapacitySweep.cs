using Dapper;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Proves that nothing is oversold, from the reservations themselves and without the books that decisions go by.
/// </summary>
internal static class CapacitySweep
{
    /// <summary>Every interval of days on which more is reserved than capacity less floor.</summary>
    public static async Task<IReadOnlyList<Shortfall>> FindOversoldAsync(
        Transaction transaction, Guid? poolId, Guid? organisationId) =>
        [
            .. (await transaction.Connection.QueryAsync<Row>(
                """
                with checked as (
                    select pool_id from pool
                    where (@poolId::uuid is null or pool_id = @poolId)
                        and (@organisationId::uuid is null or organisation_id = @organisationId)),
                held as (
                    select pool_id, step.start_date, least(step.end_date, reservation.end_date) as end_date, reserved_kw
                    from checked join reservation_step as step using (pool_id) join reservation using (reservation_id)
                    where step.start_date < reservation.end_date),
                curve as (
                    select pool_id, start_date,
                        (power_kw - coalesce(lag(power_kw) over (partition by pool_id, curve order by start_date), 0))
                            * case curve when 'CAPACITY' then 1 else -1 end as more_kw
                    from checked join pool_curve_step using (pool_id)),
                change as (
                    select pool_id, start_date as day, reserved_kw::bigint as reserved_kw, 0::bigint as available_kw
                    from held
                    union all select pool_id, end_date, -reserved_kw, 0 from held
                    union all select pool_id, start_date, 0, more_kw from curve),
                daily as (
                    select pool_id, day, sum(reserved_kw) as reserved_kw, sum(available_kw) as available_kw
                    from change group by pool_id, day),
                book as (
                    select pool_id, day as start_date, lead(day) over pool as end_date,
                        sum(reserved_kw) over pool as reserved_kw, sum(available_kw) over pool as available_kw
                    from daily window pool as (partition by pool_id order by day))
                select pool_id, start_date, end_date, reserved_kw::bigint as reserved_kw,
                    available_kw::bigint as available_kw
                from book where reserved_kw > 0 and reserved_kw > available_kw
                order by pool_id, start_date
                """,
                new { poolId, organisationId }))
                .Select(row => new Shortfall(
                    row.PoolId,
                    "",
                    new DateRange(row.StartDate, row.EndDate),
                    Clamp(row.ReservedKw),
                    Clamp(row.AvailableKw))),
        ];

    public static Task<(int PoolCount, long ReservationCount)> CountAsync(
        Transaction transaction, Guid? poolId, Guid? organisationId) =>
        transaction.Connection.QuerySingleAsync<(int, long)>(
            """
            with checked as (
                select pool_id from pool
                where (@poolId::uuid is null or pool_id = @poolId)
                    and (@organisationId::uuid is null or organisation_id = @organisationId))
            select (select count(*) from checked)::int,
                (select count(distinct reservation_id) from checked join reservation_step using (pool_id)
                    join reservation using (reservation_id) where state = 'RESERVED')
            """,
            new { poolId, organisationId });

    private static int Clamp(long kw) => (int)Math.Clamp(kw, int.MinValue, int.MaxValue);

    private sealed record Row(Guid PoolId, DateOnly StartDate, DateOnly EndDate, long ReservedKw, long AvailableKw);
}
