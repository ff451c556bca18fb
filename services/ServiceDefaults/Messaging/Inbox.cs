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
    /// <summary>Takes an event.</summary>
    /// <returns>The event that was set aside and can be applied now; it has failures of its own, so the caller takes
    /// it in a transaction of its own.</returns>
    public async Task<Envelope?> ReceiveAsync(EventConsumer consumer, Envelope envelope,
        CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await ReceiveAsync(transaction, consumer, envelope, cancellationToken);
        var next = await NextAsync(transaction, consumer.Name, envelope.AggregateId);
        await transaction.CommitAsync(cancellationToken);
        return next;
    }

    /// <summary>Takes an event in a transaction that the caller commits.</summary>
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

    /// <summary>The event of an aggregate that was set aside and can be applied now, or null.</summary>
    public async Task<Envelope?> NextAsync(string consumer, Guid aggregateId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        return await NextAsync(transaction, consumer, aggregateId);
    }

    /// <summary>Gives up an event that was set aside, for instance because it is parked.</summary>
    public static Task ForgetAsync(Transaction transaction, string consumer, Guid aggregateId, long version) =>
        transaction.Connection.ExecuteAsync(
            """
            delete from set_aside
            where consumer = @consumer and aggregate_id = @aggregateId and aggregate_version = @version
            """,
            new { consumer, aggregateId, version });

    private static async Task ApplyAsync(Transaction transaction, EventConsumer consumer, Envelope envelope,
        CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity(
            $"{envelope.MessageName} apply", ActivityKind.Consumer, envelope.Traceparent);
        activity?.SetTag("messaging.destination.name", consumer.Name);
        activity?.SetTag("marketplace.aggregate_id", envelope.AggregateId);
        await consumer.ApplyAsync(envelope, transaction, cancellationToken);
        await transaction.Connection.ExecuteAsync(
            """
            insert into inbox (consumer, aggregate_id, aggregate_version)
            values (@Name, @AggregateId, @AggregateVersion)
            on conflict (consumer, aggregate_id) do update
            set aggregate_version = excluded.aggregate_version, consume_time = now()
            """,
            new { consumer.Name, envelope.AggregateId, envelope.AggregateVersion });
        // Also where it was delivered again, and not taken from there.
        await ForgetAsync(transaction, consumer.Name, envelope.AggregateId, envelope.AggregateVersion);
    }

    private static Task<long> LastVersionAsync(Transaction transaction, string consumer, Guid aggregateId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<long>(
            "select aggregate_version from inbox where consumer = @consumer and aggregate_id = @aggregateId",
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

    private static async Task<Envelope?> NextAsync(Transaction transaction, string consumer, Guid aggregateId)
    {
        var next = await transaction.Connection.QuerySingleOrDefaultAsync<string>(
            """
            select envelope from set_aside join inbox using (consumer, aggregate_id)
            where consumer = @consumer and aggregate_id = @aggregateId
                and set_aside.aggregate_version = inbox.aggregate_version + 1
            """,
            new { consumer, aggregateId });
        return next is null ? null : JsonSerializer.Deserialize<Envelope>(next, EventJson.Options);
    }
}
