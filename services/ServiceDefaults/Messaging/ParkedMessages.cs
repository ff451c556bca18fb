using System.Text;
using System.Text.Json;
using Dapper;
using Google.Protobuf;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Operations.V1;
using Microsoft.Extensions.Logging;

namespace Marketplace.ServiceDefaults;

/// <summary>Messages that could not be applied, kept until somebody has put the cause right and replays them.</summary>
internal sealed partial class ParkedMessages(
    Database database, ServiceIdentity service, ILogger<ParkedMessages> logger)
{
    private const int DescriptionLengthMax = 2_000;

    /// <summary>What passes between the attempts at a message; when the last fails too, it is parked.</summary>
    public static readonly IReadOnlyList<TimeSpan> RetryDelays =
        [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];

    private const string Columns =
        """
        parked_message_id, consumer, message_id, message_name, aggregate_id, aggregate_version, envelope,
        failure_reason, failure_description, attempt_count, state, park_time, replay_time
        """;

    /// <summary>Parks a message that its consumer could not apply in all its attempts.</summary>
    public async Task ParkAsync(Transaction transaction, string consumer, Envelope envelope, Exception exception)
    {
        await transaction.Connection.ExecuteAsync(
            """
            insert into parked_message
                (parked_message_id, consumer, message_id, message_name, aggregate_id, aggregate_version, envelope,
                failure_reason, failure_description, attempt_count, state)
            values (@id, @consumer, @MessageId, @MessageName, @AggregateId, @AggregateVersion, @envelope,
                @reason, @description, @attemptCount, 'PARKED')
            on conflict (consumer, message_id) do update set state = 'PARKED', failure_reason = excluded.failure_reason,
                failure_description = excluded.failure_description,
                attempt_count = parked_message.attempt_count + excluded.attempt_count
            """,
            new
            {
                id = Guid.CreateVersion7(),
                consumer,
                envelope.MessageId,
                envelope.MessageName,
                envelope.AggregateId,
                envelope.AggregateVersion,
                envelope = JsonSerializer.Serialize(envelope, EventJson.Options),
                reason = ReasonOf(exception),
                description = DescriptionOf(exception),
                attemptCount = RetryDelays.Count + 1,
            });
        LogParked(logger, envelope.MessageName, envelope.MessageId, consumer);
    }

    /// <summary>A page of messages in the order of their ids.</summary>
    public async Task<IReadOnlyList<ParkedMessage>> ListAsync(
        string state, string? messageName, Guid? after, int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var rows = await transaction.Connection.QueryAsync<Row>(
            $"""
            select {Columns} from parked_message
            where state = @state
                and (@messageName is null or message_name = @messageName)
                and (@after is null or parked_message_id > @after)
            order by parked_message_id limit @limit
            """,
            new { state, messageName, after, limit });
        return [.. rows.Select(row => Message(row, withBody: false))];
    }

    /// <summary>A message, or null.</summary>
    public async Task<ParkedMessage?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        return await FindAsync(transaction, id) is { } row ? Message(row, withBody: true) : null;
    }

    /// <summary>
    /// Gives a message to its consumer again; if it fails again, it stays parked with one attempt more.
    /// </summary>
    /// <param name="transaction">The transaction of message and effect.</param>
    /// <param name="id">The message.</param>
    /// <param name="apply">Gives it to the consumer of that name.</param>
    public async Task<ParkedMessage> ReplayAsync(Transaction transaction, Guid id, Func<string, Envelope, Task> apply)
    {
        var row = await FindAsync(transaction, id)
            ?? throw RpcErrors.NotFound("PARKED_MESSAGE_NOT_FOUND", "parked message", id.ToString());
        if (row.State != "PARKED")
            throw RpcErrors.FailedPrecondition("PARKED_MESSAGE_ALREADY_REPLAYED",
                "The message was replayed with success already.");
        await transaction.Connection.ExecuteAsync("savepoint replay");
        try
        {
            var envelope = JsonSerializer.Deserialize<Envelope>(row.Envelope, EventJson.Options)!;
            await apply(row.Consumer, envelope);
            await transaction.Connection.ExecuteAsync(
                """
                update parked_message set state = 'REPLAYED', replay_time = now(), attempt_count = attempt_count + 1
                where parked_message_id = @id
                """,
                new { id });
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogReplayFailed(logger, exception, row.MessageName, row.MessageId, row.Consumer);
            await transaction.Connection.ExecuteAsync("rollback to savepoint replay");
            await transaction.Connection.ExecuteAsync(
                """
                update parked_message
                set failure_reason = @reason, failure_description = @description, attempt_count = attempt_count + 1
                where parked_message_id = @id
                """,
                new { id, reason = ReasonOf(exception), description = DescriptionOf(exception) });
        }
        return Message((await FindAsync(transaction, id))!, withBody: true);
    }

    private static Task<Row?> FindAsync(Transaction transaction, Guid id) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from parked_message where parked_message_id = @id for update", new { id });

    private static string ReasonOf(Exception exception) =>
        exception is RpcException rpc && RpcErrors.ReasonOf(rpc) is { Length: > 0 } reason
            ? reason
            : ProtoReason(exception.GetType().Name);

    // NullReferenceException reads as NULL_REFERENCE.
    private static string ProtoReason(string exceptionName)
    {
        var name = exceptionName.EndsWith("Exception", StringComparison.Ordinal) ? exceptionName[..^"Exception".Length]
            : exceptionName;
        return string.Concat(name.Select((letter, i) =>
            i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));
    }

    private static string DescriptionOf(Exception exception) =>
        exception.Message.Length <= DescriptionLengthMax ? exception.Message
            : exception.Message[..DescriptionLengthMax];

    private ParkedMessage Message(Row row, bool withBody)
    {
        var envelope = JsonSerializer.Deserialize<Envelope>(row.Envelope, EventJson.Options)!;
        return new()
        {
            ParkedMessageId = row.ParkedMessageId.ToString(),
            State = row.State == "PARKED" ? ParkedMessageState.Parked : ParkedMessageState.Replayed,
            ServiceName = service.Name,
            ConsumerName = row.Consumer,
            MessageName = row.MessageName,
            MessageId = row.MessageId.ToString(),
            AggregateId = row.AggregateId.ToString(),
            AggregateVersion = row.AggregateVersion,
            Body = withBody ? ByteString.CopyFrom(envelope.Payload, Encoding.UTF8) : ByteString.Empty,
            Traceparent = envelope.Traceparent ?? "",
            AttemptCount = row.AttemptCount,
            FailureReason = row.FailureReason,
            FailureDescription = row.FailureDescription,
            ParkTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(row.ParkTime),
            ReplayTime = row.ReplayTime is { } time ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(time)
                : null,
        };
    }

    [LoggerMessage(EventId = 1, EventName = "event.parked", Level = LogLevel.Error,
        Message = "{MessageName} {MessageId} is parked by {Consumer}")]
    private static partial void LogParked(ILogger logger, string messageName, Guid messageId, string consumer);

    [LoggerMessage(EventId = 2, EventName = "event.replay_failed", Level = LogLevel.Error,
        Message = "{MessageName} {MessageId} was replayed and {Consumer} failed again")]
    private static partial void LogReplayFailed(ILogger logger, Exception exception, string messageName,
        Guid messageId, string consumer);

    private sealed record Row(
        Guid ParkedMessageId,
        string Consumer,
        Guid MessageId,
        string MessageName,
        Guid AggregateId,
        long AggregateVersion,
        string Envelope,
        string FailureReason,
        string FailureDescription,
        int AttemptCount,
        string State,
        DateTime ParkTime,
        DateTime? ReplayTime);
}
