using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Marketplace.Contracts;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Applies events at most once and in order: the version that follows the last one is applied, an older one is
/// acknowledged, a newer one is set aside until those before it have come.
/// </summary>
internal sealed class Inbox(Database database)
{
    public async Task ReceiveAsync(EventConsumer consumer, Envelope envelope, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await ReceiveAsync(transaction, consumer, envelope, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public static async Task ReceiveAsync(Transaction transaction, EventConsumer consumer, Envelope envelope,
        CancellationToken cancellationToken)
    {
        // Two deliveries for one aggregate wait for each other; others do not.
        await transaction.Connection.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended(@Name || @AggregateId::text, 0))",
                new { consumer.Name, envelope.AggregateId });
        var last = await LastVersionAsync(transaction, consumer.Name, envelope.AggregateId);
        if (envelope.AggregateVersion > last + 1) await SetAsideAsync(transaction, consumer, envelope);
        else if (envelope.AggregateVersion == last + 1) await ApplyAsync(transaction, consumer, envelope,
            cancellationToken);
    }

    private static async Task ApplyAsync(Transaction transaction, EventConsumer consumer, Envelope envelope,
        CancellationToken cancellationToken)
    {
        for (var next = envelope; next is not null; next = await TakeSetAsideAsync(transaction, consumer, next))
        {
            using var activity =
                Telemetry.Source.StartActivity($"{next.MessageName} apply", ActivityKind.Consumer, next.Traceparent);
            activity?.SetTag("messaging.destination.name", consumer.Name);
            activity?.SetTag("marketplace.aggregate_id", next.AggregateId);
            await consumer.ApplyAsync(next, transaction, cancellationToken);
            await transaction.Connection.ExecuteAsync(
                """
                insert into inbox (consumer, aggregate_id, aggregate_version, message_name)
                values (@Name, @AggregateId, @AggregateVersion, @MessageName)
                """,
                new { consumer.Name, next.AggregateId, next.AggregateVersion, next.MessageName });
        }
    }

    private static Task<long> LastVersionAsync(Transaction transaction, string consumer, Guid aggregateId) =>
        transaction.Connection.QuerySingleAsync<long>(
            """
            select coalesce(max(aggregate_version), 0) from inbox
            where consumer = @consumer and aggregate_id = @aggregateId
            """,
            new { consumer, aggregateId });

    private static Task<int> SetAsideAsync(Transaction transaction, EventConsumer consumer, Envelope envelope) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into set_aside (consumer, aggregate_id, aggregate_version, envelope)
            values (@Name, @AggregateId, @AggregateVersion, @envelope)
            on conflict do nothing
            """,
            new
            {
                consumer.Name,
                envelope.AggregateId,
                envelope.AggregateVersion,
                envelope = JsonSerializer.Serialize(envelope, EventJson.Options),
            });

    private static async Task<Envelope?> TakeSetAsideAsync(Transaction transaction, EventConsumer consumer,
        Envelope applied)
    {
        var next = await transaction.Connection.QuerySingleOrDefaultAsync<string>(
            """
            delete from set_aside
            where consumer = @Name and aggregate_id = @AggregateId and aggregate_version = @version
            returning envelope
            """,
            new { consumer.Name, applied.AggregateId, version = applied.AggregateVersion + 1 });
        return next is null ? null : JsonSerializer.Deserialize<Envelope>(next, EventJson.Options);
    }
}
