using System.Globalization;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Marketplace.Leasing.Rpc;

/// <summary>What the requests of this service have in common.</summary>
internal static class RequestChecks
{
    public const int CommentLengthMax = 2_000;

    private static readonly Duration StandsByDefault = Duration.FromDays(30);
    private static readonly Duration StandsMax = Duration.FromDays(366);

    public static string Comment(string value, bool isRequired = false)
    {
        if (isRequired && value.Length == 0) throw RpcErrors.InvalidFields(
            [new("comment", "REQUIRED", "Required: say why.")]);
        return value.EnumerateRunes().Count() <= CommentLengthMax
            ? value
            : throw RpcErrors.InvalidFields(
                [new("comment", "TOO_LONG", $"At most {CommentLengthMax} characters are allowed.")]);
    }

    public static Criteria Criteria(V1.CapacityCriteria? source)
    {
        var (criteria, violations) = CriteriaReader.Read(RequestRules.Required("criteria", source));
        return criteria ?? throw RpcErrors.InvalidFields(
            [.. violations.Select(
                found => new RpcErrors.FieldError($"criteria.{found.Field}", found.Reason, found.Message))]);
    }

    /// <summary>Until when something stands: after now, at most 366 days ahead, by default 30.</summary>
    public static Instant ExpireTime(Timestamp? source, Instant now)
    {
        if (source is null) return now + StandsByDefault;
        var (from, to) = (now.ToUnixTimeSeconds(), (now + StandsMax).ToUnixTimeSeconds());
        if (source.Seconds < from || source.Seconds > to || source.Nanos is < 0 or > 999_999_999) throw OutOfRange();
        // The database keeps microseconds.
        var time = Instant.FromUnixTimeSeconds(source.Seconds) + Duration.FromNanoseconds(source.Nanos / 1_000 * 1_000);
        return time > now && time <= now + StandsMax ? time : throw OutOfRange();

        Grpc.Core.RpcException OutOfRange() => RpcErrors.InvalidFields(
            [new("expire_time", "OUT_OF_RANGE", $"Must be after {now} and at most {StandsMax.Days} days ahead.")]);
    }

    public static Guid? OptionalId(string field, string value) =>
        value.Length == 0 ? null : RequestRules.Id(field, value);

    /// <summary>The stored name of a choice by which a list is filtered; null: all.</summary>
    public static string? Filter<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0) return null;
        return Enum.IsDefined(value)
            ? ProtoNames.Of(value)
            : throw RpcErrors.InvalidFields([new(field, "UNKNOWN_ENUM_VALUE", "There is no such value.")]);
    }

    public static int Version(string field, int value, int min, int max) =>
        value >= min && value <= max
            ? value
            : throw RpcErrors.InvalidFields([new(field, "OUT_OF_RANGE", $"Is {value}; must be in [{min}, {max}].")]);
}

/// <summary>A page of a list that goes by number.</summary>
/// <param name="Size">The most that the page holds.</param>
/// <param name="After">The number after which it begins.</param>
internal sealed record NumberPage(int Size, long After)
{
    public static NumberPage Of(int pageSize, string pageToken, int sizeDefault, int sizeMax)
    {
        if (pageSize < 0 || pageSize > sizeMax)
            throw RpcErrors.InvalidFields(
                [new("page_size", "OUT_OF_RANGE", $"Must be in [0, {sizeMax}]; 0 means {sizeDefault}.")]);
        var size = pageSize == 0 ? sizeDefault : pageSize;
        if (pageToken.Length == 0) return new(size, 0);
        return long.TryParse(pageToken, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            && after < int.MaxValue
            ? new(size, after)
            : throw RpcErrors.InvalidFields(
                [new("page_token", "INVALID_PAGE_TOKEN", "Use the next_page_token of the answer before.")]);
    }

    public string NextToken(int readCount, Func<long> lastNumber) =>
        readCount > Size ? lastNumber().ToString(CultureInfo.InvariantCulture) : "";
}
