using Google.Protobuf.Reflection;
using Marketplace.Options.V1;

namespace Marketplace.Conventions.Tests;

/// <summary>What holds for every RPC of the marketplace.</summary>
public sealed class ProtoTests
{
    // What an RPC of another name does to the market has a request id, so that it can be called again.
    private static readonly string[] Readers =
        ["Get", "List", "Watch", "Search", "Find", "Check", "Compare", "Resolve", "Refresh"];

    [Fact]
    public void Access_EveryRpc_DeclaresRolesAndScope() => Offenders.AreNone(
        from rpc in Rpcs()
        let access = rpc.GetOptions()?.GetExtension(OptionsExtensions.Access)
        where access is null || access.Roles.Count == 0 || access.Roles.Contains(Role.Unspecified)
            || access.Scope == Scope.Unspecified
        select rpc.FullName);

    [Fact]
    public void RequestId_MutatingRpcs_HaveItAndNoOthers() => Offenders.AreNone(
        from rpc in Rpcs()
        let isReader = Readers.Any(verb => rpc.Name.StartsWith(verb, StringComparison.Ordinal))
        let field = rpc.InputType.FindFieldByName("request_id")
        let hasRequestId = field is { FieldNumber: 1, FieldType: FieldType.String }
        where isReader == hasRequestId
        select rpc.FullName);

    [Fact]
    public void Paging_Lists_HaveIt() => Offenders.AreNone(
        from rpc in Rpcs()
        where rpc.Name.StartsWith("List", StringComparison.Ordinal)
        where rpc.InputType.FindFieldByName("page_size") is null
            || rpc.InputType.FindFieldByName("page_token") is null
            || rpc.OutputType.FindFieldByName("next_page_token") is null
        select rpc.FullName);

    [Fact]
    public void Terms_Messages_HaveOneCanonicalReading() => Offenders.AreNone(
        from message in Messages(Terms.V1.TermsReflection.Descriptor)
        from field in message.Fields.InDeclarationOrder()
        where field.IsMap
            || field.FieldType is FieldType.Float or FieldType.Double
            || (field.FieldType == FieldType.Message && field.MessageType.FullName == "google.protobuf.Any")
        select field.FullName);

    [Fact]
    public void Rpcs_OfTheMarketplace_AreFound() => Assert.True(Rpcs().Count() > 50);

    private static IEnumerable<MethodDescriptor> Rpcs() =>
        from type in typeof(OptionsExtensions).Assembly.GetExportedTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal)
        let file = type.GetProperty("Descriptor")?.GetValue(null) as FileDescriptor
        where file is not null && file.Package.StartsWith("marketplace.", StringComparison.Ordinal)
        from service in file.Services
        from method in service.Methods
        select method;

    private static IEnumerable<MessageDescriptor> Messages(FileDescriptor file) => file.MessageTypes;
}
