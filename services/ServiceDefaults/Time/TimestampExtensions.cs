using Google.Protobuf.WellKnownTypes;
using NodaTime;

namespace Marketplace.ServiceDefaults;

/// <summary>Between the instants of the domain, of the wire and of the database.</summary>
public static class TimestampExtensions
{
    /// <summary>On the wire.</summary>
    public static Timestamp ToTimestamp(this Instant instant) => Timestamp.FromDateTime(instant.ToDateTimeUtc());

    /// <summary>From the wire.</summary>
    public static Instant ToInstant(this Timestamp timestamp) => Instant.FromDateTimeUtc(timestamp.ToDateTime());
}
