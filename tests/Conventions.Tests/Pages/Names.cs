using Marketplace.Options.V1;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>Values of enums as the protos name them.</summary>
internal static class Names
{
    public static string Of(Scope scope) => OptionsReflection.Descriptor.EnumTypes
        .Single(names => names.Name == nameof(Scope)).FindValueByNumber((int)scope).Name;
}
