using System.Text.Json;
using Marketplace.Contracts;
using NodaTime;

namespace Marketplace.ServiceDefaults;

/// <summary>One event as its handler sees it.</summary>
/// <param name="AggregateId">The aggregate.</param>
/// <param name="AggregateVersion">Its version.</param>
/// <param name="MarketTime">When it happened, by the market clock.</param>
public sealed record EventContext(Guid AggregateId, long AggregateVersion, Instant MarketTime);

/// <summary>
/// What a service does with the events of one stream. Every event of an aggregate is applied once and in the order of
/// its versions, in one transaction with the inbox row that says so; an event without a handler is only counted.
/// </summary>
/// <param name="name">The consumer's name, which is also its queue's: <c>billing.lease</c>.</param>
/// <param name="stream">The stream.</param>
public abstract class EventConsumer(string name, string stream)
{
    private readonly Dictionary<string, Func<string, EventContext, Transaction, CancellationToken, Task>> handlers = [];

    /// <summary>The consumer's name.</summary>
    public string Name { get; } = name;

    /// <summary>The stream that it consumes.</summary>
    public string Stream { get; } = stream;

    /// <summary>Says what is done with one type of event.</summary>
    protected void On<TEvent>(Func<TEvent, EventContext, Transaction, CancellationToken, Task> handle)
        where TEvent : class
    {
        var attribute = EventAttribute.Of(typeof(TEvent));
        if (attribute.Stream != Stream) throw new InvalidOperationException(
            $"{attribute.Name} is not an event of the stream {Stream}.");
        handlers.Add(attribute.Name, (payload, context, transaction, cancellationToken) =>
            handle(JsonSerializer.Deserialize<TEvent>(payload, EventJson.Options)!, context, transaction,
                cancellationToken));
    }

    internal Task ApplyAsync(Envelope envelope, Transaction transaction, CancellationToken cancellationToken) =>
        handlers.TryGetValue(envelope.MessageName, out var handle)
            ? handle(
                envelope.Payload,
                new(envelope.AggregateId, envelope.AggregateVersion, Instant.FromDateTimeOffset(envelope.MarketTime)),
                transaction,
                cancellationToken)
            : Task.CompletedTask;
}
