using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Type;

namespace Marketplace.Cli.Fields;

/// <summary>What a field is to a person.</summary>
internal static class FieldKind
{
    private const string KilowattsSuffix = "_kw";
    private const string KilowattDaysSuffix = "_kw_days";

    /// <summary>Whether a value of the field is one text, rather than fields of its own.</summary>
    public static bool IsText(FieldDescriptor field) =>
        field.FieldType is not (FieldType.Message or FieldType.Group) || IsTextMessage(field.MessageType);

    /// <summary>Whether the field holds power in kW.</summary>
    public static bool IsKilowatts(FieldDescriptor field) =>
        field.FieldType is FieldType.Int32 or FieldType.Int64
        && field.Name.EndsWith(KilowattsSuffix, StringComparison.Ordinal);

    /// <summary>Whether the field holds power summed over days, in kW-days.</summary>
    public static bool IsKilowattDays(FieldDescriptor field) =>
        field.FieldType == FieldType.Int64 && field.Name.EndsWith(KilowattDaysSuffix, StringComparison.Ordinal);

    /// <summary>Whether the field holds a hash, which people write in hexadecimal digits.</summary>
    public static bool IsHash(FieldDescriptor field) =>
        field.FieldType == FieldType.Bytes && field.Name.EndsWith("_sha256", StringComparison.Ordinal);

    /// <summary>What stands for a value in help.</summary>
    public static string Placeholder(FieldDescriptor field)
    {
        if (!IsText(field)) return "FIELDS";
        return field.FieldType switch
        {
            FieldType.Message when field.MessageType == Date.Descriptor => "DATE",
            FieldType.Message when field.MessageType == Timestamp.Descriptor => "TIME",
            FieldType.Message when field.MessageType == Money.Descriptor => "AMOUNT",
            FieldType.Message when field.MessageType == TimeOfDay.Descriptor => "HH:MM",
            FieldType.Message when field.MessageType == FieldMask.Descriptor => "PATHS",
            FieldType.Message => "DECIMAL",
            FieldType.Enum => UpperSnake(field.EnumType.Name).Replace('_', '-'),
            FieldType.Bool => "BOOL",
            FieldType.Bytes => IsHash(field) ? "HEX" : "BASE64",
            FieldType.String when field.Name.EndsWith("_id", StringComparison.Ordinal)
                || field.Name.EndsWith("_ids", StringComparison.Ordinal) => "ID",
            FieldType.String => "TEXT",
            _ when IsKilowatts(field) => "POWER",
            _ => "N",
        };
    }

    /// <summary><c>lease_id</c> as an option's name without its dashes: <c>lease-id</c>.</summary>
    public static string Kebab(string name) => name.Replace('_', '-');

    /// <summary><c>FailedPrecondition</c> as the API writes names: <c>FAILED_PRECONDITION</c>.</summary>
    public static string UpperSnake(string pascal) =>
        string.Concat(pascal.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}"))
            .ToUpperInvariant();

    private static bool IsTextMessage(MessageDescriptor type) =>
        type == Date.Descriptor || type == Timestamp.Descriptor || type == Money.Descriptor
        || type == Google.Type.Decimal.Descriptor || type == TimeOfDay.Descriptor || type == FieldMask.Descriptor;
}
