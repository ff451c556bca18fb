using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// Tells the watchers of this process that there are new changes: one asks the database for all of them.
/// </summary>
internal sealed partial class ChangeSignal(Database database, ILogger<ChangeSignal> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastSequence = -1;

    /// <summary>Ends when there is a change after the given one.</summary>
    public Task After(long sequence)
    {
        lock (gate) return lastSequence > sequence ? Task.CompletedTask : changed.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using (var transaction = await database.BeginAsync(stoppingToken))
                    Raise(await ChangeRows.LastSequenceAsync(transaction));
                await Task.Delay(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException exception)
            {
                LogAway(logger, exception);
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    private void Raise(long sequence)
    {
        TaskCompletionSource before;
        lock (gate)
        {
            if (sequence == lastSequence) return;
            lastSequence = sequence;
            before = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        before.SetResult();
    }

    [LoggerMessage(EventId = 1, EventName = "watch.database_away", Level = LogLevel.Warning,
        Message = "Watchers wait for the database")]
    private static partial void LogAway(ILogger logger, Exception exception);
}
