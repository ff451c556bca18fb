using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Leasing.Domain;

/// <summary>Writes the value of one field of the terms as proto JSON.</summary>
internal static class FieldJson
{
    private const string UnspecifiedName = "UNSPECIFIED";

    /// <summary>Writes a value.</summary>
    /// <param name="path">The field's path, as a difference of terms names it.</param>
    /// <param name="text">The value as a difference of terms shows it; null: the field is not there.</param>
    public static string Of(string path, string? text)
    {
        if (text is null) return "";
        var field = Find(path);
        return field.FieldType switch
        {
            FieldType.Message => Message(field.MessageType, text),
            FieldType.Enum => Quoted(EnumName(field.EnumType, text)),
            FieldType.Int32 => text,
            FieldType.Bool => text.ToLowerInvariant(),
            _ => Quoted(text),
        };
    }

    private static FieldDescriptor Find(string path)
    {
        FieldDescriptor? field = null;
        foreach (var segment in path.Split('.'))
        {
            var type = field?.MessageType ?? Terms.V1.LeaseTerms.Descriptor;
            field = type.FindFieldByName(segment.Split('[')[0]);
        }
        return field!;
    }

    private static string Message(MessageDescriptor type, string text)
    {
        IMessage message = type.FullName switch
        {
            "google.type.Date" => Wire.Date(DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture)),
            "google.type.Decimal" => new Google.Type.Decimal { Value = text },
            "google.type.TimeOfDay" => Time(TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture)),
            "google.type.Money" => Money(text.Split(' ')),
            _ => throw new InvalidOperationException($"A difference of terms shows no {type.FullName} as one value."),
        };
        return JsonFormatter.Default.Format(message);
    }

    private static Google.Type.TimeOfDay Time(TimeOnly time) => new() { Hours = time.Hour, Minutes = time.Minute };

    private static Google.Type.Money Money(string[] parts) =>
        Wire.Money(decimal.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);

    // A difference shows an enum's value without the prefix that repeats the field.
    private static string EnumName(EnumDescriptor type, string text) =>
        type.Values[0].Name[..^UnspecifiedName.Length] + text;

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
