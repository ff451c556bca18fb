using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Deletes changes that watchers need no more: one that was away for longer begins with a snapshot.</summary>
internal sealed partial class ChangePruning(Database database, ILogger<ChangePruning> logger)
    : RepeatedWorker(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), logger)
{
    // A write transaction stays well under a second.
    private const int BatchMax = 5_000;

    private static readonly TimeSpan ChangeAge = TimeSpan.FromDays(1);

    /// <summary>Deletes all changes that are old enough, the oldest first.</summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        var (total, deleted) = (0L, BatchMax);
        while (deleted == BatchMax)
        {
            await using var transaction = await database.BeginAsync(cancellationToken);
            deleted = await ChangeRows.DeleteOldestAsync(transaction, ChangeAge, BatchMax);
            await transaction.CommitAsync(cancellationToken);
            total += deleted;
        }
        if (total > 0) LogPruned(logger, total);
    }

    protected override Task WorkAsync(CancellationToken cancellationToken) => PruneAsync(cancellationToken);

    [LoggerMessage(EventId = 1, EventName = "changes.pruned", Level = LogLevel.Information,
        Message = "{Count} changes were old enough to be deleted")]
    private static partial void LogPruned(ILogger logger, long count);
}
