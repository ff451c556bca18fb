using Google.Protobuf;
using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class MessageSizeTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly EchoServerSetup Unlimited = new()
    {
        Grpc = grpc => grpc.MaxReceiveMessageSize = null,
        Listen = endpoint => endpoint.KestrelServerOptions.Limits.MaxRequestBodySize = null,
        Channel = channel => channel.MaxReceiveMessageSize = null,
    };

    [Fact]
    public async Task Request_OverTheServersLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync();

        var failure = await FailAsync(server, bytes: 5 * Mebibyte);

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task Response_OverTheClientsLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync(new()
        {
            Channel = channel => channel.MaxReceiveMessageSize = 1000,
        });

        var failure = await FailAsync(server, bytes: 2000);

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task Request_OverTheClientsLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync(new()
        {
            Channel = channel => channel.MaxSendMessageSize = 1000,
        });

        var failure = await FailAsync(server, bytes: 2000);

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task Message_LargeAndUnlimited_IsTheSameBothWays()
    {
        await using var server = await EchoServer.StartAsync(Unlimited);
        var payload = RandomBytes(30 * Mebibyte);

        var reply = await server.Client.UnaryAsync(new EchoRequest { Payload = payload });

        Assert.True(payload.Span.SequenceEqual(reply.Payload.Span));
    }

    [Fact]
    public async Task Messages_LargeInOneStream_AreTheSameBothWays()
    {
        await using var server = await EchoServer.StartAsync(Unlimited);
        var payload = RandomBytes(15 * Mebibyte);
        using var call = server.Client.Chat();

        for (var message = 0; message < 3; message++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Payload = payload });
            await call.ResponseStream.MoveNext();
            Assert.True(payload.Span.SequenceEqual(call.ResponseStream.Current.Payload.Span));
        }
    }

    private static async Task<RpcException> FailAsync(EchoServer server, int bytes) =>
        await Assert.ThrowsAsync<RpcException>(
            async () => await server.Client.UnaryAsync(new EchoRequest { Payload = RandomBytes(bytes) }));

    private static ByteString RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(Seed: 1).NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
