namespace Marketplace.Client.Tests;

/// <summary>A clock that a test moves. No wait ends by itself.</summary>
internal sealed class StandingTime : TimeProvider
{
    private readonly DateTimeOffset start = System.GetUtcNow();
    private readonly Lock guard = new();
    private readonly List<StandingTimer> timers = [];
    private (TimeSpan Longest, TaskCompletionSource Begun) expected = (TimeSpan.Zero, new());
    private TimeSpan elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (guard) return start + elapsed;
    }

    public override long GetTimestamp()
    {
        lock (guard) return elapsed.Ticks;
    }

    /// <summary>Ends when there is a wait that is over within this time.</summary>
    public Task WaitedForAsync(TimeSpan longest)
    {
        lock (guard)
        {
            if (timers.Any(timer => timer.Due <= elapsed + longest)) return Task.CompletedTask;
            expected = (longest, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return expected.Begun.Task;
        }
    }

    /// <summary>Moves the clock, and ends the waits that are over then.</summary>
    public void Advance(TimeSpan time)
    {
        List<StandingTimer> due;
        lock (guard)
        {
            elapsed += time;
            due = [.. timers.Where(timer => timer.Due <= elapsed)];
            timers.RemoveAll(due.Contains);
        }
        due.ForEach(timer => timer.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StandingTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class StandingTimer(StandingTime time, Action fire) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.guard)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time.elapsed + dueTime;
                time.timers.Add(this);
                if (dueTime <= time.expected.Longest) time.expected.Begun.TrySetResult();
            }
            return true;
        }

        public void Dispose()
        {
            lock (time.guard) time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
