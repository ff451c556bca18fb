using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Options.V1;

namespace Marketplace.Access.Tests;

/// <summary>An RPC of the marketplace on one of the services that host it.</summary>
internal sealed record HostedRpc(string Host, MethodDescriptor Method)
{
    // Every service hosts the contracts of operations.
    private static readonly Dictionary<string, string[]> HostsByPackage = new()
    {
        ["marketplace.accounts.v1"] = ["accounts"],
        ["marketplace.inventory.v1"] = ["inventory"],
        ["marketplace.leasing.v1"] = ["leasing"],
        ["marketplace.billing.v1"] = ["billing"],
        ["marketplace.operations.v1"] = ["accounts", "inventory", "leasing", "billing"],
    };

    /// <summary>
    /// Every RPC that the descriptors have; a package that nobody is known to host fails where it is looked up.
    /// </summary>
    public static IReadOnlyDictionary<string, HostedRpc> All { get; } = (
        from type in typeof(OptionsExtensions).Assembly.GetExportedTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal)
        let file = type.GetProperty("Descriptor")?.GetValue(null) as FileDescriptor
        where file is not null && file.Package.StartsWith("marketplace.", StringComparison.Ordinal)
        from service in file.Services
        from method in service.Methods
        from host in HostsByPackage[file.Package]
        select new HostedRpc(host, method)).ToDictionary(rpc => rpc.Name);

    /// <summary>The name that a test's output has it by.</summary>
    public string Name => $"{Host}: {Method.Service.Name}/{Method.Name}";

    /// <summary>Who may call it, as its proto declares.</summary>
    public Options.V1.Access Access => Method.GetOptions().GetExtension(OptionsExtensions.Access);

    /// <summary>The roles of organisations that may call it.</summary>
    public IEnumerable<Role> Roles => Keys.Roles.Where(role =>
        Access.Roles.Contains(role) || Access.Roles.Contains(Role.Any));

    /// <summary>A request whose ids are those of nothing; every other field is left out.</summary>
    public byte[] RequestWithIdsOfNothing()
    {
        var request = Method.InputType.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in Method.InputType.Fields.InDeclarationOrder())
        {
            if (field.FieldType == FieldType.String && !field.IsRepeated
                && field.Name.EndsWith("_id", StringComparison.Ordinal))
                field.Accessor.SetValue(request, Guid.CreateVersion7().ToString());
        }
        return request.ToByteArray();
    }
}
