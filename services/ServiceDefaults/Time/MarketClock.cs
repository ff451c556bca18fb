using NodaTime;

namespace Marketplace.ServiceDefaults;

/// <summary>How the market clock moves.</summary>
public enum MarketClockMode
{
    /// <summary>It stands still until an operator advances it; its time is kept in each service's database.</summary>
    Sandbox = 1,

    /// <summary>It is the system clock.</summary>
    Production = 2,
}

/// <summary>
/// The clock that contract dates, quotes, holds and due work go by. Key expiry, fences, retries, deadlines and
/// telemetry go by the system clock, a <see cref="TimeProvider"/>.
/// </summary>
/// <param name="mode">How it moves.</param>
/// <param name="system">The system clock.</param>
/// <param name="followsAccounts">Whether the service learns from Accounts what a sandbox's clock says.</param>
public sealed class MarketClock(MarketClockMode mode, TimeProvider system, bool followsAccounts = false)
{
    /// <summary>How it moves.</summary>
    public MarketClockMode Mode => mode;

    /// <summary>What it says, given the time that the database keeps for a sandbox.</summary>
    public Instant Now(Instant? sandboxTime) =>
        mode == MarketClockMode.Sandbox && sandboxTime is { } time ? time : SystemNow;

    /// <summary>
    /// Whether it is known what it says. A new service in a sandbox does not know until Accounts has told it, and must
    /// not
    /// take the system clock for it.
    /// </summary>
    /// <param name="hasSandboxTime">Whether the database keeps the time of a sandbox.</param>
    public bool IsKnown(bool hasSandboxTime) =>
        hasSandboxTime || !followsAccounts || mode == MarketClockMode.Production;

    private Instant SystemNow
    {
        get
        {
            var now = Instant.FromDateTimeOffset(system.GetUtcNow());
            // The database keeps microseconds; a finer instant would differ from itself after a round trip.
            return now - Duration.FromNanoseconds(now.ToUnixTimeTicks() % 10 * 100);
        }
    }
}
