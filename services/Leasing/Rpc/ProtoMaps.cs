using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Rpc;

/// <summary>What several answers have in common.</summary>
internal static class ProtoMaps
{
    /// <summary>
    /// Writes a cause as a caller may see it: which key was used is its own organisation's and operators' to see.
    /// </summary>
    public static V1.Cause Cause(Cause cause, Instant recordTime, Caller caller) => new()
    {
        OrganisationId = cause.OrganisationId?.ToString() ?? "",
        ApiKeyId = KeyId(cause.OrganisationId, cause.ApiKeyId, caller),
        Reason = cause.Reason,
        Comment = cause.Comment,
        OccurTime = cause.OccurTime.ToTimestamp(),
        RecordTime = recordTime.ToTimestamp(),
    };

    public static string KeyId(Guid? organisationId, Guid? apiKeyId, Caller caller) =>
        caller.IsOperator || caller.OrganisationId == organisationId ? apiKeyId?.ToString() ?? "" : "";

    public static Google.Type.Money Money(long minorUnits, string currencyCode) =>
        Wire.Money(minorUnits, Currency.Find(currencyCode)!);

    public static ByteString Bytes(byte[] bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    public static V1.Party Party(string name) => Wire.Value<V1.Party>(name);

    public static Timestamp? Time(Instant? instant) => instant?.ToTimestamp();
}
