using Google.Protobuf.Reflection;
using Marketplace.Contracts;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>The API of the marketplace, by package.</summary>
internal static class Api
{
    /// <summary>The packages that have a page, each with its files by name.</summary>
    public static ILookup<string, FileDescriptor> Packages { get; } = ApiSources.Files
        .Where(file => file.Package.StartsWith("marketplace.", StringComparison.Ordinal))
        .OrderBy(file => file.Package, StringComparer.Ordinal).ThenBy(file => file.Name, StringComparer.Ordinal)
        .ToLookup(file => file.Package);

    public static IEnumerable<ServiceDescriptor> Services =>
        Packages.SelectMany(package => package).SelectMany(file => file.Services);

    /// <summary>All messages of a file, each before those that are nested in it.</summary>
    public static IEnumerable<MessageDescriptor> Messages(FileDescriptor file) =>
        file.MessageTypes.SelectMany(WithNested);

    /// <summary>All enums of a file.</summary>
    public static IEnumerable<EnumDescriptor> Enums(FileDescriptor file) =>
        file.EnumTypes.Concat(Messages(file).SelectMany(message => message.EnumTypes));

    /// <summary>The name of a type within its package, such as <c>Outer.Inner</c>.</summary>
    public static string NameOf(IDescriptor type) => type.FullName[(type.File.Package.Length + 1)..];

    /// <summary>What stands before the <c>package</c> of a file.</summary>
    public static string CommentOf(FileDescriptor file) => CommentAt(file, [FileDescriptorProto.PackageFieldNumber]);

    /// <summary>What stands before a oneof.</summary>
    public static string CommentOf(OneofDescriptor oneof) => CommentAt(
        oneof.File, [.. PathOf(oneof.ContainingType), DescriptorProto.OneofDeclFieldNumber, oneof.Index]);

    /// <summary>The RPC whose request or own answer a message is, and by which it is described; null: none.</summary>
    public static MethodDescriptor? RpcOf(IDescriptor type) => (
        from service in Services
        from rpc in service.Methods
        where (type == rpc.InputType && type.Name == $"{rpc.Name}Request")
            || (type == rpc.OutputType && type.Name == $"{rpc.Name}Response")
        select rpc).FirstOrDefault();

    public static string FirstSentence(string comment)
    {
        var paragraph = comment.Split("\n\n")[0].Replace('\n', ' ');
        var end = paragraph.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? paragraph : paragraph[..(end + 1)];
    }

    private static string CommentAt(FileDescriptor file, int[] path)
    {
        var comment = file.ToProto().SourceCodeInfo.Location
            .Single(location => location.Path.SequenceEqual(path)).LeadingComments;
        return string.Join('\n', comment.Trim('\n').Split('\n').Select(line =>
            line.StartsWith(' ') ? line[1..] : line));
    }

    private static IEnumerable<int> PathOf(MessageDescriptor message) => message.ContainingType is { } outer
        ? [.. PathOf(outer), DescriptorProto.NestedTypeFieldNumber, message.Index]
        : [FileDescriptorProto.MessageTypeFieldNumber, message.Index];

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.Where(nested => nested.GetOptions()?.MapEntry != true).SelectMany(WithNested)
            .Prepend(message);
}
