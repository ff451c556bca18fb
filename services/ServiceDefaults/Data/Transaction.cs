using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Marketplace.Contracts;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// One transaction of the service's database. State, the events that tell of it and the work that it makes due leave in
/// one commit; what is not committed when it is disposed never was.
/// </summary>
public sealed class Transaction : IAsyncDisposable
{
    private readonly NpgsqlTransaction transaction;
    private readonly OutboxSignal outbox;
    private bool hasEvents;

    internal Transaction(NpgsqlConnection connection, NpgsqlTransaction transaction, Instant now, OutboxSignal outbox)
    {
        (Connection, this.transaction, Now, this.outbox) = (connection, transaction, now, outbox);
    }

    /// <summary>The connection; commands on it belong to the transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>What the market clock says throughout the transaction.</summary>
    public Instant Now { get; }

    /// <summary>Publishes an event of an aggregate.</summary>
    /// <param name="aggregateId">The aggregate.</param>
    /// <param name="aggregateVersion">Its gapless version, from 1: consumers apply the events of an aggregate in this
    /// order.</param>
    /// <param name="event">The event; its type has an <see cref="EventAttribute"/>.</param>
    public Task PublishAsync(Guid aggregateId, long aggregateVersion, object @event)
    {
        var name = EventAttribute.Of(@event.GetType());
        hasEvents = true;
        return Connection.ExecuteAsync(
            """
            insert into outbox
                (message_id, stream, message_name, aggregate_id, aggregate_version, market_time, payload, traceparent)
            values (@messageId, @Stream, @Name, @aggregateId, @aggregateVersion, @Now, @payload, @traceparent)
            """,
            new
            {
                messageId = Guid.CreateVersion7(),
                name.Stream,
                name.Name,
                aggregateId,
                aggregateVersion,
                Now,
                payload = JsonSerializer.Serialize(@event, @event.GetType(), EventJson.Options),
                traceparent = Activity.Current?.Id,
            });
    }

    /// <summary>Makes work due once: a second call with the same kind and key changes nothing.</summary>
    /// <param name="kind">The kind of work, which an <see cref="IDueWork"/> runs.</param>
    /// <param name="uniqueKey">What makes the work unique among its kind.</param>
    /// <param name="dueTime">When it is due by the market clock.</param>
    /// <param name="payload">What the work needs to know.</param>
    public Task ScheduleAsync(string kind, string uniqueKey, Instant dueTime, string payload) =>
        Connection.ExecuteAsync(
            """
            insert into due_work (due_work_id, kind, unique_key, due_time, payload, traceparent)
            values (@dueWorkId, @kind, @uniqueKey, @dueTime, @payload, @traceparent)
            on conflict (kind, unique_key) do nothing
            """,
            new
            {
                dueWorkId = Guid.CreateVersion7(),
                kind,
                uniqueKey,
                dueTime,
                payload,
                traceparent = Activity.Current?.Id,
            });

    /// <summary>
    /// Makes work due once in a batch that is a transaction of its own; the keys say what the work needs to know.
    /// </summary>
    public static NpgsqlBatchCommand Schedule(
        string kind, IReadOnlyCollection<(string UniqueKey, Instant DueTime)> works)
    {
        var command = new NpgsqlBatchCommand(
            """
            insert into due_work (due_work_id, kind, unique_key, due_time, payload, traceparent)
            select work.id, $1, work.key, work.due_time, work.key, $5
            from unnest($2, $3, $4) as work (id, key, due_time)
            on conflict (kind, unique_key) do nothing
            """);
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = works.Select(_ => Guid.CreateVersion7()).ToArray() });
        command.Parameters.Add(new() { Value = works.Select(work => work.UniqueKey).ToArray() });
        command.Parameters.Add(new() { Value = works.Select(work => work.DueTime.ToDateTimeUtc()).ToArray() });
        command.Parameters.Add(
            new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return command;
    }

    /// <summary>Commits.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        if (hasEvents) outbox.Raise();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
