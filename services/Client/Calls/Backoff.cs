namespace Marketplace.Client;

/// <summary>How long is waited for another attempt.</summary>
internal static class Backoff
{
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
        return (retryDelay ?? TimeSpan.Zero) + TimeSpan.FromSeconds(Random.Shared.NextDouble() * limit);
    }
}
