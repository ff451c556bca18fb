using System.Globalization;
using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Deadline_Given_IsSeenByTheServer()
    {
        await using var server = await EchoServer.StartAsync();
        var deadline = Patience.Deadline;

        var reply = await server.Client.UnaryAsync(new EchoRequest(), deadline: deadline);

        // The wire carries the time that is left, so the two differ by the time on the way.
        Assert.Equal(deadline, Seen(reply), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Deadline_NotGiven_IsNever()
    {
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal(DateTime.MaxValue, Seen(reply));
    }

    [Fact]
    public async Task Deadline_PassesInUnaryCall_ThrowsDeadlineExceeded()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(
            new EchoRequest { Act = Act.Wait }, deadline: Patience.DeadlineIn(Short));

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Deadline_Passes_CancelsTheHandler()
    {
        await using var server = await EchoServer.StartAsync();
        // Long enough for the call to reach its handler, however busy the machine is.
        using var call = server.Client.UnaryAsync(
            new EchoRequest { Act = Act.Wait }, deadline: Patience.DeadlineIn(TimeSpan.FromSeconds(2)));

        await server.Journal.Cancelled;
    }

    [Fact]
    public async Task Deadline_PassesInStream_ThrowsDeadlineExceeded()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Download(
            new EchoRequest { Count = 3, Act = Act.Wait }, deadline: Patience.DeadlineIn(Short));

        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.ReadAllAsync().CountAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Deadline_InThePast_ThrowsDeadlineExceeded()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest(), deadline: DateTime.UnixEpoch);

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    private static DateTime Seen(EchoReply reply) =>
        DateTime.Parse(reply.Seen["deadline"], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
}
