using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;
using Microsoft.AspNetCore.Builder;

namespace Marketplace.PackageStandIns.Tests;

public sealed class ServerCallContextTests
{
    private static readonly Method<string, string> Say =
        new(MethodType.Unary, "tests.Plain", "Say", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    [Theory]
    [InlineData("method", @"^/marketplace\.standins\.tests\.Echo/Unary$")]
    [InlineData("peer", @"^ipv4:127\.0\.0\.1:\d+$")]
    [InlineData("host", @"^127\.0\.0\.1:\d+$")]
    [InlineData("http", "^HTTP/2$")]
    public async Task Context_OfCall_TellsAboutIt(string what, string pattern)
    {
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Matches(pattern, reply.Seen[what]);
    }

    [Fact]
    public async Task ServiceDefinition_WithMarshallersOfItsOwn_IsServed()
    {
        var definition = ServerServiceDefinition.CreateBuilder().AddMethod(Say, Answer).Build();
        await using var server = await EchoServer.StartAsync(new()
        {
            Map = app => app.MapGrpcService(_ => definition),
        });
        var invoker = server.Channel.CreateCallInvoker();

        var answer = await invoker.AsyncUnaryCall(Say, null, new CallOptions(), "hello");

        Assert.Equal("hello from /tests.Plain/Say", answer);
    }

    [Fact]
    public void ServiceDefinition_SameMethodTwice_Throws()
    {
        var builder = ServerServiceDefinition.CreateBuilder().AddMethod(Say, Answer);

        Assert.Throws<ArgumentException>(() => builder.AddMethod(Say, Answer));
    }

    private static Task<string> Answer(string request, ServerCallContext context) =>
        Task.FromResult($"{request} from {context.Method}");
}
