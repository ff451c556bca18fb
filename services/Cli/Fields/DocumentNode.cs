using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Cli.Fields;

/// <summary>
/// A value in a JSON or YAML file, and the line on which it begins. One of the three is given, or none for null.
/// </summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">Of a string, number or boolean.</param>
/// <param name="Members">Of an object.</param>
/// <param name="Items">Of a list.</param>
internal sealed record DocumentNode(
    int Line,
    string? Text = null,
    IReadOnlyList<(string Name, DocumentNode Value)>? Members = null,
    IReadOnlyList<DocumentNode>? Items = null)
{
    private const int DepthMax = 64;

    public bool IsNull => Text is null && Members is null && Items is null;

    /// <summary>Reads a file: JSON if it begins with a brace, else YAML.</summary>
    /// <exception cref="DocumentException">It is neither.</exception>
    public static DocumentNode Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        var trimmed = bytes.Trim(" \t\r\n"u8);
        if (trimmed.IsEmpty) throw new DocumentException(1, "is empty.");
        if (!Utf8.IsValid(bytes)) throw new DocumentException(1, "is not UTF-8 text.");
        return trimmed[0] == (byte)'{' ? Json(bytes) : Yaml(Encoding.UTF8.GetString(bytes));
    }

    private static DocumentNode Json(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = DepthMax,
        });
        var (line, counted) = (1, 0);
        try
        {
            reader.Read();
            var root = Value(ref reader, bytes, ref line, ref counted);
            reader.Read();
            return root;
        }
        catch (JsonException exception)
        {
            // The rest of the text says the place again, and what a programmer could do.
            var message = exception.Message.Split(" LineNumber:")[0].Replace(" Change the reader options.", "");
            throw new DocumentException((int)(exception.LineNumber ?? 0) + 1, $"is not JSON: {message}");
        }
    }

    private static DocumentNode Value(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> bytes, ref int line, ref int counted)
    {
        var start = LineOf(reader, bytes, ref line, ref counted);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new List<(string, DocumentNode)>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    var nameLine = LineOf(reader, bytes, ref line, ref counted);
                    if (members.Exists(member => member.Item1 == name))
                        throw new DocumentException(nameLine, $"gives '{name}' twice; keep one of the two.");
                    reader.Read();
                    members.Add((name, Value(ref reader, bytes, ref line, ref counted)));
                }
                return new(start, Members: members);
            case JsonTokenType.StartArray:
                var items = new List<DocumentNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, bytes, ref line, ref counted));
                return new(start, Items: items);
            case JsonTokenType.Null: return new(start);
            case JsonTokenType.String: return new(start, reader.GetString());
            default: return new(start, Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    // The line of the present token, counted on from the one before.
    private static int LineOf(in Utf8JsonReader reader, ReadOnlySpan<byte> bytes, ref int line, ref int counted)
    {
        line += bytes[counted..(int)reader.TokenStartIndex].Count((byte)'\n');
        counted = (int)reader.TokenStartIndex;
        return line;
    }

    private static DocumentNode Yaml(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1
                ? Value(stream.Documents[0].RootNode, 0)
                : throw new DocumentException(1, $"has {stream.Documents.Count} YAML documents; give one.");
        }
        catch (YamlException exception)
        {
            var message = exception.InnerException?.Message ?? exception.Message;
            throw new DocumentException((int)exception.Start.Line, $"is neither JSON nor YAML: {message}");
        }
    }

    private static DocumentNode Value(YamlNode node, int depth)
    {
        var line = (int)node.Start.Line;
        if (depth > DepthMax) throw new DocumentException(line, $"is nested more than {DepthMax} deep.");
        return node switch
        {
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => new(line),
            YamlScalarNode scalar => new(line, scalar.Value ?? ""),
            YamlSequenceNode list => new(line, Items: [.. list.Children.Select(item => Value(item, depth + 1))]),
            YamlMappingNode map => new(line, Members:
            [
                .. map.Children.Select(member => (
                    (member.Key as YamlScalarNode)?.Value
                        ?? throw new DocumentException((int)member.Key.Start.Line, "has a key that is not a name."),
                    Value(member.Value, depth + 1))),
            ]),
            _ => throw new DocumentException(line, "has something that is no value, list or mapping."),
        };
    }
}

/// <summary>A file that cannot be read.</summary>
/// <param name="line">The line, from 1.</param>
/// <param name="message">What is wrong, with the way out.</param>
internal sealed class DocumentException(int line, string message) : Exception(message)
{
    public int Line => line;
}
