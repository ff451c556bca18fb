using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Options.V1;

namespace Marketplace.Contracts;

/// <summary>
/// The protos of the API with their comments, which the generated code does not have. Reading them takes some
/// milliseconds, so only who shows comments does.
/// </summary>
public static class ApiSources
{
    private const string Resource = "api.binpb";

    private static readonly Lazy<IReadOnlyList<FileDescriptor>> LazyFiles = new(Read);

    private static readonly Lazy<Dictionary<string, IDescriptor>> LazyElements = new(
        () => LazyFiles.Value.SelectMany(Elements).ToDictionary(element => element.FullName));

    /// <summary>
    /// All files, each after those that it imports. The <c>Declaration</c> of an element has its comments.
    /// </summary>
    public static IReadOnlyList<FileDescriptor> Files => LazyFiles.Value;

    /// <summary>
    /// The comment before the <c>package</c> of a file, such as <c>marketplace/terms/v1/terms.proto</c>, or before a
    /// message, field, enum, value, service or RPC, as the lines stand in the proto without their
    /// slashes; empty when there is none.
    /// </summary>
    /// <param name="fullName">
    /// The full name, such as <c>marketplace.terms.v1.LeaseTerms.title</c>; that of a value has its enum's name in it.
    /// </param>
    public static string Comment(string fullName)
    {
        var comment = LazyElements.Value.TryGetValue(fullName, out var element)
            ? ((DescriptorBase)element).Declaration?.LeadingComments
            : LazyFiles.Value.FirstOrDefault(file => file.Name == fullName) is { } named
                ? PackageComment(named)
                : null;
        return string.Join('\n', (comment ?? "").Trim('\n').Split('\n').Select(Unindented));
    }

    private static string? PackageComment(FileDescriptor file) => file.ToProto().SourceCodeInfo.Location
        .FirstOrDefault(location => location.Path.SequenceEqual([FileDescriptorProto.PackageFieldNumber]))
        ?.LeadingComments;

    // A comment's line begins with the space after its slashes.
    private static string Unindented(string line) => line.StartsWith(' ') ? line[1..] : line;

    private static IReadOnlyList<FileDescriptor> Read()
    {
        using var stream = typeof(ApiSources).Assembly.GetManifestResourceStream(Resource)!;
        var set = FileDescriptorSet.Parser.ParseFrom(stream);
        return FileDescriptor.BuildFromByteStrings(
            set.File.Select(file => file.ToByteString()), [OptionsExtensions.Access]);
    }

    private static IEnumerable<IDescriptor> Elements(FileDescriptor file) =>
    [
        .. file.MessageTypes.SelectMany(Elements),
        .. file.EnumTypes.SelectMany(Elements),
        .. file.Services.SelectMany(service => service.Methods.Cast<IDescriptor>().Prepend(service)),
    ];

    private static IEnumerable<IDescriptor> Elements(MessageDescriptor message) =>
    [
        message,
        .. message.Fields.InDeclarationOrder(),
        .. message.NestedTypes.SelectMany(Elements),
        .. message.EnumTypes.SelectMany(Elements),
    ];

    private static IEnumerable<IDescriptor> Elements(EnumDescriptor names) => [names, .. names.Values];
}
