using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task Cancel_UnaryCall_ThrowsCancelled()
    {
        await using var server = await EchoServer.StartAsync();
        using var source = new CancellationTokenSource();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.Wait }, cancellationToken: source.Token);
        await server.Journal.Waiting;

        await source.CancelAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }

    [Fact]
    public async Task Cancel_UnaryCall_CancelsTheHandler()
    {
        await using var server = await EchoServer.StartAsync();
        using var source = new CancellationTokenSource();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.Wait }, cancellationToken: source.Token);
        await server.Journal.Waiting;

        await source.CancelAsync();

        await server.Journal.Cancelled;
    }

    [Fact]
    public async Task Cancel_StreamInTheMiddle_ThrowsCancelled()
    {
        await using var server = await EchoServer.StartAsync();
        using var source = new CancellationTokenSource();
        using var call = server.Client.Download(
            new EchoRequest { Count = 3, Act = Act.Wait }, cancellationToken: source.Token);
        await call.ResponseStream.MoveNext();

        await source.CancelAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.ReadAllAsync().CountAsync());
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }

    [Fact]
    public async Task Dispose_StreamInTheMiddle_CancelsTheHandler()
    {
        await using var server = await EchoServer.StartAsync();
        var call = server.Client.Download(new EchoRequest { Count = 3, Act = Act.Wait });
        await server.Journal.Waiting;

        call.Dispose();

        await server.Journal.Cancelled;
    }

    [Fact]
    public async Task Cancel_WriteOfRequest_ThrowsCancelled()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Chat();

        var failure = await Assert.ThrowsAsync<RpcException>(
            () => call.RequestStream.WriteAsync(new EchoRequest(), new CancellationToken(canceled: true)));

        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }
}
