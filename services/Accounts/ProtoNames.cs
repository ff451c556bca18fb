using Google.Protobuf.Reflection;
using Marketplace.Options.V1;

namespace Marketplace.Accounts;

/// <summary>Names of enum values as the protos write them.</summary>
internal static class ProtoNames
{
    private static readonly EnumDescriptor Scopes =
        OptionsReflection.Descriptor.EnumTypes.Single(type => type.Name == nameof(Scope));

    /// <summary>The name of a scope, such as <c>SCOPE_BILLING_READ</c>.</summary>
    public static string Of(Scope scope) => Scopes.FindValueByNumber((int)scope).Name;
}
