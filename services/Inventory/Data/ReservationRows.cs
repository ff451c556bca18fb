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
        lease_version, is_given_back, content_hash, version, create_time, update_time
        """;

    /// <summary>
    /// Inserts a reservation, unless its lease has one. A transaction that is inserting one for the same lease is
    /// waited for.
    /// </summary>
    /// <returns>Whether it was inserted.</returns>
    public static async Task<bool> TryInsertAsync(Transaction transaction, Reservation reservation)
    {
        var inserted = await transaction.Connection.ExecuteAsync(
            """
            insert into reservation (reservation_id, lease_id, provider_organisation_id, buyer_organisation_id,
                listing_id, state,
                start_date, end_date, original_end_date, content_hash, version, create_time, update_time)
            values (@ReservationId, @LeaseId, @ProviderOrganisationId, @BuyerOrganisationId, @ListingId, 'RESERVED',
                @StartDate, @EndDate, @OriginalEndDate, @ContentHash, @Version, @CreateTime, @UpdateTime)
            on conflict on constraint reservation_one_per_lease do nothing
            """,
            new
            {
                reservation.ReservationId,
                reservation.LeaseId,
                reservation.ProviderOrganisationId,
                reservation.BuyerOrganisationId,
                reservation.ListingId,
                reservation.StartDate,
                reservation.EndDate,
                reservation.OriginalEndDate,
                reservation.ContentHash,
                reservation.Version,
                reservation.CreateTime,
                reservation.UpdateTime,
            });
        return inserted == 1;
    }

    public static Task<int> InsertStepsAsync(Transaction transaction, Reservation reservation) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into reservation_step (reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date,
                reserved_kw)
            select @ReservationId, step.*
            from unnest(@indices, @names, @pools, @starts, @ends, @powers)
                as step (tranche_index, tranche_id, pool_id, start_date, end_date, reserved_kw)
            """,
            new
            {
                reservation.ReservationId,
                indices = reservation.Profile.Select(step => step.TrancheIndex).ToArray(),
                names = reservation.Profile.Select(step => step.TrancheId).ToArray(),
                pools = reservation.Profile.Select(step => step.PoolId).ToArray(),
                starts = reservation.Profile.Select(step => step.Days.Start).ToArray(),
                ends = reservation.Profile.Select(step => step.Days.End).ToArray(),
                powers = reservation.Profile.Select(step => step.Kw).ToArray(),
            });

    public static Task<int> UpdateAsync(Transaction transaction, Reservation reservation) =>
        transaction.Connection.ExecuteAsync(
            """
            update reservation set state = @state, is_given_back = @IsGivenBack, end_date = @EndDate,
                lease_version = @LeaseVersion, version = @Version, update_time = @UpdateTime
            where reservation_id = @ReservationId
            """,
            new
            {
                state = reservation.HoldsNothing ? "RELEASED" : "RESERVED",
                reservation.IsGivenBack,
                reservation.EndDate,
                reservation.LeaseVersion,
                reservation.Version,
                reservation.UpdateTime,
                reservation.ReservationId,
            });

    /// <summary>The reservation of a lease, locked until the transaction ends; before any pool's row.</summary>
    public static async Task<Reservation?> LockByLeaseAsync(Transaction transaction, Guid leaseId) =>
        (await ReadAsync(transaction, "lease_id = @leaseId for update", new { leaseId })).SingleOrDefault();

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

    private static async Task<IReadOnlyList<Reservation>> ReadAsync(
        Transaction transaction, string where, object parameters)
    {
        var rows = (await transaction.Connection.QueryAsync<Row>(
            $"select {Columns} from reservation where {where}", parameters)).AsList();
        var steps = (await transaction.Connection.QueryAsync<StepRow>(
            """
            select reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date, reserved_kw
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
                step.ReservedKw)),
        ],
        EndDate = row.EndDate,
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
        int ReservedKw);
}
