using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>On a generated service base class: which static method binds its rpcs.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class BindServiceMethodAttribute(
    [DynamicallyAccessedMembers(BindServiceMethodAttribute.Kept)] Type bindType, string bindMethodName) : Attribute
{
    // What a server looks for by reflection: the bind method, the base class's methods, and the service's descriptor.
    private const DynamicallyAccessedMemberTypes Kept =
        DynamicallyAccessedMemberTypes.PublicMethods
        | DynamicallyAccessedMemberTypes.NonPublicMethods
        | DynamicallyAccessedMemberTypes.PublicProperties;

    [DynamicallyAccessedMembers(Kept)]
    public Type BindType { get; } = bindType;

    public string BindMethodName { get; } = bindMethodName;
}
