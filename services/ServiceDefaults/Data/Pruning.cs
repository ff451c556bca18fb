using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Deletes what a service has kept long enough: answers to mutating RPCs after 30 days, unless they are kept for ever,
/// and events that the broker has had after 7 days, of which the count stays.
/// </summary>
internal sealed partial class Pruning(NpgsqlDataSource source, ILogger<Pruning> logger)
    : RepeatedWorker(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), logger)
{
    // A write transaction stays well under a second.
    private const int BatchMax = 5_000;

    private static readonly TimeSpan AnswerAge = TimeSpan.FromDays(30);
    private static readonly TimeSpan EventAge = TimeSpan.FromDays(7);

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        var answers = await BatchesAsync(
            """
            with deleted as (
                delete from request_log where (organisation_id, request_id) in (
                    select organisation_id, request_id from request_log
                    where not keep_for_ever and create_time < now() - @AnswerAge
                    order by create_time limit @BatchMax for update skip locked)
                returning 1)
            select count(*) from deleted
            """,
            cancellationToken);
        // The oldest are looked at alone, so that the search ends where the young ones begin.
        var events = await BatchesAsync(
            """
            with oldest as (select id, xid, create_time from outbox order by id limit @BatchMax),
            deleted as (
                delete from outbox using oldest, relay_cursor
                where outbox.id = oldest.id and oldest.create_time < now() - @EventAge
                    and oldest.xid < relay_cursor.xid
                returning outbox.stream),
            counted as (
                insert into pruned_events (stream, total_count) select stream, count(*) from deleted group by stream
                on conflict (stream) do update set total_count = pruned_events.total_count + excluded.total_count)
            select count(*) from deleted
            """,
            cancellationToken);
        if (answers + events > 0) LogPruned(logger, answers, events);
    }

    private async Task<long> BatchesAsync(string sql, CancellationToken cancellationToken)
    {
        long total = 0;
        while (true)
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var count = await connection.QuerySingleAsync<long>(sql, new { AnswerAge, EventAge, BatchMax });
            total += count;
            if (count < BatchMax) return total;
        }
    }

    [LoggerMessage(EventId = 1, EventName = "pruning.done", Level = LogLevel.Information,
        Message = "{Answers} answers and {Events} events were old enough to be deleted")]
    private static partial void LogPruned(ILogger logger, long answers, long events);
}
