using System.Collections.Concurrent;

namespace Marketplace.Client.Tests;

/// <summary>A clock on which every wait is over at once: it is then as late as the wait was long.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private readonly DateTimeOffset start = System.GetUtcNow();
    private long ticks;

    /// <summary>How long each wait was, in order.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    /// <summary>How late it is since the test began.</summary>
    public TimeSpan Elapsed => new(Interlocked.Read(ref ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan) return System.CreateTimer(callback, state, dueTime, period);
        Waits.Enqueue(dueTime);
        Advance(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
