using Marketplace.ServiceDefaults;
using NodaTime;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>What a batch of decisions leaves in the database, all of it in one transaction.</summary>
internal sealed record BookBatch
{
    public required Guid ProviderId { get; init; }

    /// <summary>Where the shard stood when the decisions were made.</summary>
    public required ShardEpoch Before { get; init; }

    /// <summary>Where it stands when they are committed.</summary>
    public required ShardEpoch After { get; init; }

    public required IReadOnlyList<(RequestKey Key, byte[] Answer)> Answers { get; init; }

    public required IReadOnlyList<Reservation> Made { get; init; }

    public required IReadOnlyList<Reservation> Changed { get; init; }

    /// <summary>What those of the changed ones were that hold something else, and until when.</summary>
    public required IReadOnlyList<(Reservation Reservation, Instant UntilTime)> Replaced { get; init; }

    /// <summary>Those of the changed ones whose profile is another.</summary>
    public required IReadOnlyList<Reservation> Amended { get; init; }

    public required IReadOnlyList<PoolChange> Pools { get; init; }

    /// <summary>Those of the pools whose change is news.</summary>
    public required IReadOnlyList<Guid> PoolsToTellOf { get; init; }

    /// <summary>The listings that the decisions exhaust or bring back.</summary>
    public required IReadOnlyList<Listing> Listings { get; init; }
}

/// <summary>
/// Commits a batch with one round trip: its statements are one implicit transaction, which the shard's fencing token
/// guards. What is only inserted goes before the fence, beside the commit of the batch that this one stands on; from
/// the fence on, one follows the other. Columns are unnested side by side in a select list: in FROM they would be
/// stored as a table first.
/// </summary>
internal static class BookBatchRows
{
    /// <summary>The shard was changed by another writer since the decisions were made.</summary>
    public const string StaleToken = "MK001";

