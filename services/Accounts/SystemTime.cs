using NodaTime;

namespace Marketplace.Accounts;

/// <summary>The system clock as the database keeps it.</summary>
internal static class SystemTime
{
    /// <summary>Now, in whole microseconds: a finer instant would differ from itself after a round trip.</summary>
    public static Instant Now(this TimeProvider time) =>
        Instant.FromUnixTimeTicks(Instant.FromDateTimeOffset(time.GetUtcNow()).ToUnixTimeTicks() / 10 * 10);
}
