using System.Runtime.CompilerServices;

namespace Marketplace.TestServers;

/// <summary>
/// Waits for what becomes true by itself in another process: a row, a message, a server that ends. What this process
/// does can be awaited, and should be.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the condition holds.</summary>
    /// <param name="condition">What is waited for; asked at least once.</param>
    /// <param name="timeout">How long at most, also while the condition itself takes its time.</param>
    /// <param name="description">Named when it does not come true; the condition's own text, unless given.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static async Task AsyncThat(
        Func<Task<bool>> condition,
        TimeSpan timeout,
        [CallerArgumentExpression(nameof(condition))] string description = "")
    {
        using var deadline = new CancellationTokenSource(timeout);
        // A timer, because there is no event of another process to wait for, and a test must not sleep without asking.
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (!await condition().WaitAsync(deadline.Token)) await timer.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"Not true within {timeout}: {description}");
        }
    }

    /// <inheritdoc cref="AsyncThat(Func{Task{bool}}, TimeSpan, string)"/>
    public static Task AsyncThat(
        Func<bool> condition,
        TimeSpan timeout,
        [CallerArgumentExpression(nameof(condition))] string description = "") =>
        AsyncThat(() => Task.FromResult(condition()), timeout, description);
}
