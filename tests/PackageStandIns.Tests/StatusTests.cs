using Grpc.Core;
using Grpc.Net.Client;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task Status_Thrown_ReachesTheCaller()
    {
        var failure = await FailAsync(Act.ThrowStatus);

        Assert.Equal((StatusCode.FailedPrecondition, "not now – später"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task Trailers_ThrownWithStatus_ReachTheCaller()
    {
        var failure = await FailAsync(Act.ThrowStatus);

        Assert.Equal("closed", failure.Trailers.GetValue("reason"));
    }

    [Fact]
    public async Task BinaryTrailers_ThrownWithStatus_ReachTheCaller()
    {
        var failure = await FailAsync(Act.ThrowStatus);

        Assert.Equal([0, 1, 254, 255], failure.Trailers.GetValueBytes("proof-bin")!);
    }

    [Fact]
    public async Task GetStatus_CallFailed_IsThatOfTheException()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest { Act = Act.ThrowStatus });

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(failure.Status, call.GetStatus());
    }

    [Fact]
    public async Task Status_SetAndNotThrown_ReachesTheCaller()
    {
        var failure = await FailAsync(Act.SetStatus);

        Assert.Equal(StatusCode.AlreadyExists, failure.StatusCode);
    }

    [Fact]
    public async Task Trailers_SetWithStatus_ReachTheCaller()
    {
        var failure = await FailAsync(Act.SetStatus);

        Assert.Equal("twice", failure.Trailers.GetValue("reason"));
    }

    [Fact]
    public async Task Status_AfterStream_ComesWhenAllIsRead()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Download(new EchoRequest { Count = 3, Act = Act.ThrowStatus });
        for (var number = 1; number <= 3; number++) await call.ResponseStream.MoveNext();

        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
    }

    [Fact]
    public async Task Status_ThrownInDuplexCall_ReachesTheCaller()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Chat();
        await call.RequestStream.WriteAsync(new EchoRequest { Act = Act.ThrowStatus });

        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
    }

    [Fact]
    public async Task OtherException_Thrown_IsUnknown()
    {
        var failure = await FailAsync(Act.ThrowOther);

        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
    }

    [Fact]
    public async Task OtherException_Thrown_KeepsItsText()
    {
        var failure = await FailAsync(Act.ThrowOther);

        Assert.DoesNotContain("secret", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherException_DetailedErrors_ShowsItsText()
    {
        var failure = await FailAsync(Act.ThrowOther, new() { Grpc = grpc => grpc.EnableDetailedErrors = true });

        Assert.Contains("secret", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RichStatus_Thrown_CarriesItsDetails()
    {
        var failure = await FailAsync(Act.ThrowRichStatus);

        var status = Google.Rpc.Status.Parser.ParseFrom(failure.Trailers.GetValueBytes("grpc-status-details-bin"));
        Assert.Equal("EMPTY", status.Details.Single().Unpack<Google.Rpc.ErrorInfo>().Reason);
    }

    [Fact]
    public async Task Method_WithoutHandler_IsUnimplemented()
    {
        await using var server = await EchoServer.StartAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await server.Client.MissingAsync(new EchoRequest()));

        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Fact]
    public async Task Server_NotThere_IsUnavailable()
    {
        var failure = await FailWithoutServerAsync();

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task Server_NotThere_CauseIsKept()
    {
        var failure = await FailWithoutServerAsync();

        Assert.NotNull(failure.InnerException);
    }

    [Fact]
    public void InnerException_StatusWithCause_IsTheCause()
    {
        var cause = new IOException("cause");

        var failure = new RpcException(new Status(StatusCode.Internal, "detail", cause));

        Assert.Same(cause, failure.InnerException);
    }

    [Fact]
    public void Message_FromStatus_NamesCodeAndDetail()
    {
        var failure = new RpcException(new Status(StatusCode.Internal, "detail"));

        Assert.Equal("Status(StatusCode=\"Internal\", Detail=\"detail\")", failure.Message);
    }

    private static async Task<RpcException> FailAsync(Act act, EchoServerSetup? setup = null)
    {
        await using var server = await EchoServer.StartAsync(setup);
        return await Assert.ThrowsAsync<RpcException>(
            async () => await server.Client.UnaryAsync(new EchoRequest { Act = act }));
    }

    private static async Task<RpcException> FailWithoutServerAsync()
    {
        // No server of ours can listen on the discard port.
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:9");
        return await Assert.ThrowsAsync<RpcException>(
            async () => await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()));
    }
}
