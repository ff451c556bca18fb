using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// What happens to a message from the broker: it is applied, tried again a bounded number of times, and then parked,
/// where it can be listed, shown and replayed. While the database is away nothing is acknowledged.
/// </summary>
internal sealed partial class EventReceiver(Inbox inbox, ParkedMessages parked, ILogger<EventReceiver> logger)
{
    private static readonly TimeSpan[] RetryDelays =
        [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];

    private static readonly TimeSpan AwayDelay = TimeSpan.FromSeconds(1);

    public async Task ReceiveAsync(EventConsumer consumer, Envelope envelope, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            try
            {
                await inbox.ReceiveAsync(consumer, envelope, cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                LogAway(logger, exception, consumer.Name);
                await Task.Delay(AwayDelay, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception, envelope.MessageName, envelope.MessageId, consumer.Name, failures + 1);
                if (failures == RetryDelays.Length)
                {
                    await parked.ParkAsync(consumer, envelope, exception, failures + 1, cancellationToken);
                    return;
                }
                await Task.Delay(RetryDelays[failures++], cancellationToken);
            }
        }
    }

    [LoggerMessage(EventId = 1, EventName = "event.database_away", Level = LogLevel.Warning,
        Message = "{Consumer} waits for the database")]
    private static partial void LogAway(ILogger logger, Exception exception, string consumer);

    [LoggerMessage(EventId = 2, EventName = "event.failed", Level = LogLevel.Error,
        Message = "{MessageName} {MessageId} could not be applied by {Consumer}, attempt {Attempt}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string messageName, Guid messageId,
        string consumer, int attempt);
}
