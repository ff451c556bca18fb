using Dapper;
using Google.Protobuf.WellKnownTypes;
using Marketplace.Operations.V1;
using NodaTime;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// The service's window on the market clock. It lives in the database, so that it holds for all replicas and outlives
/// restarts.
/// </summary>
internal sealed class ClockWindows(Database database, MarketClock clock, ServiceIdentity service)
{
    /// <summary>Whether it is known what the clock says, and nobody is moving it.</summary>
    public async Task<bool> IsStandingAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var (isOpen, hasTime) = await transaction.Connection.QuerySingleAsync<(bool, bool)>(
            "select is_open, market_time is not null from clock_window");
        return !isOpen && clock.IsKnown(hasTime);
    }

    /// <summary>Opens the window; waits until the mutating RPCs under way have ended.</summary>
    public async Task<ClockWindow> OpenAsync(Transaction transaction, Guid advanceId)
    {
        await transaction.Connection.ExecuteAsync($"select pg_advisory_xact_lock({Database.ClockWindowLock})");
        var row = await ReadAsync(transaction);
        if (row.IsOpen && row.ClockAdvanceId != advanceId) throw Held(row);
        return await WriteAsync(transaction, row with { IsOpen = true, ClockAdvanceId = advanceId });
    }

    public async Task<ClockWindow> MoveAsync(Transaction transaction, Guid advanceId, Instant marketTime)
    {
        var row = await ReadAsync(transaction);
        RequireOpen(row, advanceId);
        if (marketTime < row.MarketTime)
            throw RpcErrors.FailedPrecondition("CLOCK_BACKWARDS",
                $"The market clock says {row.MarketTime}; it never goes back.");
        return await WriteAsync(transaction, row with { MarketTime = marketTime });
    }

    public async Task<ClockWindow> CloseAsync(Transaction transaction, Guid advanceId)
    {
        var row = await ReadAsync(transaction);
        if (row.IsOpen && row.ClockAdvanceId != advanceId) throw Held(row);
        return await WriteAsync(transaction, row with { IsOpen = false, ClockAdvanceId = advanceId });
    }

    /// <summary>Takes over what the market clock says when the service starts: a sandbox never goes back.</summary>
    public async Task AdoptAsync(Instant marketTime, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await ReadAsync(transaction);
        if (row.MarketTime is { } known && known >= marketTime) return;
        await WriteAsync(transaction, row with { MarketTime = marketTime });
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task RequireOpenAsync(Guid advanceId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        RequireOpen(await ReadAsync(transaction), advanceId);
    }

    public async Task<Quiescence> CountAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        // Of the outbox only what the relay's cursor has not passed is left to do.
        using var counts = await transaction.Connection.QueryMultipleAsync(
            """
            select (select count(*) from outbox, relay_cursor where outbox.xid >= relay_cursor.xid) as outbox_count,
                   (select count(*) from set_aside) as set_aside_count,
                   (select count(*) from due_work
                    where run_time is null and park_time is null and due_time <= @Now) as due_count,
                   (select min(due_time) from due_work
                    where run_time is null and park_time is null) as next_due_time,
                   (select count(*) from parked_message where state = 'PARKED')::int as parked_count;
            select stream, sum(event_count)::bigint
            from (select stream, count(*) as event_count from outbox group by stream
                  union all select stream, total_count from pruned_events) as event
            group by stream order by stream;
            select consumer, sum(aggregate_version)::bigint from inbox group by consumer order by consumer;
            select parked_message_id, message_name from parked_message where state = 'PARKED'
            order by parked_message_id limit 1;
            """,
            new { transaction.Now });
        var (outbox, setAside, due, next, parked) = await counts.ReadSingleAsync<(long, long, long, DateTime?, int)>();
        var quiescence = new Quiescence
        {
            ServiceName = service.Name,
            MarketTime = transaction.Now.ToTimestamp(),
            OutboxCount = outbox,
            SetAsideCount = setAside,
            DueCount = due,
            NextDueTime = next?.ToTimestamp(),
            ParkedCount = parked,
        };
        quiescence.Sent.Add((await counts.ReadAsync<(string Stream, long Count)>())
            .Select(row => new StreamCount { Stream = row.Stream, TotalCount = row.Count }));
        quiescence.Consumed.Add((await counts.ReadAsync<(string Consumer, long Count)>())
            .Select(row => new ConsumerCount { ConsumerName = row.Consumer, TotalCount = row.Count }));
        var (parkedId, parkedName) = await counts.ReadSingleOrDefaultAsync<(Guid, string?)>();
        if (parkedName is not null)
            quiescence.FirstParkedMessage = new() { ParkedMessageId = parkedId.ToString(), MessageName = parkedName };
        return quiescence;
    }

    private static Task<Row> ReadAsync(Transaction transaction) =>
        transaction.Connection.QuerySingleAsync<Row>(
            "select is_open, clock_advance_id, market_time from clock_window for update");

    private async Task<ClockWindow> WriteAsync(Transaction transaction, Row row)
    {
        await transaction.Connection.ExecuteAsync(
            "update clock_window set is_open = @IsOpen, clock_advance_id = @ClockAdvanceId, market_time = @MarketTime",
                row);
        return new()
        {
            ServiceName = service.Name,
            State = row.IsOpen ? ClockWindowState.Open : ClockWindowState.Closed,
            ClockAdvanceId = row.ClockAdvanceId?.ToString() ?? "",
            MarketTime = clock.Now(row.MarketTime).ToTimestamp(),
        };
    }

    private static void RequireOpen(Row row, Guid advanceId)
    {
        if (!row.IsOpen || row.ClockAdvanceId != advanceId)
            throw RpcErrors.FailedPrecondition("CLOCK_WINDOW_NOT_OPEN",
                $"The window is not open for the advance {advanceId}; open it first.");
    }

    private static Grpc.Core.RpcException Held(Row row) =>
        RpcErrors.FailedPrecondition("CLOCK_WINDOW_HELD", $"The window is open for the advance {row.ClockAdvanceId}.");

    private sealed record Row(bool IsOpen, Guid? ClockAdvanceId, Instant? MarketTime);
}
