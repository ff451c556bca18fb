using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Cli.Fields;

/// <summary>
/// Reads one item of a list of messages from one text: its values in the order of its fields, or named, as in
/// <c>2026-05-01,300MW</c> and <c>start-date=2026-05-01,power-kw=300MW</c>; or proto JSON.
/// </summary>
internal static class ItemText
{
    /// <summary>Reads one item.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says what it must be.</exception>
    public static IMessage Parse(MessageDescriptor type, string text)
    {
        var item = Messages.New(type);
        if (text.TrimStart().StartsWith('{')) return Json(item, text);
        var paths = Paths(type);
        var given = new HashSet<string>();
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            var equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? null : FieldKind.Kebab(parts[i][..equals]);
            if (name is null && i >= paths.Count)
                throw new FormatException($"has more than the {paths.Count} values {Shape(type)}.");
            var (known, path) = name is null ? paths[i] : paths.FirstOrDefault(path => path.Name == name);
            if (known is null)
                throw new FormatException($"'{name}' is none of the values {Shape(type)}.");
            if (!given.Add(known)) throw new FormatException($"'{known}' is given twice.");
            Set(item, path, known, parts[i][(equals + 1)..]);
        }
        return item;
    }

    /// <summary>The values of an item, for help: <c>START-DATE,POWER-KW</c>.</summary>
    public static string Shape(MessageDescriptor type) =>
        string.Join(',', Paths(type).Select(path => path.Name));

    private static List<(string Name, IReadOnlyList<FieldDescriptor> Path)> Paths(MessageDescriptor type) =>
    [
        .. from path in FieldPaths.Of(type)
           where FieldKind.IsText(path[^1]) && !path[^1].IsRepeated
           select (FieldPaths.Name(path), path),
    ];

    private static void Set(IMessage item, IReadOnlyList<FieldDescriptor> path, string name, string text)
    {
        try
        {
            path[^1].Accessor.SetValue(Messages.Parent(item, path), FieldText.Parse(path[^1], text));
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{name} {exception.Message}");
        }
    }

    private static IMessage Json(IMessage item, string text)
    {
        try
        {
            Messages.Merge(item, DocumentNode.Parse(Encoding.UTF8.GetBytes(text)));
            return item;
        }
        catch (DocumentException exception)
        {
            throw new FormatException(exception.Message);
        }
    }
}
