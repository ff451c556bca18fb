using Marketplace.Operations.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Gives a parked message to what could not do with it before: a consumer of events, or due work.</summary>
internal sealed class ParkedMessageReplay(
    ParkedMessages parked, IEnumerable<EventConsumer> consumers, DueWorkRunner dueWork, EventReceiver receiver)
{
    /// <summary>Replays a message in a transaction that the caller commits.</summary>
    public Task<ParkedMessage> ReplayAsync(Transaction transaction, Guid id, CancellationToken cancellationToken) =>
        parked.ReplayAsync(transaction, id, (consumer, envelope) =>
            consumer == DueWorkRunner.Name
                ? dueWork.ReplayAsync(transaction, envelope.AggregateId, cancellationToken)
                : Inbox.ReceiveAsync(transaction, Consumer(consumer), envelope, cancellationToken));

    /// <summary>Takes what was set aside until the message was replayed.</summary>
    public Task FollowAsync(ParkedMessage message, CancellationToken cancellationToken) =>
        message.State == ParkedMessageState.Replayed && message.ConsumerName != DueWorkRunner.Name
            ? receiver.ReceiveSetAsideAsync(
                Consumer(message.ConsumerName), Guid.Parse(message.AggregateId), cancellationToken)
            : Task.CompletedTask;

    private EventConsumer Consumer(string name) => consumers.Single(consumer => consumer.Name == name);
}
