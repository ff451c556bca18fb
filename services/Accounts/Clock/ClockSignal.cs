namespace Marketplace.Accounts.Clock;

/// <summary>
/// Wakes those in this process who wait for the clock or an advance to change. What other replicas change is found by
/// looking again after a while.
/// </summary>
internal sealed class ClockSignal
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private volatile TaskCompletionSource changed = New();

    /// <summary>Ends with the next change; to be had before looking at what may change.</summary>
    public Task Changed => changed.Task;

    /// <summary>Says that something has changed.</summary>
    public void Announce() => Interlocked.Exchange(ref changed, New()).SetResult();

    /// <summary>Waits for a change, or until it is time to look again.</summary>
    public static async Task WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        await Task.WhenAny(changed, Task.Delay(LookAgain, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
