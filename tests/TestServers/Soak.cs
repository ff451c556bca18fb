namespace Marketplace.TestServers;

/// <summary>How much a test tries: every day a part of it, and all of it with <c>./market test --soak</c>.</summary>
public static class Soak
{
    /// <summary>The count for this run.</summary>
    /// <param name="daily">What is tried every day.</param>
    /// <param name="full">What is tried in full.</param>
    public static int Count(int daily, int full) =>
        Environment.GetEnvironmentVariable("MARKETPLACE_SOAK") == "yes" ? full : daily;
}
