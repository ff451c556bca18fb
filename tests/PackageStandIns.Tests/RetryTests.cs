using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class RetryTests
{
    private static readonly RetryPolicy Retry = new()
    {
        MaxAttempts = 4,
        InitialBackoff = TimeSpan.FromMilliseconds(1),
        MaxBackoff = TimeSpan.FromMilliseconds(5),
        BackoffMultiplier = 1.5,
        RetryableStatusCodes = { StatusCode.Unavailable },
    };

    private static readonly HedgingPolicy Hedging = new()
    {
        MaxAttempts = 3,
        HedgingDelay = TimeSpan.FromMilliseconds(20),
        NonFatalStatusCodes = { StatusCode.Unavailable },
    };

    [Fact]
    public async Task Retry_FailsTwice_ThirdAttemptSucceeds()
    {
        await using var server = await StartAsync(new MethodConfig { RetryPolicy = Retry });

        var reply = await server.Client.UnaryAsync(new EchoRequest { Act = Act.FailTwice });

        Assert.Equal(3, reply.Number);
    }

    [Fact]
    public async Task Retry_ThirdAttempt_TellsHowManyWentBefore()
    {
        await using var server = await StartAsync(new MethodConfig { RetryPolicy = Retry });

        var reply = await server.Client.UnaryAsync(new EchoRequest { Act = Act.FailTwice });

        Assert.Equal("2", reply.Seen["grpc-previous-rpc-attempts"]);
    }

    [Fact]
    public async Task Retry_OtherStatus_IsNotTriedAgain()
    {
        await using var server = await StartAsync(new MethodConfig { RetryPolicy = Retry });

        await Assert.ThrowsAsync<RpcException>(
            async () => await server.Client.UnaryAsync(new EchoRequest { Text = "once", Act = Act.ThrowStatus }));

        Assert.Equal(1, server.Journal.Attempts["once"]);
    }

    [Fact]
    public async Task Hedging_FailsTwice_ThirdAttemptSucceeds()
    {
        await using var server = await StartAsync(new MethodConfig { HedgingPolicy = Hedging });

        var reply = await server.Client.UnaryAsync(new EchoRequest { Act = Act.FailTwice });

        Assert.Equal(3, reply.Number);
    }

    private static Task<EchoServer> StartAsync(MethodConfig method)
    {
        method.Names.Add(MethodName.Default);
        return EchoServer.StartAsync(new()
        {
            Channel = channel => channel.ServiceConfig = new ServiceConfig { MethodConfigs = { method } },
        });
    }
}
