using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

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

/// <summary>Runs due work, earliest first, each item in a transaction of its own.</summary>
internal sealed class DueWorkRunner(Database database, IEnumerable<IDueWork> works)
{
    private readonly Dictionary<string, IDueWork> works = works.ToDictionary(work => work.Kind);

    /// <summary>Runs one item.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOneAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            """
            select due_work_id, kind, unique_key, due_time, payload, traceparent
            from due_work where run_time is null and due_time <= @Now
            order by due_time, due_work_id limit 1 for update skip locked
            """,
            new { transaction.Now });
        if (row is null) return false;
        using var activity = Telemetry.Source.StartActivity($"{row.Kind} run", ActivityKind.Internal, row.Traceparent);
        var item = new DueItem(row.UniqueKey, Instant.FromDateTimeUtc(row.DueTime), row.Payload);
        await works[row.Kind].RunAsync(item, transaction, cancellationToken);
        await transaction.Connection.ExecuteAsync(
            "update due_work set run_time = now() where due_work_id = @DueWorkId", new { row.DueWorkId });
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

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
                // The item stays due; what made it fail may pass, or the log tells what to put right.
                LogFailed(logger, exception);
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    [LoggerMessage(EventId = 1, EventName = "due_work.failed", Level = LogLevel.Error,
        Message = "Due work failed and is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
