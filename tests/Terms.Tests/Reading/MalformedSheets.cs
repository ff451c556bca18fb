using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;

namespace Marketplace.Terms.Tests;

/// <summary>A sheet and the findings that it must give, each as <c>field REASON</c>, in order.</summary>
internal sealed record MalformedSheet(V1.LeaseTerms Terms, string[] Violations, string[] Open);

/// <summary>
/// The sheets of <c>malformed.json</c>: a valid one in proto JSON, and groups of cases that change it. The changes of a
/// case are made in the order in which they stand there:
/// <list type="bullet">
/// <item><c>replace</c>: a text that is wholly equal to the first becomes the second, everywhere in the sheet;</item>
/// <item><c>set</c>: what stands at a path, present or not, becomes the value;</item>
/// <item><c>remove</c>: what stands at a path is left out;</item>
/// <item><c>repeat</c>: to a list, the item is added that many times, with <c>{i}</c> counting from 0, <c>{day}</c> the
/// day that many days after <c>from</c>, and <c>{next_day}</c> the one after; elsewhere, the text is repeated;</item>
/// <item><c>append</c>: the item is added to a list.</item>
/// </list>
/// </summary>
internal static partial class MalformedSheets
{
    private static readonly JsonObject Document = JsonNode.Parse(File.ReadAllText(FilePath()))!.AsObject();

    /// <summary>The cases by name.</summary>
    public static IReadOnlyDictionary<string, MalformedSheet> Cases { get; } = Document
        .Where(group => group.Key != "base")
        .SelectMany(group => group.Value!.AsArray(), (group, item) => (Group: group.Key, Case: item!.AsObject()))
        .ToDictionary(item => $"{item.Group}: {item.Case["name"]}", item => Read(item.Case));

    /// <summary>The valid sheet.</summary>
    public static V1.LeaseTerms Base() => Parse(Document["base"]!);

    /// <summary>The message under a path such as <c>fee_intervals[0].amount</c>.</summary>
    public static IMessage MessageAt(V1.LeaseTerms terms, string path)
    {
        object found = terms;
        foreach (var step in Steps(path))
        {
            found = step is int index
                ? ((IList)found)[index]!
                : ((IMessage)found).Descriptor.FindFieldByName((string)step).Accessor.GetValue((IMessage)found);
        }
        return (IMessage)found;
    }

    private static MalformedSheet Read(JsonObject source)
    {
        var sheet = Document["base"]!.DeepClone().AsObject();
        foreach (var (key, value) in source)
        {
            switch (key)
            {
                case "name" or "violations" or "open":
                    break;
                case "replace":
                    foreach (var (text, other) in value!.AsObject()) Replace(sheet, text, other!.GetValue<string>());
                    break;
                case "set":
                    foreach (var (path, item) in value!.AsObject()) Set(sheet, path, item!.DeepClone());
                    break;
                case "remove":
                    foreach (var path in value!.AsArray()) Remove(sheet, path!.GetValue<string>());
                    break;
                case "repeat":
                    foreach (var (path, items) in value!.AsObject()) Repeat(sheet, path, items!.AsObject());
                    break;
                case "append":
                    foreach (var (path, item) in value!.AsObject()) At(sheet, path)!.AsArray().Add(item!.DeepClone());
                    break;
                default:
                    throw new InvalidDataException($"There is no change '{key}', in {source}");
            }
        }
        return new(Parse(sheet), Findings("violations"), Findings("open"));

        string[] Findings(string key) => source[key] is JsonArray findings
            ? [.. findings.Select(finding => $"{finding!["field"]} {finding["reason"]}").Order(StringComparer.Ordinal)]
            : [];
    }

    private static V1.LeaseTerms Parse(JsonNode sheet) => JsonParser.Default.Parse<V1.LeaseTerms>(sheet.ToJsonString());

    private static void Replace(JsonNode? node, string text, string other)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var member in members.ToArray()) Replace(member.Value, text, other);
                break;
            case JsonArray items:
                foreach (var item in items.ToArray()) Replace(item, text, other);
                break;
            case JsonValue value when value.TryGetValue<string>(out var found) && found == text:
                value.ReplaceWith(other);
                break;
        }
    }

    private static void Set(JsonObject sheet, string path, JsonNode value)
    {
        var (holder, last) = HolderOf(sheet, path);
        if (last is int index) holder.AsArray()[index] = value;
        else holder.AsObject()[(string)last] = value;
    }

    private static void Remove(JsonObject sheet, string path)
    {
        var (holder, last) = HolderOf(sheet, path);
        if (last is int index) holder.AsArray().RemoveAt(index);
        else if (!holder.AsObject().Remove((string)last)) throw new InvalidDataException($"Nothing stands at {path}.");
    }

    private static void Repeat(JsonObject sheet, string path, JsonObject items)
    {
        var (count, item) = (items["count"]!.GetValue<int>(), items["item"]!);
        if (At(sheet, path) is not JsonArray list)
        {
            Set(sheet, path, string.Concat(Enumerable.Repeat(item.GetValue<string>(), count)));
            return;
        }
        var from = items["from"] is { } first
            ? DateOnly.ParseExact(first.GetValue<string>(), "O", CultureInfo.InvariantCulture)
            : DateOnly.MinValue;
        for (var i = 0; i < count; i++)
        {
            var text = item.ToJsonString()
                .Replace("{i}", $"{i}", StringComparison.Ordinal)
                .Replace("\"{day}\"", Date(from.AddDays(i)), StringComparison.Ordinal)
                .Replace("\"{next_day}\"", Date(from.AddDays(i + 1)), StringComparison.Ordinal);
            list.Add(JsonNode.Parse(text));
        }

        static string Date(DateOnly date) =>
            $$"""{ "year": {{date.Year}}, "month": {{date.Month}}, "day": {{date.Day}} }""";
    }

    private static JsonNode? At(JsonObject sheet, string path)
    {
        var (holder, last) = HolderOf(sheet, path);
        return Child(holder, last);
    }

    private static (JsonNode Holder, object Last) HolderOf(JsonObject sheet, string path)
    {
        var steps = Steps(path);
        var holder = steps[..^1].Aggregate<object, JsonNode>(sheet, (node, step) =>
            Child(node, step) ?? throw new InvalidDataException($"Nothing holds {path}."));
        return (holder, steps[^1]);
    }

    private static JsonNode? Child(JsonNode node, object step) =>
        step is int index ? node.AsArray()[index] : node.AsObject()[(string)step];

    // The names and the positions of a path, in order.
    private static object[] Steps(string path) =>
    [
        .. StepPattern().Matches(path).Select(step =>
            int.TryParse(step.Value, CultureInfo.InvariantCulture, out var index) ? (object)index : step.Value),
    ];

    private static string FilePath()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Marketplace.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "tests", "Terms.Tests", "Reading", "malformed.json");
    }

    [GeneratedRegex("[a-z0-9_]+")]
    private static partial Regex StepPattern();
}
