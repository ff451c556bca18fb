using Dapper;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Reservations in the database.</summary>
internal static class ReservationRows
{
    private const string Columns =
        """
        reservation_id, lease_id, provider_organisation_id, buyer_organisation_id, listing_id, end_date,
        expire_time, lease_version, is_given_back, content_hash, version, create_time, update_time
        """;

    public static Task<IReadOnlyList<Reservation>> ReadByLeasesAsync(
        Transaction transaction, IReadOnlyCollection<Guid> leaseIds) =>
        ReadAsync(transaction, "lease_id = any(@leaseIds)", new { leaseIds = leaseIds.ToArray() });

    /// <summary>A reservation of a provider, or of any if none is named.</summary>
    public static async Task<Reservation?> FindAsync(Transaction transaction, Guid reservationId, Guid? providerId) =>
        (await ReadAsync(
            transaction,
            "reservation_id = @reservationId and (@providerId::uuid is null or provider_organisation_id = @providerId)",
            new { reservationId, providerId })).SingleOrDefault();

    public static Task<IReadOnlyList<Reservation>> ListAsync(
        Transaction transaction,
        Guid? providerId,
        Guid? poolId,
        Guid? leaseId,
        string? state,
        Guid? after,
        int limit) =>
        ReadAsync(
            transaction,
            """
            (@providerId::uuid is null or provider_organisation_id = @providerId)
                and (@poolId::uuid is null or exists (select from reservation_step as step
                    where step.reservation_id = reservation.reservation_id and step.pool_id = @poolId))
                and (@leaseId::uuid is null or lease_id = @leaseId)
                and (@state::text is null or state = @state)
                and (@after::uuid is null or reservation_id > @after)
            order by reservation_id limit @limit
            """,
            new { providerId, poolId, leaseId, state, after, limit });

    /// <summary>The reservations on pools of a provider that were made by an instant; null: all.</summary>
    public static Task<IReadOnlyList<Reservation>> ListMadeByAsync(
        Transaction transaction, Guid providerId, IReadOnlyCollection<Guid> poolIds, Instant? madeBy) =>
        ReadAsync(
            transaction,
            """
            provider_organisation_id = @providerId
                and (@madeBy::timestamptz is null or create_time <= @madeBy)
                and exists (select from reservation_step as step
                    where step.reservation_id = reservation.reservation_id and step.pool_id = any(@poolIds))
            """,
            new { providerId, poolIds = poolIds.ToArray(), madeBy });

    private static async Task<IReadOnlyList<Reservation>> ReadAsync(
        Transaction transaction, string where, object parameters)
    {
        var rows = (await transaction.Connection.QueryAsync<Row>(
            $"select {Columns} from reservation where {where}", parameters)).AsList();
        var steps = (await transaction.Connection.QueryAsync<StepRow>(
            """
            select reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date, reserved_kw, margin_days
            from reservation_step where reservation_id = any(@ids) order by reservation_id, tranche_index, start_date
            """,
            new { ids = rows.Select(row => row.ReservationId).ToArray() })).ToLookup(step => step.ReservationId);
        return [.. rows.Select(row => ReservationOf(row, steps[row.ReservationId]))];
    }

    private static Reservation ReservationOf(Row row, IEnumerable<StepRow> steps) => new()
    {
        ReservationId = row.ReservationId,
        LeaseId = row.LeaseId,
        ProviderOrganisationId = row.ProviderOrganisationId,
        BuyerOrganisationId = row.BuyerOrganisationId,
        ListingId = row.ListingId,
        Profile =
        [
            .. steps.Select(step => new HeldStep(
                step.TrancheIndex,
                step.TrancheId,
                step.PoolId,
                new DateRange(step.StartDate, step.EndDate),
                step.ReservedKw,
                step.MarginDays)),
        ],
        EndDate = row.EndDate,
        ExpireTime = row.ExpireTime,
        LeaseVersion = row.LeaseVersion,
        IsGivenBack = row.IsGivenBack,
        ContentHash = row.ContentHash,
        Version = row.Version,
        CreateTime = row.CreateTime,
        UpdateTime = row.UpdateTime,
    };

    private sealed record Row(
        Guid ReservationId,
        Guid LeaseId,
        Guid ProviderOrganisationId,
        Guid BuyerOrganisationId,
        Guid? ListingId,
        DateOnly EndDate,
        Instant? ExpireTime,
        long LeaseVersion,
        bool IsGivenBack,
        byte[] ContentHash,
        long Version,
        Instant CreateTime,
        Instant UpdateTime);

    private sealed record StepRow(
        Guid ReservationId,
        int TrancheIndex,
        string TrancheId,
        Guid PoolId,
        DateOnly StartDate,
        DateOnly EndDate,
        int ReservedKw,
        int MarginDays);
}
