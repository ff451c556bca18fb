using Google.Protobuf.WellKnownTypes;
using NodaTime;
using Duration = NodaTime.Duration;

namespace Marketplace.ServiceDefaults;

/// <summary>What requests of all services have in common.</summary>
public static class RequestRules
{
    private const long TimestampSecondsMin = -62_135_596_800;
    private const long TimestampSecondsMax = 253_402_300_799;
    private const int NanosMax = 999_999_999;

    /// <summary>The id in a field.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming the field.</exception>
    public static Guid Id(string field, string value) =>
        IsId(value, out var id)
            ? id
            : throw RpcErrors.InvalidFields(
                [new(field, value.Length == 0 ? "REQUIRED" : "INVALID_ID", "Must be a UUID.")]);

    /// <summary>Whether a text is a UUID in its one public form: 32 hexadecimal digits in five groups.</summary>
    public static bool IsId(string value, out Guid id) => Guid.TryParseExact(value, "D", out id);

    /// <summary>A message field that has to be given.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming the field.</exception>
    public static T Required<T>(string field, T? value)
        where T : class =>
        value ?? throw RpcErrors.InvalidFields([new(field, "REQUIRED", "Required.")]);

    /// <summary>An instant that has to be given, in whole microseconds: the database keeps no finer ones.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming the field.</exception>
    public static Instant Time(string field, Timestamp? value)
    {
        var time = Required(field, value);
        if (time.Seconds is < TimestampSecondsMin or > TimestampSecondsMax || time.Nanos is < 0 or > NanosMax)
            throw RpcErrors.InvalidFields([new(field, "INVALID_TIME", "Must be in the years 0001 to 9999.")]);
        return Instant.FromUnixTimeSeconds(time.Seconds) + Duration.FromNanoseconds(time.Nanos / 1_000 * 1_000);
    }
}
