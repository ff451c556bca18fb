using System.Collections.Frozen;
using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// The gRPC services that the host has mapped, and the proto files that declare them with all that those import.
/// </summary>
internal sealed class DescribedServices
{
    private readonly FrozenDictionary<string, FileDescriptor> byName;
    private readonly FrozenDictionary<string, FileDescriptor> bySymbol;
    private readonly FrozenSet<string> messages;
    private readonly FrozenDictionary<(string Type, int Number), FileDescriptor> byExtension;

    public DescribedServices(EndpointDataSource endpoints)
    {
        var services = endpoints.Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.ServiceType).OfType<Type>()
            .Distinct().Select(DescriptorOf).ToList();
        Names = [.. services.Select(service => service.FullName).Order(StringComparer.Ordinal)];
        byName = WithImports(services.Select(service => service.File)).ToFrozenDictionary(file => file.Name);
        bySymbol = byName.Values.SelectMany(file => Symbols(file).Select(symbol => (symbol, file)))
            .ToFrozenDictionary(declared => declared.symbol, declared => declared.file);
        messages = byName.Values.SelectMany(file => file.MessageTypes).SelectMany(WithNested)
            .Select(message => message.FullName).ToFrozenSet();
        byExtension = byName.Values.SelectMany(Extensions).ToFrozenDictionary(
            extension => (extension.ExtendeeType.FullName, extension.FieldNumber), extension => extension.File);
    }

    /// <summary>The full names of the services, sorted.</summary>
    public IReadOnlyList<string> Names { get; }

    public FileDescriptor? FindFile(string name) => byName.GetValueOrDefault(name);

    /// <summary>The file that declares what has this full name, whatever it is.</summary>
    public FileDescriptor? FindDeclaring(string symbol) => bySymbol.GetValueOrDefault(symbol);

    /// <summary>The file that declares an extension of a message.</summary>
    public FileDescriptor? FindExtension(string type, int number) => byExtension.GetValueOrDefault((type, number));

    /// <summary>The numbers of all extensions of a message, sorted; null if there is no such message.</summary>
    public IReadOnlyList<int>? FindExtensionNumbers(string type) =>
        messages.Contains(type)
            ? [.. byExtension.Keys.Where(key => key.Type == type).Select(key => key.Number).Order()]
            : null;

    /// <summary>Some files and all that they import, each once; those that were asked for come first.</summary>
    public static IEnumerable<FileDescriptor> WithImports(IEnumerable<FileDescriptor> files)
    {
        var known = new HashSet<string>();
        var next = new Queue<FileDescriptor>(files);
        while (next.TryDequeue(out var file))
        {
            if (!known.Add(file.Name)) continue;
            yield return file;
            foreach (var import in file.Dependencies) next.Enqueue(import);
        }
    }

    // The generated base class of an implementation names the class that has the descriptor.
    private static ServiceDescriptor DescriptorOf(Type implementation)
    {
        var generated = implementation.GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)?.BindType;
        return generated?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
            as ServiceDescriptor
            ?? throw new InvalidOperationException($"{implementation} does not implement a service of a proto file.");
    }

    private static IEnumerable<string> Symbols(FileDescriptor file) =>
    [
        .. file.MessageTypes.SelectMany(WithNested).SelectMany(Symbols), .. file.EnumTypes.SelectMany(Symbols),
        .. file.Services.Select(service => service.FullName),
        .. file.Services.SelectMany(service => service.Methods).Select(method => method.FullName),
        .. Extensions(file).Select(extension => extension.FullName),
    ];

    private static IEnumerable<string> Symbols(MessageDescriptor message) =>
    [
        message.FullName, .. message.Fields.InDeclarationOrder().Select(field => field.FullName),
        .. message.Oneofs.Select(oneof => oneof.FullName), .. message.EnumTypes.SelectMany(Symbols),
    ];

    // The values of an enum are named in the scope that the enum is in.
    private static IEnumerable<string> Symbols(EnumDescriptor type) =>
        type.Values.Select(value => $"{type.FullName[..^type.Name.Length]}{value.Name}").Prepend(type.FullName);

    private static IEnumerable<FieldDescriptor> Extensions(FileDescriptor file) =>
        file.MessageTypes.SelectMany(WithNested).SelectMany(message => message.Extensions.UnorderedExtensions)
            .Concat(file.Extensions.UnorderedExtensions);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.SelectMany(WithNested).Prepend(message);
}
