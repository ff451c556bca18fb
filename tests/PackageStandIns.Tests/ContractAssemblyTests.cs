using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;

namespace Marketplace.PackageStandIns.Tests;

/// <summary>
/// All that Grpc.AspNetCore.Server and Grpc.Net.Client were compiled against is there. Versions of theirs that need
/// more of the contract assemblies fail here, and the failure names what is missing.
/// </summary>
public sealed class ContractAssemblyTests
{
    private const BindingFlags AllDeclared = BindingFlags.DeclaredOnly
        | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    // A reference may stand inside a generic type or method; any reference type does for its type parameters.
    private static readonly Type[] TypeArguments = [.. Enumerable.Repeat(typeof(object), 16)];

    public static TheoryData<Type> Packages => [typeof(GrpcServiceOptions), typeof(GrpcChannel)];

    [Theory]
    [InlineData(typeof(Status), "Grpc.Core.Api")]
    [InlineData(typeof(ConnectivityState), "Grpc.Net.Common")]
    public void Identity_ContractAssembly_IsThatOfThePackage(Type type, string name)
    {
        var identity = type.Assembly.GetName().FullName;

        Assert.Equal($"{name}, Version=2.0.0.0, Culture=neutral, PublicKeyToken=d754f35622e28bad", identity);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void TypeReferences_OfPackage_Resolve(Type package)
    {
        using var file = new PEReader(File.OpenRead(package.Assembly.Location));
        var references = file.GetMetadataReader().TypeReferences.Select(handle => MetadataTokens.GetToken(handle));

        AllSucceed(references, token => package.Module.ResolveType(token));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void MemberReferences_OfPackage_Resolve(Type package)
    {
        using var file = new PEReader(File.OpenRead(package.Assembly.Location));
        var metadata = file.GetMetadataReader();
        var references = metadata.MemberReferences
            .Where(handle => !IsOwn(metadata, metadata.GetMemberReference(handle).Parent))
            .Select(handle => MetadataTokens.GetToken(handle));

        AllSucceed(references, token => package.Module.ResolveMember(token, TypeArguments, TypeArguments));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Types_OfPackage_FitTheirBasesAndInterfaces(Type package)
    {
        var failure = Record.Exception(package.Assembly.GetTypes);

        Assert.Null(failure);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Methods_OfPackage_Compile(Type package)
    {
        var methods = package.Assembly.GetTypes().SelectMany(type => type.GetMethods(AllDeclared)).Where(CanCompile);

        AllSucceed(methods, method =>
        {
            var parameters = TypeParameters(method).Select(_ => typeof(object).TypeHandle);
            RuntimeHelpers.PrepareMethod(method.MethodHandle, [.. parameters]);
        });
    }

    private static void AllSucceed<T>(IEnumerable<T> items, Action<T> action)
    {
        var failures = items.Select(item => Record.Exception(() => action(item))?.Message).OfType<string>().ToList();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    /// <summary>Whether a member belongs to a generic type of the package itself.</summary>
    private static bool IsOwn(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind != HandleKind.TypeSpecification) return false;
        var specification = metadata.GetTypeSpecification((TypeSpecificationHandle)parent);
        var signature = metadata.GetBlobReader(specification.Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return false;
        signature.ReadCompressedInteger(); // class or value type
        return signature.ReadTypeHandle().Kind == HandleKind.TypeDefinition;
    }

    private static bool CanCompile(MethodInfo method) =>
        !method.IsAbstract
        && !method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
        && !method.MethodImplementationFlags.HasFlag(MethodImplAttributes.Runtime)
        && !TypeParameters(method).Any(IsConstrained);

    private static IEnumerable<Type> TypeParameters(MethodInfo method) =>
        method.DeclaringType!.GetGenericArguments().Concat(method.GetGenericArguments());

    private static bool IsConstrained(Type parameter) =>
        parameter.GetGenericParameterConstraints().Length > 0
        || parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
}
