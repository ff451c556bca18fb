using NodaTime;

namespace Marketplace.Accounts.Domain;

/// <summary>The state of a key at an instant of the system clock.</summary>
internal enum KeyLifeState
{
    Active = 1,
    Expired,
    Revoked,
}

/// <summary>How long a key lives.</summary>
internal static class KeyLife
{
    public const int DaysMax = 366;
    public const int OverlapSecondsDefault = 86_400;
    public const int OverlapSecondsMax = 2_592_000;

    public static KeyLifeState StateAt(Instant now, Instant expireTime, Instant? revokeTime) =>
        revokeTime is not null ? KeyLifeState.Revoked
        : expireTime <= now ? KeyLifeState.Expired
        : KeyLifeState.Active;

    public static Instant LatestExpiry(Instant now) => now + Duration.FromDays(DaysMax);

    public static bool MayExpireAt(Instant now, Instant expireTime) =>
        expireTime > now && expireTime <= LatestExpiry(now);

    /// <summary>When a key that is rotated expires: after the overlap, though never later than it would have.</summary>
    public static Instant RotatedExpiry(Instant now, Instant expireTime, int overlapSeconds) =>
        Instant.Min(expireTime, now + Duration.FromSeconds(overlapSeconds));
}
