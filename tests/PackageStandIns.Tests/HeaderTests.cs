using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class HeaderTests
{
    [Fact]
    public async Task RequestHeader_Text_ReachesTheServer()
    {
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest(), new Metadata { { "X-Text", "hello" } });

        Assert.Equal("hello", reply.Seen["x-text"]);
    }

    [Fact]
    public async Task RequestHeader_Binary_ReachesTheServer()
    {
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest(), new Metadata { { "x-raw-bin", [0, 255, 128] } });

        Assert.Equal("00FF80", reply.Seen["x-raw-bin"]);
    }

    [Fact]
    public async Task ResponseHeader_Text_ReachesTheCaller()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.SendHeaders });

        var headers = await call.ResponseHeadersAsync;

        Assert.Equal("yes", headers.GetValue("early"));
    }

    [Fact]
    public async Task ResponseHeader_Binary_ReachesTheCaller()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.SendHeaders });

        var headers = await call.ResponseHeadersAsync;

        Assert.Equal([7, 8, 9], headers.GetValueBytes("early-bin")!);
    }

    [Fact]
    public async Task ResponseTrailer_OfSuccess_ReachesTheCaller()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.SendHeaders });

        await call;

        Assert.Equal("yes", call.GetTrailers().GetValue("late"));
    }
}
