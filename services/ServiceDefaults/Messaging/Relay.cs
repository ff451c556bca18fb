using System.Diagnostics;
using Dapper;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Brings the events of the outbox to the broker. One relay of a database is at work at a time; it reads windows of
/// transactions that have all ended, [last xmin, new xmin), and moves its cursor when the broker has confirmed the
/// whole window. A crash between the two sends a window again: consumers apply an event once. When the service stops,
/// the relay brings out what is there before it ends.
/// </summary>
internal sealed partial class Relay(
    NpgsqlDataSource source, IBus bus, BrokerTopology topology, OutboxSignal signal, ILogger<Relay> logger)
    : BackgroundService
{
    private const long RelayLock = 0x52_45_4C_41;
    private const int WindowMax = 5_000;

    // After events it looks again soon, for those that an open transaction held back; then less and less often.
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(160);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRoundDurationMax = TimeSpan.FromSeconds(10);

    private volatile bool isLastRound;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        isLastRound = true;
        signal.Raise();
        // What does not go out in time waits in the outbox, for another replica or the next start.
        await ExecuteTask!.WaitAsync(LastRoundDurationMax, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await RelayAsync(stoppingToken);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever is away, database or broker, the outbox keeps the events until it is back.
                LogInterrupted(logger, exception);
                if (isLastRound) return;
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    private async Task RelayAsync(CancellationToken cancellationToken)
    {
        await topology.DeclareAsync(cancellationToken);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // The lock belongs to the session: it is free again the moment that this process or its connection is gone.
        while (!await connection.QuerySingleAsync<bool>($"select pg_try_advisory_lock({RelayLock})"))
        {
            if (isLastRound) return;
            await Task.Delay(Retry, cancellationToken);
        }
        var pause = PauseMin;
        while (true)
        {
            var isLast = isLastRound;
            if (await RelayWindowAsync(connection, cancellationToken))
            {
                pause = PauseMin;
                continue;
            }
            // A transaction that is still open anywhere holds back what was committed after it began.
            if (isLast && !await connection.QuerySingleAsync<bool>(
                "select exists (select from outbox, relay_cursor where outbox.xid >= relay_cursor.xid)")) return;
            var hasEvents = await signal.WaitAsync(pause, cancellationToken);
            pause = hasEvents ? PauseMin : pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    private async Task<bool> RelayWindowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (last, next) = await connection.QuerySingleAsync<(string, string)>(
            "select xid::text, pg_snapshot_xmin(pg_current_snapshot())::text from relay_cursor");
        var rows = (await connection.QueryAsync<Row>(
            """
            select xid::text as xid, message_id, stream, message_name, aggregate_id, aggregate_version, market_time,
                payload, traceparent
            from outbox where xid >= @last::xid8 and xid < @next::xid8 order by xid, id limit @limit
            """,
            new { last, next, limit = WindowMax + 1 })).AsList();
        if (rows.Count > WindowMax)
        {
            // The window ends before the transaction that the limit cuts in two, unless it is the only one.
            var cut = rows[^1].Xid;
            if (rows[0].Xid == cut) rows = await WholeTransactionAsync(connection, cut);
            else rows.RemoveAll(row => row.Xid == cut);
            next = rows[0].Xid == cut ? (ulong.Parse(cut, System.Globalization.CultureInfo.InvariantCulture) + 1)
                .ToString(System.Globalization.CultureInfo.InvariantCulture) : cut;
        }
        // An empty window leaves the cursor where it is: moving it would itself be a transaction, and so without end.
        if (rows.Count == 0) return false;
        await Task.WhenAll(rows.Select(row => PublishAsync(row, cancellationToken)));
        await connection.ExecuteAsync("update relay_cursor set xid = @next::xid8", new { next });
        return true;
    }

    private static async Task<List<Row>> WholeTransactionAsync(NpgsqlConnection connection, string xid) =>
        (await connection.QueryAsync<Row>(
            """
            select xid::text as xid, message_id, stream, message_name, aggregate_id, aggregate_version, market_time,
                payload, traceparent
            from outbox where xid = @xid::xid8 order by id
            """,
            new { xid })).AsList();

    private async Task PublishAsync(Row row, CancellationToken cancellationToken)
    {
        using var activity =
            Telemetry.Source.StartActivity($"{row.MessageName} publish", ActivityKind.Producer, row.Traceparent);
        var envelope = new Envelope
        {
            MessageId = row.MessageId,
            Stream = row.Stream,
            MessageName = row.MessageName,
            AggregateId = row.AggregateId,
            AggregateVersion = row.AggregateVersion,
            MarketTime = row.MarketTime,
            Payload = row.Payload,
            Traceparent = activity?.Id ?? row.Traceparent,
        };
        await bus.Publish(
            envelope,
            context =>
            {
                context.MessageId = row.MessageId;
                context.SetRoutingKey(row.Stream);
            },
            cancellationToken);
    }

    [LoggerMessage(EventId = 1, EventName = "relay.interrupted", Level = LogLevel.Warning,
        Message = "The relay is interrupted and tries again")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);

    private sealed record Row(
        string Xid,
        Guid MessageId,
        string Stream,
        string MessageName,
        Guid AggregateId,
        long AggregateVersion,
        DateTime MarketTime,
        string Payload,
        string? Traceparent);
}
