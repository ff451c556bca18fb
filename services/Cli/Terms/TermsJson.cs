using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using V1 = Marketplace.Terms.V1;

namespace Marketplace.Cli.Terms;

/// <summary>
/// Reads proto JSON of lease terms. The parser of the protobuf library decides what is accepted; it does not say where
/// an error is, so the text is walked first, and each value is given to it alone.
/// </summary>
internal static class TermsJson
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>Parses a file.</summary>
    public static TermsJsonResult Parse(ReadOnlySpan<byte> json)
    {
        var lines = new FieldLines();
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        if (json.Trim(" \t\r\n"u8).IsEmpty) return new(null, lines, new(1, "", "Is empty."));
        if (!Utf8.IsValid(json)) return new(null, lines, new(1, "", "Is not UTF-8 text."));
        var walk = new Walk(json, lines);
        try
        {
            walk.File(V1.LeaseTerms.Descriptor);
            return new(Parser.Parse<V1.LeaseTerms>(Encoding.UTF8.GetString(json)), lines, null);
        }
        catch (MisplacedException exception)
        {
            return new(null, lines, exception.Place);
        }
        catch (JsonException exception)
        {
            // The rest of the text says the place again, and what a programmer could do.
            var message = exception.Message.Split(" LineNumber:")[0].Replace(" Change the reader options.", "");
            return new(null, lines, new((int)(exception.LineNumber ?? 0) + 1, "", $"Is not JSON: {message}"));
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return new(null, lines, new(1, "", exception.Message));
        }
    }

    private static bool IsRefusal(Exception exception) =>
        exception is InvalidProtocolBufferException or InvalidJsonException;

    private ref struct Walk(ReadOnlySpan<byte> json, FieldLines lines)
    {
        private readonly ReadOnlySpan<byte> json = json;
        private Utf8JsonReader reader = new(json);
        private int line = 1;
        private int counted;

        public void File(MessageDescriptor type)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Misplaced("", $"Must be an object with the fields of {type.Name}.");
            Message(type, "");
            reader.Read();
        }

        private void Message(MessageDescriptor type, string path)
        {
            var seen = new HashSet<FieldDescriptor>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = Name();
                var fields = type.Fields.InDeclarationOrder();
                var field = fields.FirstOrDefault(known => known.JsonName == name || known.Name == name);
                var fieldPath = path.Length == 0 ? field?.Name ?? name : $"{path}.{field?.Name ?? name}";
                if (field is null)
                    throw Misplaced(fieldPath, $"There is no such field in {type.Name}; its fields are "
                        + $"{string.Join(", ", fields.Select(known => known.JsonName))}.");
                if (!seen.Add(field)) throw Misplaced(fieldPath, "Is given twice; keep one of the two.");
                lines.Add(fieldPath, CurrentLine());
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null) Value(field, fieldPath);
            }
        }

        private void Value(FieldDescriptor field, string path)
        {
            if (!field.IsRepeated)
            {
                Single(field, path, isItem: false);
                return;
            }
            if (reader.TokenType != JsonTokenType.StartArray) throw Misplaced(path, $"Must be a list, not {Shown()}.");
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                var itemPath = $"{path}[{i}]";
                lines.Add(itemPath, CurrentLine());
                Single(field, itemPath, isItem: true);
            }
        }

        private void Single(FieldDescriptor field, string path, bool isItem)
        {
            if (field.FieldType == FieldType.Message)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw Misplaced(path, $"Must be {Expected(field)}, not {Shown()}.");
                Message(field.MessageType, path);
                return;
            }
            var value = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? null : Raw();
            if (value is null || !IsAccepted(field, isItem ? $"[{value}]" : value))
                throw Misplaced(path, $"Must be {Expected(field)}, not {Shown()}.");
        }

        private static bool IsAccepted(FieldDescriptor field, string value)
        {
            try
            {
                Parser.Parse($$"""{"{{field.JsonName}}":{{value}}}""", field.ContainingType);
                return true;
            }
            catch (Exception exception) when (IsRefusal(exception))
            {
                return false;
            }
        }

        private static string Expected(FieldDescriptor field) => field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName switch
            {
                "google.type.Date" => """a date such as {"year": 2026, "month": 5, "day": 1}""",
                "google.type.Decimal" => """a decimal such as {"value": "0.5"}""",
                "google.type.Money" => """an amount such as {"currencyCode": "USD", "units": "1250000000"}""",
                "google.type.TimeOfDay" => """a time of day such as {"hours": 17}""",
                _ => $"an object with the fields of {field.MessageType.Name}",
            },
            FieldType.Enum => $"one of {string.Join(", ", field.EnumType.Values.Skip(1).Select(value => value.Name))}",
            FieldType.String => "a text",
            FieldType.Int32 => "a whole number of 32 bits",
            FieldType.Int64 => "a whole number of 64 bits",
            _ => $"of type {field.FieldType}",
        };

        private string Name()
        {
            try
            {
                return reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw Misplaced("", "The name of a field has half a surrogate pair in it.");
            }
        }

        // The token as it stands in the file; a text with its quotes.
        private readonly string Raw() =>
            Encoding.UTF8.GetString(json[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);

        private readonly string Shown()
        {
            const int LengthMax = 40;
            if (reader.TokenType == JsonTokenType.StartObject) return "an object";
            if (reader.TokenType == JsonTokenType.StartArray) return "a list";
            var raw = Raw();
            return raw.Length <= LengthMax ? raw : $"{raw[..LengthMax]}...";
        }

        private int CurrentLine()
        {
            var position = (int)reader.TokenStartIndex;
            line += json[counted..position].Count((byte)'\n');
            counted = position;
            return line;
        }

        private MisplacedException Misplaced(string field, string message) => new(new(CurrentLine(), field, message));
    }

    private sealed class MisplacedException(TermsJsonProblem place) : Exception
    {
        public TermsJsonProblem Place { get; } = place;
    }
}

/// <summary>What a file came to: a message or a problem.</summary>
internal sealed record TermsJsonResult(V1.LeaseTerms? Message, FieldLines Lines, TermsJsonProblem? Problem);

/// <summary>Why a file cannot be read as terms.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Field">The field's path; empty if the problem is none of a field.</param>
/// <param name="Message">What is wrong and the way out.</param>
internal sealed record TermsJsonProblem(int Line, string Field, string Message);

/// <summary>The lines on which the fields of a file stand.</summary>
internal sealed class FieldLines
{
    private readonly Dictionary<string, int> lines = [];

    public void Add(string path, int line) => lines.Add(path, line);

    /// <summary>The line of a field, or of the nearest one around it that the file has.</summary>
    public int LineOf(string path)
    {
        while (path.Length > 0)
        {
            if (lines.TryGetValue(path, out var line)) return line;
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }
        return 1;
    }
}