    /// <exception cref="PostgresException">
    /// Nothing is committed: <see cref="StaleToken"/>, or a unique violation or a deadlock where another writer answers
    /// one of the calls or holds a reservation for one of the leases.
    /// </exception>
    /// <exception cref="NpgsqlException">It is not known whether all of it or nothing is committed.</exception>
    public static async Task CommitAsync(
        NpgsqlDataSource source, BookBatch batch, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var statements = new NpgsqlBatch(connection);
        statements.BatchCommands.Add(Command(
            "select pg_advisory_xact_lock(fencing_token_lock($1))", batch.After.FencingToken));
        if (batch.Answers.Count > 0) statements.BatchCommands.Add(RequestLog.Insert(batch.Answers));
        AddMade(statements.BatchCommands, batch);
        statements.BatchCommands.Add(Fence(batch));
        AddBooks(statements.BatchCommands, batch);
        AddChanged(statements.BatchCommands, batch);
        AddNews(statements.BatchCommands, batch);
        await statements.PrepareAsync(cancellationToken);
        await statements.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand Fence(BookBatch batch) => Command(
        "select advance_shard($1, $2, $3, $4)",
        batch.ProviderId, batch.Before.FencingToken, batch.After.FencingToken, batch.Made.Count > 0);

    // The database adds what has changed to what it has, so that its check judges its own sum and not ours.
    private static void AddBooks(NpgsqlBatchCommandCollection commands, BookBatch batch)
    {
        if (batch.Pools.Count == 0) return;
        var (poolIds, months, firsts, lasts, kw) =
            (new List<Guid>(), new List<DateOnly>(), new List<int>(), new List<int>(), new List<int>());
        foreach (var pool in batch.Pools)
        {
            foreach (var (month, added) in pool.AddedKw)
            {
                poolIds.Add(pool.PoolId);
                months.Add(month);
                // Arrays of months differ in length, which an array of arrays cannot hold: each is a slice of one.
                firsts.Add(kw.Count + 1);
                kw.AddRange(added);
                lasts.Add(kw.Count);
            }
        }
        if (poolIds.Count > 0)
        {
            commands.Add(Command(
                """
                update pool_month set free_kw = array(
                    select unnest(pool_month.free_kw) + unnest(($5::int[])[change.first : change.last]))
                from unnest($1, $2, $3, $4) as change (pool_id, month, first, last)
                where pool_month.pool_id = change.pool_id and pool_month.month = change.month
                """,
                poolIds.ToArray(),
                months.ToArray(),
                firsts.ToArray(),
                lasts.ToArray(),
                kw.ToArray()));
        }
        commands.Add(Command(
            """
            update pool set version = changed.version, epoch = $3
            from unnest($1, $2) as changed (pool_id, version) where pool.pool_id = changed.pool_id
            """,
            Of(batch.Pools, pool => pool.PoolId),
            Of(batch.Pools, pool => pool.Version),
            batch.After.Epoch));
    }

    private static void AddMade(NpgsqlBatchCommandCollection commands, BookBatch batch)
    {
        if (batch.Made.Count == 0) return;
        commands.Add(Command(
            """
            insert into reservation (reservation_id, lease_id, provider_organisation_id, buyer_organisation_id,
                listing_id, state, is_given_back, start_date, end_date, original_end_date, expire_time,
                lease_version, content_hash, version, create_time, update_time)
            select unnest($2), unnest($3), $1, unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9),
                unnest($10), unnest($11), unnest($12), unnest($13), unnest($14), unnest($15), unnest($16)
            """,
            batch.ProviderId,
            Of(batch.Made, made => made.ReservationId),
            Of(batch.Made, made => made.LeaseId),
            Of(batch.Made, made => made.BuyerOrganisationId),
            Of(batch.Made, made => made.ListingId),
            Of(batch.Made, made => made.StateName),
            Of(batch.Made, made => made.IsGivenBack),
            Of(batch.Made, made => made.StartDate),
            Of(batch.Made, made => made.EndDate),
            Of(batch.Made, made => made.OriginalEndDate),
            Of(batch.Made, made => made.ExpireTime?.ToDateTimeUtc()),
            Of(batch.Made, made => made.LeaseVersion),
            Of(batch.Made, made => made.ContentHash),
            Of(batch.Made, made => made.Version),
            Of(batch.Made, made => made.CreateTime.ToDateTimeUtc()),
            Of(batch.Made, made => made.UpdateTime.ToDateTimeUtc())));
        commands.Add(InsertSteps(batch.Made));
        var holds = batch.Made.Where(made => made.ExpireTime is not null).ToList();
        if (holds.Count > 0)
        {
            commands.Add(Transaction.Schedule(HoldExpiry.WorkKind,
                [.. holds.Select(hold => (hold.LeaseId.ToString(), hold.ExpireTime!.Value))]));
        }
    }

    private static void AddChanged(NpgsqlBatchCommandCollection commands, BookBatch batch)
    {
        if (batch.Changed.Count > 0)
        {
            commands.Add(Command(
                """
                update reservation set state = changed.state, is_given_back = changed.is_given_back,
                    start_date = changed.start_date, end_date = changed.end_date,
                    original_end_date = changed.original_end_date, expire_time = changed.expire_time,
                    lease_version = changed.lease_version, version = changed.version, update_time = changed.update_time
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as changed (reservation_id, state, is_given_back,
                    start_date, end_date, original_end_date, expire_time, lease_version, version, update_time)
                where reservation.reservation_id = changed.reservation_id
                """,
                Of(batch.Changed, changed => changed.ReservationId),
                Of(batch.Changed, changed => changed.StateName),
                Of(batch.Changed, changed => changed.IsGivenBack),
                Of(batch.Changed, changed => changed.StartDate),
                Of(batch.Changed, changed => changed.EndDate),
                Of(batch.Changed, changed => changed.OriginalEndDate),
                Of(batch.Changed, changed => changed.ExpireTime?.ToDateTimeUtc()),
                Of(batch.Changed, changed => changed.LeaseVersion),
                Of(batch.Changed, changed => changed.Version),
                Of(batch.Changed, changed => changed.UpdateTime.ToDateTimeUtc())));
        }
        if (batch.Replaced.Count > 0) commands.Add(InsertHistory(batch));
        if (batch.Amended.Count > 0)
        {
            commands.Add(Command("delete from reservation_step where reservation_id = any($1)",
                Of(batch.Amended, amended => amended.ReservationId)));
            commands.Add(InsertSteps(batch.Amended));
        }
    }

    private static NpgsqlBatchCommand InsertHistory(BookBatch batch)
    {
        var held = batch.Replaced.Select(replaced => replaced.Reservation.HeldWithMargins).ToList();
        var steps = held.SelectMany(steps => steps).ToList();
        // The steps of each reservation are a slice of one array, as the days of a month are.
        var (firsts, lasts) = (new int[held.Count], new int[held.Count]);
        for (var (i, before) = (0, 0); i < held.Count; before += held[i].Count, i++)
            (firsts[i], lasts[i]) = (before + 1, before + held[i].Count);
        return Command(
            """
            insert into reservation_history (reservation_id, version, until_time, pool_ids, start_dates, end_dates,
                held_kw)
            select replaced.reservation_id, version, until_time, ($6::uuid[])[first : last],
                ($7::date[])[first : last], ($8::date[])[first : last], ($9::int[])[first : last]
            from unnest($1, $2, $3, $4, $5) as replaced (reservation_id, version, until_time, first, last)
            """,
            Of(batch.Replaced, replaced => replaced.Reservation.ReservationId),
            Of(batch.Replaced, replaced => replaced.Reservation.Version),
            Of(batch.Replaced, replaced => replaced.UntilTime.ToDateTimeUtc()),
            firsts,
            lasts,
            Of(steps, step => step.PoolId),
            Of(steps, step => step.Days.Start),
            Of(steps, step => step.Days.End),
            Of(steps, step => step.Kw));
    }

    private static NpgsqlBatchCommand InsertSteps(IReadOnlyList<Reservation> reservations)
    {
        var steps = reservations
            .SelectMany(reservation => reservation.Profile.Select(step => (reservation.ReservationId, Step: step)))
            .ToList();
        return Command(
            """
            insert into reservation_step (reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date,
                reserved_kw, margin_days)
            select unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8)
            """,
            Of(steps, step => step.ReservationId),
            Of(steps, step => step.Step.TrancheIndex),
            Of(steps, step => step.Step.TrancheId),
            Of(steps, step => step.Step.PoolId),
            Of(steps, step => step.Step.Days.Start),
            Of(steps, step => step.Step.Days.End),
            Of(steps, step => step.Step.Kw),
            Of(steps, step => step.Step.MarginDays));
    }

    private static void AddNews(NpgsqlBatchCommandCollection commands, BookBatch batch)
    {
        if (batch.Listings.Count > 0)
        {
            commands.Add(Command(
                """
                update listing set state = upper(changed.state), version = changed.version,
                    update_time = changed.update_time
                from unnest($1, $2, $3, $4) as changed (listing_id, state, version, update_time)
                where listing.listing_id = changed.listing_id
                """,
                Of(batch.Listings, listing => listing.ListingId),
                Of(batch.Listings, listing => listing.StateName),
                Of(batch.Listings, listing => listing.Version),
                Of(batch.Listings, listing => listing.UpdateTime.ToDateTimeUtc())));
        }
        if (batch.PoolsToTellOf.Count == 0) return;
        commands.Add(Command(
            """
            insert into unsequenced_change (kind, subject_id)
            select 'POOL', pool_id from unnest($1) as pool_id
            union all select 'LISTING', listing_id from unnest($2) as listing_id
            """,
            batch.PoolsToTellOf.ToArray(),
            Of(batch.Listings, listing => listing.ListingId)));
    }

    private static TValue[] Of<TItem, TValue>(IReadOnlyList<TItem> items, Func<TItem, TValue> value) =>
        [.. items.Select(value)];

    private static NpgsqlBatchCommand Command(string sql, params object[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }
}
