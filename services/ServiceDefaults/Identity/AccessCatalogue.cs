using System.Collections.Frozen;
using System.Reflection;
using Google.Protobuf.Reflection;
using Marketplace.Options.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Who may call each RPC, as the protos declare it.</summary>
internal static class AccessCatalogue
{
    // Probes and tools call these without a key; they tell nothing of the market.
    private static readonly string[] PublicServices =
        ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/"];

    private static readonly FrozenDictionary<string, Access> ByMethod = Read()
        .ToFrozenDictionary(rpc => rpc.Method, rpc => rpc.Access);

    public static bool IsPublic(string method) =>
        PublicServices.Any(service => method.StartsWith(service, StringComparison.Ordinal));

    /// <summary>What an RPC declares, or null: then it is refused to everybody.</summary>
    public static Access? Find(string method) => ByMethod.GetValueOrDefault(method);

    private static IEnumerable<(string Method, Access Access)> Read()
    {
        var files = typeof(OptionsExtensions).Assembly.GetExportedTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>();
        foreach (var method in files.SelectMany(file => file.Services).SelectMany(service => service.Methods))
        {
            if (method.GetOptions()?.GetExtension(OptionsExtensions.Access) is { } access)
                yield return ($"/{method.Service.FullName}/{method.Name}", access);
        }
    }
}
