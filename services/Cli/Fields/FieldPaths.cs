using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Cli.Fields;

/// <summary>The fields of a message and of the messages in it, as paths.</summary>
internal static class FieldPaths
{
    private const int DepthMax = 4;

    /// <summary>Every field that holds a text or a list, in the order of the proto.</summary>
    public static IEnumerable<IReadOnlyList<FieldDescriptor>> Of(MessageDescriptor type) => Below(type, []);

    /// <summary>The path as people write it: <c>price.amount</c>.</summary>
    public static string Name(IEnumerable<FieldDescriptor> path) =>
        string.Join('.', path.Select(field => FieldKind.Kebab(field.Name)));

    /// <summary>The path of a text such as <c>offer.price.amount</c>.</summary>
    public static IReadOnlyList<FieldDescriptor> Find(MessageDescriptor type, string text)
    {
        var path = new List<FieldDescriptor>();
        foreach (var name in text.Split('.'))
        {
            path.Add(type.FindFieldByName(name)
                ?? throw new ArgumentException($"{type.Name} has no field {name}.", nameof(text)));
            if (path[^1].FieldType == FieldType.Message) type = path[^1].MessageType;
        }
        return path;
    }

    /// <summary>The message in which the last field of a path stands, or null if it is not there.</summary>
    public static IMessage? Holder(IMessage message, IReadOnlyList<FieldDescriptor> path)
    {
        var at = message;
        foreach (var field in path.SkipLast(1))
        {
            if (field.Accessor.GetValue(at) is not IMessage next) return null;
            at = next;
        }
        return at;
    }

    private static IEnumerable<IReadOnlyList<FieldDescriptor>> Below(
        MessageDescriptor type, IReadOnlyList<FieldDescriptor> path) =>
        from field in type.Fields.InDeclarationOrder()
        let extended = (IReadOnlyList<FieldDescriptor>)[.. path, field]
        from found in FieldKind.IsText(field) || field.IsRepeated
            ? [extended]
            : path.Count < DepthMax ? Below(field.MessageType, extended) : []
        select found;
}
