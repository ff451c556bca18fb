using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// Tells the watchers of this process that there are new changes: one asks the database for all of them. Where this
/// process itself gives changes their places, or has committed some, it does not wait for that.
/// </summary>
internal sealed partial class ChangeSignal(Database database, ILogger<ChangeSignal> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim committed = new(0);
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastSequence = -1;

    /// <summary>Ends when there is a change after the given one.</summary>
    public Task After(long sequence)
    {
        lock (gate) return lastSequence > sequence ? Task.CompletedTask : changed.Task;
    }

    /// <summary>Says that this process has committed changes, which have no place yet.</summary>
    public void RaiseCommitted()
    {
        // Once is enough however many there are; a race raises it twice, which costs one look.
        if (committed.CurrentCount == 0) committed.Release();
    }

    /// <summary>Waits until this process has committed changes, or a while.</summary>
    /// <returns>Whether it has.</returns>
    public Task<bool> CommittedAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        committed.WaitAsync(timeout, cancellationToken);

    /// <summary>Says what the last sequence is.</summary>
    public void Raise(long sequence)
    {
        TaskCompletionSource before;
        lock (gate)
        {
            if (sequence <= lastSequence) return;
            lastSequence = sequence;
            before = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        before.SetResult();
    }

    public override void Dispose()
    {
        committed.Dispose();
        base.Dispose();
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

    [LoggerMessage(EventId = 1, EventName = "watch.database_away", Level = LogLevel.Warning,
        Message = "Watchers wait for the database")]
    private static partial void LogAway(ILogger logger, Exception exception);
}
