using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// What happens to a message from the broker: it is applied, tried again a bounded number of times, and then parked,
/// where it can be listed, shown and replayed. While the database is away nothing is acknowledged.
/// </summary>
internal sealed partial class EventReceiver(
    Inbox inbox, Database database, ParkedMessages parked, ILogger<EventReceiver> logger)
{
    private static readonly TimeSpan AwayDelay = TimeSpan.FromSeconds(1);

    /// <summary>Takes a message, and after it those of its aggregate that were set aside until it came.</summary>
    public async Task ReceiveAsync(EventConsumer consumer, Envelope envelope, CancellationToken cancellationToken)
    {
        var next = await ApplyOrParkAsync(consumer, envelope, cancellationToken);
        while (next is not null) next = await ApplyOrParkAsync(consumer, next, cancellationToken);
    }

    /// <summary>Takes those messages of an aggregate that were set aside and can be applied now.</summary>
    public async Task ReceiveSetAsideAsync(EventConsumer consumer, Guid aggregateId,
        CancellationToken cancellationToken)
    {
        if (await inbox.NextAsync(consumer.Name, aggregateId, cancellationToken) is { } next)
            await ReceiveAsync(consumer, next, cancellationToken);
    }

    private async Task<Envelope?> ApplyOrParkAsync(EventConsumer consumer, Envelope envelope,
        CancellationToken cancellationToken)
    {
        var failures = 0;
        Exception? failure = null;
        while (true)
        {
            try
            {
                if (failures <= ParkedMessages.RetryDelays.Count)
                    return await inbox.ReceiveAsync(consumer, envelope, cancellationToken);
                await ParkAsync(consumer, envelope, failure!, cancellationToken);
                return null;
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                LogAway(logger, exception, consumer.Name);
                await Task.Delay(AwayDelay, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failure = exception;
                LogFailed(logger, exception, envelope.MessageName, envelope.MessageId, consumer.Name, ++failures);
                if (failures <= ParkedMessages.RetryDelays.Count)
                    await Task.Delay(ParkedMessages.RetryDelays[failures - 1], cancellationToken);
            }
        }
    }

    private async Task ParkAsync(EventConsumer consumer, Envelope envelope, Exception exception,
        CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await parked.ParkAsync(transaction, consumer.Name, envelope, exception);
        await Inbox.ForgetAsync(transaction, consumer.Name, envelope.AggregateId, envelope.AggregateVersion);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 1, EventName = "event.database_away", Level = LogLevel.Warning,
        Message = "{Consumer} waits for the database")]
    private static partial void LogAway(ILogger logger, Exception exception, string consumer);

    [LoggerMessage(EventId = 2, EventName = "event.failed", Level = LogLevel.Error,
        Message = "{MessageName} {MessageId} could not be applied by {Consumer}, attempt {Attempt}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string messageName, Guid messageId,
        string consumer, int attempt);
}
