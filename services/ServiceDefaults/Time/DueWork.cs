using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>Does one kind of work when the market clock says so.</summary>
public interface IDueWork
{
    /// <summary>The kind, as <see cref="Transaction.ScheduleAsync"/> names it.</summary>
    string Kind { get; }

    /// <summary>Does the work, in the transaction that also notes that it is done.</summary>
    /// <param name="item">What is due.</param>
    /// <param name="transaction">The transaction. Work that failed is tried again as a whole.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken);
}

/// <summary>An item of work.</summary>
/// <param name="UniqueKey">What makes it unique among its kind.</param>
/// <param name="DueTime">When it was due; at or before the transaction's now.</param>
/// <param name="Payload">What it needs to know.</param>
public sealed record DueItem(string UniqueKey, Instant DueTime, string Payload);

/// <summary>
/// Runs due work, earliest first, each item in a transaction of its own. An item that fails is tried again a bounded
/// number of times and then parked, where it can be listed, shown and replayed like a message.
/// </summary>
internal sealed partial class DueWorkRunner(
    Database database, IEnumerable<IDueWork> works, ParkedMessages parked, ILogger<DueWorkRunner> logger)
{
    /// <summary>What stands for the consumer of parked due work.</summary>
    public const string Name = "due-work";

    private const string Columns = "due_work_id, kind, unique_key, due_time, payload, traceparent";

    private readonly Dictionary<string, IDueWork> works = works.ToDictionary(work => work.Kind);

    /// <summary>Runs one item, or parks it.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOneAsync(CancellationToken cancellationToken)
    {
        Row? row = null;
        var failures = 0;
        while (true)
        {
            try
            {
                await using var transaction = await database.BeginAsync(cancellationToken);
                row = await TakeAsync(transaction, row?.DueWorkId);
                // One that failed before may have been done by another replica since.
                if (row is null) return failures > 0;
                await RunAsync(transaction, row, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            }
            catch (Exception exception) when (row is not null && exception is not OperationCanceledException
                && exception is not NpgsqlException { IsTransient: true })
            {
                LogFailed(logger, exception, row.Kind, row.UniqueKey, ++failures);
                if (failures > ParkedMessages.RetryDelays.Count)
                {
                    await ParkAsync(row, exception, cancellationToken);
                    return true;
                }
                await Task.Delay(ParkedMessages.RetryDelays[failures - 1], cancellationToken);
            }
        }
    }

    /// <summary>Runs an item that was parked, in a transaction that the caller commits.</summary>
    public async Task ReplayAsync(Transaction transaction, Guid dueWorkId, CancellationToken cancellationToken)
    {
        var row = await transaction.Connection.QuerySingleAsync<Row>(
            $"select {Columns} from due_work where due_work_id = @dueWorkId for update", new { dueWorkId });
        await RunAsync(transaction, row, cancellationToken);
    }

    private static Task<Row?> TakeAsync(Transaction transaction, Guid? dueWorkId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"""
            select {Columns} from due_work
            where run_time is null and park_time is null and due_time <= @Now
                and (@dueWorkId::uuid is null or due_work_id = @dueWorkId)
            order by due_time, due_work_id limit 1 for update skip locked
            """,
            new { transaction.Now, dueWorkId });

    private async Task RunAsync(Transaction transaction, Row row, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity($"{row.Kind} run", ActivityKind.Internal, row.Traceparent);
        if (!works.TryGetValue(row.Kind, out var work))
            throw new InvalidOperationException($"No work of the kind {row.Kind} is known here.");
        var item = new DueItem(row.UniqueKey, Instant.FromDateTimeUtc(row.DueTime), row.Payload);
        await work.RunAsync(item, transaction, cancellationToken);
        await transaction.Connection.ExecuteAsync(
            "update due_work set run_time = now() where due_work_id = @DueWorkId", new { row.DueWorkId });
    }

    private async Task ParkAsync(Row row, Exception exception, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var isParked = await transaction.Connection.ExecuteAsync(
            "update due_work set park_time = now() where due_work_id = @DueWorkId and run_time is null",
            new { row.DueWorkId });
        if (isParked == 0) return;
        var envelope = new Envelope
        {
            MessageId = row.DueWorkId,
            Stream = Name,
            MessageName = row.Kind,
            AggregateId = row.DueWorkId,
            AggregateVersion = 1,
            MarketTime = new(row.DueTime),
            Payload = $"{row.UniqueKey}\n{row.Payload}",
            Traceparent = row.Traceparent,
        };
        await parked.ParkAsync(transaction, Name, envelope, exception);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 1, EventName = "due_work.failed", Level = LogLevel.Error,
        Message = "{Kind} {UniqueKey} could not be done, attempt {Attempt}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, string uniqueKey,
        int attempt);

    private sealed record Row(Guid DueWorkId, string Kind, string UniqueKey, DateTime DueTime, string Payload,
        string? Traceparent);
}

/// <summary>Runs due work as it becomes due, when nobody is moving the clock.</summary>
internal sealed partial class DueWorkWorker(DueWorkRunner runner, ClockWindows windows, ILogger<DueWorkWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var ran = await windows.IsStandingAsync(stoppingToken) && await runner.RunOneAsync(stoppingToken);
                if (!ran) await Task.Delay(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The database is away, or somebody who keeps a lock; what is due stays so.
                LogInterrupted(logger, exception);
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    [LoggerMessage(EventId = 1, EventName = "due_work.interrupted", Level = LogLevel.Warning,
        Message = "Running due work is interrupted and goes on")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
