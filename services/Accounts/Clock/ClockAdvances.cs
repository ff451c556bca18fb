using Dapper;
using Marketplace.Accounts.V1;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Clock;

/// <summary>A parked message that holds up an advance.</summary>
/// <param name="ServiceName">The service that holds it.</param>
/// <param name="ParkedMessageId">Its id.</param>
/// <param name="MessageName">The name of its type.</param>
/// <param name="ParkedCount">How many messages are parked in all services.</param>
internal sealed record ClockStop(string ServiceName, Guid ParkedMessageId, string MessageName, int ParkedCount);

/// <summary>The advances of the market clock: each is a row that says how far it has come.</summary>
internal sealed class ClockAdvances(Database database, ServiceDefaults.MarketClock clock, TimeProvider time)
{
    private const int YearsAheadMax = 25;

    private const string Columns =
        """
        clock_advance_id, state, start_market_time, target_market_time, market_time, work_run_count, stop_service_name,
        stop_parked_message_id, stop_message_name, stop_parked_count, create_time, update_time
        """;

    /// <summary>Begins an advance.</summary>
    public async Task<ClockAdvance> BeginAsync(Transaction transaction, Instant target)
    {
        if (clock.Mode == MarketClockMode.Production)
        {
            throw RpcErrors.FailedPrecondition(
                "CLOCK_NOT_SANDBOX", "In production the market clock is the system clock; nobody moves it.");
        }
        var now = transaction.Now;
        if (target < now)
        {
            throw RpcErrors.FailedPrecondition(
                "CLOCK_BACKWARDS", $"The market clock says {now}; it never goes back.", ("market_time", $"{now}"));
        }
        if (target > now.InUtc().LocalDateTime.PlusYears(YearsAheadMax).InUtc().ToInstant())
        {
            throw RpcErrors.InvalidFields([new("target_market_time", "OUT_OF_RANGE",
                $"Must be at most {YearsAheadMax} years after the market clock, which says {now}.")]);
        }
        var inserted = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"""
            insert into clock_advance (clock_advance_id, state, start_market_time, target_market_time, market_time,
                work_run_count, create_time, update_time)
            values (@id, 'RUNNING', @now, @target, @now, 0, @created, @created)
            on conflict ((true)) where state in ('RUNNING', 'STOPPED') do nothing
            returning {Columns}
            """,
            new { id = Guid.CreateVersion7(), now, target, created = time.Now() });
        return inserted is not null ? inserted.ToMessage() : throw Unfinished(await FindUnfinishedAsync(transaction));
    }

    /// <summary>Lets a stopped advance go on.</summary>
    public async Task<ClockAdvance> ResumeAsync(Transaction transaction, Guid id)
    {
        var row = await FindAsync(transaction, id, "for update") ?? throw NotFound(id);
        if (row.State != "STOPPED")
            throw RpcErrors.FailedPrecondition(
                "CLOCK_ADVANCE_NOT_STOPPED", $"The advance is {row.State}; only STOPPED ones resume.");
        var resumed = await transaction.Connection.QuerySingleAsync<Row>(
            $"""
            update clock_advance set state = 'RUNNING', stop_service_name = null, stop_parked_message_id = null,
                stop_message_name = null, stop_parked_count = null, update_time = @now
            where clock_advance_id = @id returning {Columns}
            """,
            new { id, now = time.Now() });
        return resumed.ToMessage();
    }

    /// <summary>An advance.</summary>
    public async Task<ClockAdvance> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        return (await FindAsync(transaction, id) ?? throw NotFound(id)).ToMessage();
    }

    /// <summary>The advance that is to be driven on, or null.</summary>
    public async Task<ClockAdvance?> FindRunningAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from clock_advance where state = 'RUNNING'");
        return row?.ToMessage();
    }

    /// <summary>What the market clock says, and the advance that is under way.</summary>
    public async Task<V1.MarketClock> ReadClockAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var unfinished = await FindUnfinishedAsync(transaction);
        return new()
        {
            Mode = clock.Mode == MarketClockMode.Sandbox ? ClockMode.Sandbox : ClockMode.Production,
            MarketTime = transaction.Now.ToTimestamp(),
            ClockAdvanceId = unfinished?.ToString() ?? "",
        };
    }

    /// <summary>Notes where all clocks are moved to next, before the first of them moves.</summary>
    public Task<ClockAdvance> StepAsync(ClockAdvance advance, Instant next, CancellationToken cancellationToken) =>
        UpdateAsync(advance, "market_time = @next", new { next }, cancellationToken);

    /// <summary>Notes that work was run.</summary>
    public Task<ClockAdvance> CountAsync(ClockAdvance advance, long runCount, CancellationToken cancellationToken) =>
        UpdateAsync(advance, "work_run_count = work_run_count + @runCount", new { runCount }, cancellationToken);

    /// <summary>Notes that a parked message holds it up.</summary>
    public Task<ClockAdvance> StopAsync(ClockAdvance advance, ClockStop stop, CancellationToken cancellationToken) =>
        UpdateAsync(
            advance,
            """
            state = 'STOPPED', stop_service_name = @ServiceName, stop_parked_message_id = @ParkedMessageId,
            stop_message_name = @MessageName, stop_parked_count = @ParkedCount
            """,
            stop,
            cancellationToken);

    /// <summary>Notes that the clock says the target time.</summary>
    public Task<ClockAdvance> SucceedAsync(ClockAdvance advance, CancellationToken cancellationToken) =>
        UpdateAsync(advance, "state = 'SUCCEEDED'", new { }, cancellationToken);

    // Two replicas cannot both drive an advance: of two that read the same row, one finds it changed.
    private async Task<ClockAdvance> UpdateAsync(
        ClockAdvance advance, string change, object values, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(values);
        parameters.Add("id", Guid.Parse(advance.ClockAdvanceId));
        parameters.Add("known", advance.MarketTime.ToInstant());
        parameters.Add("now", time.Now());
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"""
            update clock_advance set {change}, update_time = @now
            where clock_advance_id = @id and state = 'RUNNING' and market_time = @known returning {Columns}
            """,
            parameters) ?? throw new InvalidOperationException(
                $"The advance {advance.ClockAdvanceId} is driven by another.");
        await transaction.CommitAsync(cancellationToken);
        return row.ToMessage();
    }

    private static Task<Row?> FindAsync(Transaction transaction, Guid id, string locking = "") =>
        transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from clock_advance where clock_advance_id = @id {locking}", new { id });

    private static Task<Guid?> FindUnfinishedAsync(Transaction transaction) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Guid?>(
            "select clock_advance_id from clock_advance where state in ('RUNNING', 'STOPPED')");

    private static Grpc.Core.RpcException Unfinished(Guid? id) => RpcErrors.FailedPrecondition(
        "CLOCK_ADVANCE_UNFINISHED", $"The advance {id} is not finished.", ("clock_advance_id", $"{id}"));

    private static Grpc.Core.RpcException NotFound(Guid id) =>
        RpcErrors.NotFound("CLOCK_ADVANCE_NOT_FOUND", "advance", id.ToString());

    private sealed record Row(
        Guid ClockAdvanceId,
        string State,
        Instant StartMarketTime,
        Instant TargetMarketTime,
        Instant MarketTime,
        long WorkRunCount,
        string? StopServiceName,
        Guid? StopParkedMessageId,
        string? StopMessageName,
        int? StopParkedCount,
        Instant CreateTime,
        Instant UpdateTime)
    {
        public ClockAdvance ToMessage() => new()
        {
            ClockAdvanceId = ClockAdvanceId.ToString(),
            State = State switch
            {
                "RUNNING" => ClockAdvanceState.Running,
                "STOPPED" => ClockAdvanceState.Stopped,
                "SUCCEEDED" => ClockAdvanceState.Succeeded,
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            StartMarketTime = StartMarketTime.ToTimestamp(),
            TargetMarketTime = TargetMarketTime.ToTimestamp(),
            MarketTime = MarketTime.ToTimestamp(),
            WorkRunCount = WorkRunCount,
            Stop = StopParkedMessageId is not { } messageId
                ? null
                : new()
                {
                    ServiceName = StopServiceName,
                    ParkedMessageId = messageId.ToString(),
                    MessageName = StopMessageName,
                    ParkedCount = StopParkedCount ?? 0,
                },
            CreateTime = CreateTime.ToTimestamp(),
            UpdateTime = UpdateTime.ToTimestamp(),
        };
    }
}
