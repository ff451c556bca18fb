using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using NodaTime.Text;
using ProtoDecimal = Google.Type.Decimal;

namespace Marketplace.Cli.Fields;

/// <summary>
/// Reads a value of a field from text, in options and in files alike. What the value means is for the market to judge.
/// </summary>
internal static partial class FieldText
{
    private const int NanosPerUnit = 1_000_000_000;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Reads one value, as the field's accessor takes it.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says what it must be.</exception>
    public static object Parse(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.String => text,
        FieldType.Bool => Bool(text),
        FieldType.Int32 when FieldKind.IsKilowatts(field) => (int)Kilowatts(text, int.MaxValue),
        FieldType.Int64 when FieldKind.IsKilowatts(field) => Kilowatts(text, long.MaxValue),
        FieldType.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, Culture, out var value)
            ? value
            : throw Wrong(text, "a whole number"),
        FieldType.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, Culture, out var value)
            ? value
            : throw Wrong(text, "a whole number"),
        FieldType.Bytes => Bytes(field, text),
        FieldType.Enum => EnumNames.TryFind(field.EnumType, text, out var value)
            ? System.Enum.ToObject(field.EnumType.ClrType, value.Number)
            : throw Wrong(text, $"one of {string.Join(", ", EnumNames.All(field.EnumType))}"),
        FieldType.Message when field.MessageType == Date.Descriptor => Day(text),
        FieldType.Message when field.MessageType == Timestamp.Descriptor => Time(text),
        FieldType.Message when field.MessageType == Money.Descriptor => Amount(text),
        FieldType.Message when field.MessageType == ProtoDecimal.Descriptor => new ProtoDecimal { Value = text.Trim() },
        FieldType.Message when field.MessageType == TimeOfDay.Descriptor => OfDay(text),
        FieldType.Message when field.MessageType == FieldMask.Descriptor => new FieldMask
        {
            Paths = { text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) },
        },
        _ => throw new ArgumentException($"{field.FullName} is a {field.FieldType}, which no field of the API is."),
    };

    private static bool Bool(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" => true,
        "false" or "no" => false,
        _ => throw Wrong(text, "true or false"),
    };

    private static long Kilowatts(string text, long max)
    {
        var match = Power().Match(text);
        if (!match.Success) throw Wrong(text, "a power such as 300000 (kW), 300MW or 1.5GW");
        var factor = match.Groups["unit"].Value.ToUpperInvariant() switch
        {
            "MW" => 1_000m,
            "GW" => 1_000_000m,
            _ => 1m,
        };
        var number = decimal.Parse(match.Groups["number"].Value, NumberStyles.Number, Culture);
        if (number > max / factor) throw Wrong(text, $"at most {max.ToString(Culture)} kW");
        var kilowatts = number * factor;
        if (kilowatts != decimal.Truncate(kilowatts)) throw Wrong(text, "a whole number of kW");
        return (long)kilowatts;
    }

    private static ByteString Bytes(FieldDescriptor field, string text)
    {
        if (FieldKind.IsHash(field) && Hash().IsMatch(text)) return ByteString.CopyFrom(Convert.FromHexString(text));
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? ByteString.CopyFrom(bytes, 0, length)
            : throw Wrong(text, FieldKind.IsHash(field) ? "64 hexadecimal digits" : "base64");
    }

    private static Date Day(string text) =>
        DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", Culture, DateTimeStyles.None, out var day)
            ? new Date { Year = day.Year, Month = day.Month, Day = day.Day }
            : throw Wrong(text, "a date such as 2026-05-01");

    private static Timestamp Time(string text)
    {
        if (OptionValues.TryInstant(text.Trim(), out var instant, out var problem))
        {
            var duration = instant - NodaTime.NodaConstants.UnixEpoch;
            var seconds = instant.ToUnixTimeSeconds();
            return new Timestamp
            {
                Seconds = seconds,
                Nanos = (int)(duration - NodaTime.Duration.FromSeconds(seconds)).ToInt64Nanoseconds(),
            };
        }
        throw new FormatException(problem);
    }

    private static Money Amount(string text)
    {
        var match = Currency().Match(text.Trim());
        if (!match.Success)
            throw Wrong(text, "an amount with its currency and up to nine places, such as '1250.00 USD'");
        var amount = decimal.Parse(match.Groups["number"].Value, NumberStyles.Number, Culture);
        var units = decimal.Truncate(amount);
        return new Money
        {
            CurrencyCode = match.Groups["currency"].Value.ToUpperInvariant(),
            Units = (long)units,
            Nanos = (int)((amount - units) * NanosPerUnit),
        };
    }

    private static TimeOfDay OfDay(string text) =>
        LocalTimePattern.CreateWithInvariantCulture("HH':'mm").Parse(text.Trim()).TryGetValue(default, out var time)
            ? new TimeOfDay { Hours = time.Hour, Minutes = time.Minute }
            : throw Wrong(text, "a time of day such as 17:00");

    private static FormatException Wrong(string text, string expected) => new($"must be {expected}, not '{text}'.");

    [GeneratedRegex(@"^\s*(?<number>[0-9]{1,20}(\.[0-9]{1,6})?)\s*(?<unit>[kKmMgG][wW])?\s*$")]
    private static partial Regex Power();

    [GeneratedRegex("^[0-9a-fA-F]{64}$")]
    private static partial Regex Hash();

    [GeneratedRegex(
        @"^((?<currency>[A-Za-z]{3})\s*(?<number>-?[0-9]{1,18}(\.[0-9]{1,9})?)"
        + @"|(?<number>-?[0-9]{1,18}(\.[0-9]{1,9})?)\s*(?<currency>[A-Za-z]{3}))$")]
    private static partial Regex Currency();
}
