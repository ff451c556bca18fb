namespace Marketplace.Inventory;

/// <summary>A batch of changes on its way to the database.</summary>
/// <param name="changes">The changes, in the order in which they are decided.</param>
/// <param name="attempt">How often they have been decided, this time included.</param>
internal sealed class PendingBatch(List<BookChange> changes, int attempt)
{
    public List<BookChange> Changes => changes;

    public int Attempt => attempt;

    /// <summary>What is to be committed, once it is decided; null: nothing.</summary>
    public BookBatch? Rows { get; set; }

    /// <summary>How long the commit took.</summary>
    public TimeSpan CommitDuration { get; set; }

    /// <summary>Ends when the changes are answered; fails when the batch came to nothing.</summary>
    public Task Done { get; set; } = Task.CompletedTask;

    /// <summary>What the batch came to nothing for, when it is done; null: it is durable.</summary>
    public async Task<Exception?> FailureAsync()
    {
        await Done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Done.Exception?.InnerException ?? (Done.IsCanceled ? new TaskCanceledException(Done) : null);
    }
}
