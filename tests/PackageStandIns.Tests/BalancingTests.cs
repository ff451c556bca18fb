using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Marketplace.PackageStandIns.Tests.Protos;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.PackageStandIns.Tests;

public sealed class BalancingTests
{
    [Fact]
    public async Task RoundRobin_ThreeServers_AnswerInTurn()
    {
        await using var first = await EchoServer.StartAsync(new() { Name = "1" });
        await using var second = await EchoServer.StartAsync(new() { Name = "2" });
        await using var third = await EchoServer.StartAsync(new() { Name = "3" });
        using var channel = Static([first.Port, second.Port, third.Port]);
        var client = new Echo.EchoClient(channel);
        await AnsweredAsync(client, "1", "2", "3");

        var answers = new List<string>();
        for (var call = 0; call < 30; call++) answers.Add((await client.UnaryAsync(new EchoRequest())).Server);

        Assert.Equal([10, 10, 10], answers.CountBy(name => name).Select(count => count.Value));
    }

    [Fact]
    public async Task RoundRobin_OneServerStops_TheOtherAnswers()
    {
        await using var staying = await EchoServer.StartAsync(new() { Name = "staying" });
        await using var leaving = await EchoServer.StartAsync(new() { Name = "leaving" });
        using var channel = Static([staying.Port, leaving.Port]);
        var client = new Echo.EchoClient(channel);
        await AnsweredAsync(client, "staying", "leaving");

        await leaving.DisposeAsync();

        var answers = new List<string>();
        while (answers.Count < 10) answers.Add((await UnaryAsync(client)).Server);
        Assert.All(answers, name => Assert.Equal("staying", name));
    }

    [Fact]
    public async Task DnsResolver_Address_IsCalled()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = Dns(server.Port);

        var reply = await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "found" });

        Assert.Equal("found", reply.Text);
    }

    [Fact]
    public async Task State_OfChannel_GoesFromIdleOverReadyToShutdown()
    {
        await using var server = await EchoServer.StartAsync();
        var channel = Dns(server.Port);

        var states = new List<ConnectivityState> { channel.State };
        await channel.ConnectAsync();
        states.Add(channel.State);
        channel.Dispose();
        states.Add(channel.State);

        Assert.Equal([ConnectivityState.Idle, ConnectivityState.Ready, ConnectivityState.Shutdown], states);
    }

    [Fact]
    public async Task WaitForStateChanged_ChannelConnects_Ends()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = Dns(server.Port);
        var changed = channel.WaitForStateChangedAsync(ConnectivityState.Idle);

        await channel.ConnectAsync();

        await changed.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task Call_NoServer_LeavesTransientFailure()
    {
        using var channel = Static([await FreePortAsync()]);

        await Assert.ThrowsAsync<RpcException>(
            async () => await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()));

        Assert.Equal(ConnectivityState.TransientFailure, channel.State);
    }

    [Fact]
    public async Task Call_WaitsForReady_IsAnsweredWhenTheServerComes()
    {
        var port = await FreePortAsync();
        using var channel = Static([port]);
        var options = new CallOptions(deadline: Patience.Deadline).WithWaitForReady();
        var waiting = new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "waited" }, options);
        await channel.WaitForStateChangedAsync(ConnectivityState.Idle).WaitAsync(Patience.Limit);

        await using var server = await EchoServer.StartAsync(new() { Port = port });

        Assert.Equal("waited", (await waiting).Text);
    }

    /// <summary>Calls until each of these servers has answered, so that the channel is connected to all.</summary>
    private static async Task AnsweredAsync(Echo.EchoClient client, params string[] servers)
    {
        var options = new CallOptions(deadline: Patience.Deadline);
        var missing = servers.ToHashSet();
        while (missing.Count > 0) missing.Remove((await client.UnaryAsync(new EchoRequest(), options)).Server);
    }

    /// <summary>Calls again where the call was on a connection that just broke.</summary>
    private static async Task<EchoReply> UnaryAsync(Echo.EchoClient client)
    {
        var options = new CallOptions(deadline: Patience.Deadline).WithWaitForReady();
        while (true)
        {
            try
            {
                return await client.UnaryAsync(new EchoRequest(), options);
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unavailable)
            {
            }
        }
    }

    private static async Task<int> FreePortAsync()
    {
        await using var server = await EchoServer.StartAsync();
        return server.Port;
    }

    private static GrpcChannel Static(int[] ports)
    {
        var addresses = ports.Select(port => new BalancerAddress("127.0.0.1", port)).ToArray();
        return Channel("static:///echo", new StaticResolverFactory(_ => addresses), new RoundRobinConfig());
    }

    private static GrpcChannel Dns(int port)
    {
        var resolver = new DnsResolverFactory(TimeSpan.FromSeconds(30));
        return Channel($"dns:///127.0.0.1:{port}", resolver, new PickFirstConfig());
    }

    private static GrpcChannel Channel(string target, ResolverFactory resolver, LoadBalancingConfig balancing) =>
        GrpcChannel.ForAddress(target, new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = new ServiceCollection().AddSingleton(resolver).BuildServiceProvider(),
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { balancing } },
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(20),
        });
}
