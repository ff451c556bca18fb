using Google.Protobuf.Reflection;
using Marketplace.Contracts;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;

namespace Marketplace.Conventions.Tests;

/// <summary>The protos that travel with the contracts are those that the code is generated from.</summary>
public sealed class ApiSourcesTests
{
    [Theory]
    [InlineData("marketplace.leasing.v1.LeaseState.LEASE_STATE_SIGNED", "LEASE_STATE_SIGNED = 1")]
    [InlineData("marketplace.leasing.v1.Lease", "message Lease {")]
    [InlineData("marketplace.leasing.v1.GetLeaseRequest.lease_id", "string lease_id = 1")]
    [InlineData("marketplace.leasing.v1.LeasingService.GetLease", "rpc GetLease")]
    [InlineData("marketplace/leasing/v1/leases.proto", "package marketplace.leasing.v1;")]
    public void Comment_Element_StandsBeforeItInTheProto(string element, string declaration)
    {
        var folder = Path.Combine(Repository.Root, "protos", "marketplace", "leasing", "v1");
        var lines = Directory.GetFiles(folder).SelectMany(File.ReadLines).Select(line => line.Trim()).ToList();

        var comment = ApiSources.Comment(element).Split('\n');

        Assert.NotEmpty(comment[0]);
        Assert.Contains(
            $"{string.Concat(comment.Select(line => $"// {line}".Trim() + "\n"))}{declaration}",
            string.Join('\n', lines),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Comment_UnknownElement_IsEmpty() =>
        Assert.Equal("", ApiSources.Comment("marketplace.leasing.v1.NoSuchThing"));

    [Fact]
    public void Files_Access_IsRead()
    {
        var service = ApiSources.Files.SelectMany(file => file.Services)
            .Single(service => service.FullName == LeasingService.Descriptor.FullName);

        Assert.Equal(
            LeasingService.Descriptor.Methods.Select(Access), service.Methods.Select(Access));
        Assert.All(service.Methods, method => Assert.NotEqual(Scope.Unspecified, Access(method).Scope));
    }

    private static Access Access(MethodDescriptor method) =>
        method.GetOptions().GetExtension(OptionsExtensions.Access);
}
