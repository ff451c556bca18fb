using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Cli.Fields;

/// <summary>Makes messages whose type only a descriptor names, and fills them.</summary>
internal static class Messages
{
    public static IMessage New(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);

    /// <summary>The message that a field holds, made if it holds none yet.</summary>
    public static IMessage Child(IMessage message, FieldDescriptor field)
    {
        if (field.Accessor.GetValue(message) is IMessage child) return child;
        child = New(field.MessageType);
        field.Accessor.SetValue(message, child);
        return child;
    }

    /// <summary>The message that holds the last field of a path, made if need be with those before it.</summary>
    public static IMessage Parent(IMessage message, IReadOnlyList<FieldDescriptor> path) =>
        path.SkipLast(1).Aggregate(message, Child);

    public static IList Items(IMessage message, FieldDescriptor field) => (IList)field.Accessor.GetValue(message);

    /// <summary>Whether a field says something: it is present, or not the default where presence is not kept.</summary>
    public static bool IsGiven(IMessage message, FieldDescriptor field)
    {
        if (field.IsRepeated) return Items(message, field).Count > 0;
        if (field.HasPresence) return field.Accessor.HasValue(message);
        return field.Accessor.GetValue(message) switch
        {
            string text => text.Length > 0,
            ByteString bytes => bytes.Length > 0,
            bool value => value,
            int number => number != 0,
            long number => number != 0,
            Enum value => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) != 0,
            var value => value is not null,
        };
    }

    /// <summary>
    /// Reads a file's values into a message. Names are the proto's, its JSON's or with hyphens; values are as in
    /// options or as proto JSON writes them.
    /// </summary>
    /// <exception cref="DocumentException">A value cannot be read.</exception>
    public static void Merge(IMessage message, DocumentNode node, string path = "")
    {
        var type = message.Descriptor;
        if (node.Members is not { } members)
            throw new DocumentException(node.Line, $"{Named(path)}must have the fields of {type.Name}.");
        var seen = new HashSet<FieldDescriptor>();
        foreach (var (name, value) in members)
        {
            var fields = type.Fields.InDeclarationOrder();
            var field = fields.FirstOrDefault(known => known.Name == name.Replace('-', '_') || known.JsonName == name);
            var fieldPath = path.Length == 0 ? field?.Name ?? name : $"{path}.{field?.Name ?? name}";
            if (field is null)
                throw new DocumentException(
                    value.Line,
                    $"{fieldPath}: there is no such field in {type.Name}; its fields are "
                        + $"{string.Join(", ", fields.Select(known => known.Name))}.");
            if (!seen.Add(field)) throw new DocumentException(value.Line, $"{fieldPath}: is given twice; keep one.");
            if (!value.IsNull && !IsLeftOpen(field, value)) Set(message, field, value, fieldPath);
        }
    }

    // An answer that is given back says of a choice that was not made that it was not.
    private static bool IsLeftOpen(FieldDescriptor field, DocumentNode value) =>
        field is { FieldType: FieldType.Enum, IsRepeated: false }
        && value.Text == field.EnumType.FindValueByNumber(0).Name;

    private static void Set(IMessage message, FieldDescriptor field, DocumentNode node, string path)
    {
        if (!field.IsRepeated)
        {
            if (field.FieldType == FieldType.Message && node.Members is not null)
                Merge(Child(message, field), node, path);
            else field.Accessor.SetValue(message, Single(field, node, path));
            return;
        }
        if (node.Items is not { } items) throw new DocumentException(node.Line, $"{path}: must be a list.");
        var values = Items(message, field);
        values.Clear();
        for (var i = 0; i < items.Count; i++)
        {
            var itemPath = $"{path}[{i}]";
            if (field.FieldType == FieldType.Message && items[i].Members is not null)
            {
                var item = New(field.MessageType);
                Merge(item, items[i], itemPath);
                values.Add(item);
            }
            else values.Add(Single(field, items[i], itemPath));
        }
    }

    private static object Single(FieldDescriptor field, DocumentNode node, string path)
    {
        if (node.Text is not { } text || !FieldKind.IsText(field))
            throw new DocumentException(
                node.Line,
                FieldKind.IsText(field)
                    ? $"{path}: must be one value."
                    : $"{path}: must have the fields of {field.MessageType.Name}.");
        try
        {
            return FieldText.Parse(field, text);
        }
        catch (FormatException exception)
        {
            throw new DocumentException(node.Line, $"{path}: {exception.Message}");
        }
    }

    private static string Named(string path) => path.Length == 0 ? "" : $"{path}: ";
}
