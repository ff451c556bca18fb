namespace Marketplace.Client;

/// <summary>How long is waited for another attempt.</summary>
internal static class Backoff
{
    // What is shorter is no wait to a timer.
    private const double SecondsMin = 0.001;

    /// <summary>
    /// Full jitter below a limit that doubles up to the largest, on top of the delay that the service asks for: callers
    /// that failed together do not come back together.
    /// </summary>
    /// <param name="options">The limits.</param>
    /// <param name="failures">How many attempts have failed in a row, from 1.</param>
    /// <param name="retryDelay">What the service asks for.</param>
    public static TimeSpan After(MarketClientOptions options, int failures, TimeSpan? retryDelay)
    {
        var limit = Math.Min(options.BackoffMax.TotalSeconds,
            options.BackoffMin.TotalSeconds * Math.Pow(2, failures - 1));
        return (retryDelay ?? TimeSpan.Zero)
            + TimeSpan.FromSeconds(Math.Max(SecondsMin, Random.Shared.NextDouble() * limit));
    }
}
