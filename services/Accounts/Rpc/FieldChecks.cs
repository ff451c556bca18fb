using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Rpc;

/// <summary>Checks the fields of a request and gathers all that is wrong.</summary>
internal sealed class FieldChecks
{
    private const int NameLengthMax = 200;
    private const int Sha256Bytes = 32;

    private readonly List<RpcErrors.FieldError> errors = [];

    /// <summary>Refuses the request if anything was wrong.</summary>
    public void Throw()
    {
        if (errors.Count > 0) throw RpcErrors.InvalidFields(errors);
    }

    public FieldChecks RequestId(string value)
    {
        if (!RequestRules.IsId(value, out var id) || id == Guid.Empty)
            errors.Add(new("request_id", "REQUIRED", "Must be a UUID that you make once for each intended effect."));
        return this;
    }

    public FieldChecks Id(string field, string value, out Guid id)
    {
        if (!RequestRules.IsId(value, out id))
            errors.Add(new(field, value.Length == 0 ? "REQUIRED" : "INVALID_ID", "Must be a UUID."));
        return this;
    }

    /// <summary>An id that may be left out.</summary>
    public FieldChecks OptionalId(string field, string value, Guid otherwise, out Guid id)
    {
        id = otherwise;
        return value.Length == 0 ? this : Id(field, value, out id);
    }

    public FieldChecks Name(string field, string value, bool isRequired)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            if (isRequired || value.Length > 0)
                errors.Add(new(field, "REQUIRED", $"Must have [1, {NameLengthMax}] characters."));
        }
        else if (value.EnumerateRunes().Count() > NameLengthMax)
        {
            errors.Add(new(field, "TOO_LONG", $"Must have [1, {NameLengthMax}] characters."));
        }
        else if (value.Any(char.IsControl))
        {
            errors.Add(new(field, "INVALID_CHARACTERS", "Must not have control characters."));
        }
        return this;
    }

    public FieldChecks Sha256(string field, ByteString value)
    {
        if (value.Length != Sha256Bytes)
            errors.Add(new(field, value.IsEmpty ? "REQUIRED" : "INVALID_LENGTH", $"Must have {Sha256Bytes} bytes."));
        return this;
    }

    /// <summary>Values of an enum, of which each may be given once.</summary>
    public FieldChecks Set<T>(string field, IReadOnlyList<T> values, Func<T, bool> isAllowed, string allowed)
        where T : struct, System.Enum
    {
        if (values.Count == 0) errors.Add(new(field, "REQUIRED", $"Give at least one: {allowed}."));
        for (var i = 0; i < values.Count; i++)
        {
            if (!isAllowed(values[i])) errors.Add(new($"{field}[{i}]", "INVALID_VALUE", $"Must be {allowed}."));
            else if (values.Take(i).Contains(values[i]))
                errors.Add(new($"{field}[{i}]", "REPEATED", "Is given twice."));
        }
        return this;
    }

    public FieldChecks Value<T>(string field, T value)
        where T : struct, System.Enum
    {
        if (!System.Enum.IsDefined(value))
            errors.Add(new(field, "INVALID_VALUE", "Must be a value that the API names."));
        return this;
    }

    public FieldChecks Range(string field, int value, int min, int max)
    {
        if (value < min || value > max) errors.Add(new(field, "OUT_OF_RANGE", $"Must be in [{min}, {max}]."));
        return this;
    }

    public FieldChecks RequiredTime(string field, Timestamp? value, out Instant time)
    {
        if (value is null) errors.Add(new(field, "REQUIRED", "Required."));
        OptionalTime(field, value, out var given);
        time = given ?? default;
        return this;
    }

    public FieldChecks OptionalTime(string field, Timestamp? value, out Instant? time)
    {
        time = null;
        if (value is null) return this;
        try
        {
            time = RequestRules.Time(field, value);
        }
        catch (Grpc.Core.RpcException)
        {
            errors.Add(new(field, "INVALID_TIME", "Must be in the years 0001 to 9999."));
        }
        return this;
    }
}
