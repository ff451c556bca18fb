using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Cli.Fields;
using Marketplace.Contracts;

namespace Marketplace.Cli.Api;

/// <summary>The arguments and options of a command that are fields of its request.</summary>
internal sealed class RequestFields
{
    public const string RequestIdField = "request_id";

    private const string RequiredComment = "Required. ";

    // Lists page by themselves; a request id has an option that every command shares.
    private static readonly string[] NeverOptions = [RequestIdField, "page_size", "page_token"];

    private readonly MessageDescriptor type;
    private readonly FieldDescriptor? body;
    private readonly IReadOnlyList<string> filled;

    /// <param name="verb">The command.</param>
    /// <param name="type">Its request.</param>
    /// <param name="filled">The fields that the command fills by itself.</param>
    /// <param name="describes">Whether help is asked for.</param>
    public RequestFields(ApiVerb verb, MessageDescriptor type, IReadOnlyList<string> filled, bool describes)
    {
        this.type = type;
        this.filled = filled;
        body = verb.Body is { } name ? type.FindFieldByName(name) : null;
        var arguments = verb.Arguments.Select(text => RequestField.OfArgument(
            type.FindFieldByName(text.TrimEnd('?')), text.EndsWith('?'), describes)).ToList();
        var taken = NeverOptions.Concat(filled).Concat(arguments.Select(argument => argument.Field.Name)).ToHashSet();
        var paths = FieldPaths.Of(type).Where(path => !taken.Contains(path[0].Name)).ToList();
        var own = paths.Where(path => path[0] != body).Select(FieldPaths.Name).ToHashSet();
        All = [.. arguments, .. paths.Select(path => RequestField.OfOption(path, Name(path, own), describes))];
        HasFile = body is not null
            || (type.FindFieldByName(RequestIdField) is not null && All.Count > arguments.Count);
    }

    /// <summary>In the order of help.</summary>
    public IReadOnlyList<RequestField> All { get; }

    /// <summary>Whether a file may hold the request or a part of it.</summary>
    public bool HasFile { get; }

    /// <summary>Whether the call has a request id.</summary>
    public bool HasRequestId => type.FindFieldByName(RequestIdField) is not null;

    /// <summary>The message that a file holds.</summary>
    public MessageDescriptor FileType => body?.MessageType ?? type;

    /// <summary>The body's fields that are given as options.</summary>
    public IEnumerable<RequestField> GivenOfBody(ParseResult arguments) =>
        All.Where(field => field.Path[0] == body && field.IsGiven(arguments));

    /// <summary>
    /// Reads a file into the request: its body or, when the file says the body's name, the whole request.
    /// </summary>
    public void ReadFile(IMessage request, DocumentNode file)
    {
        var isWhole = body is null || (file.Members?.Any(member =>
            member.Name.Replace('-', '_') == body.Name || member.Name == body.JsonName) ?? false);
        Messages.Merge(isWhole ? request : Messages.Child(request, body!), file);
    }

    /// <summary>What the request lacks, as the user knows it.</summary>
    public IReadOnlyList<string> Missing(IMessage request)
    {
        var missing = MissingOf(request, type, []);
        return body is not null && Messages.IsGiven(request, body)
            ? [.. missing, .. MissingOf(Messages.Child(request, body), body.MessageType, [body])]
            : missing;
    }

    /// <summary>A field that an error names, as the user knows it.</summary>
    public string Shown(string field)
    {
        foreach (var known in All)
        {
            var path = Text(known.Path);
            if (field == path) return known.Shown;
            if (field.StartsWith($"{path}[", StringComparison.Ordinal)
                || field.StartsWith($"{path}.", StringComparison.Ordinal))
                return known.Shown + FieldKind.Kebab(field[path.Length..]);
        }
        // The market names a field of the terms from the terms on.
        if (body is not null && field != body.Name && !field.StartsWith($"{body.Name}.", StringComparison.Ordinal)
            && body.MessageType.FindFieldByName(field.Split('.', '[')[0]) is not null)
            return Shown($"{body.Name}.{field}");
        return body is not null && field == body.Name ? "--file" : FieldKind.Kebab(field);
    }

    // Without its name where no other field has the same.
    private string Name(IReadOnlyList<FieldDescriptor> path, HashSet<string> own)
    {
        var name = FieldPaths.Name(path.Skip(path[0] == body ? 1 : 0));
        return path[0] == body && own.Contains(name) ? FieldPaths.Name(path) : name;
    }

    private List<string> MissingOf(
        IMessage message, MessageDescriptor messageType, IReadOnlyList<FieldDescriptor> above) =>
    [
        .. from field in messageType.Fields.InDeclarationOrder()
           where !NeverOptions.Contains(field.Name) && !filled.Contains(field.Name)
           where !Messages.IsGiven(message, field)
           where ApiSources.Comment(field.FullName).StartsWith(RequiredComment, StringComparison.Ordinal)
           let isGroup = !FieldKind.IsText(field) && !field.IsRepeated
           select isGroup && field != body ? $"{Shown(Text([.. above, field]))}.*"
               : isGroup ? "--file" : Shown(Text([.. above, field])),
    ];

    private static string Text(IEnumerable<FieldDescriptor> path) => string.Join('.', path.Select(field => field.Name));
}
