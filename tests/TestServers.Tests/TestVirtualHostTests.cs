using System.Net;
using System.Text;
using RabbitMQ.Client;

namespace Marketplace.TestServers.Tests;

public sealed class TestVirtualHostTests
{
    private const string Queue = "sample";

    private static readonly CreateChannelOptions Confirmed = new(
        publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    [Fact]
    public async Task CreateVirtualHostAsync_SameQueueInTwo_MessageIsInItsOwnAlone()
    {
        await using var one = await Servers.CreateVirtualHostAsync("sample");
        await using var two = await Servers.CreateVirtualHostAsync("sample");
        await using var oneConnection = await ConnectAsync(one.Uri);
        await using var twoConnection = await ConnectAsync(two.Uri);
        await using var oneChannel = await oneConnection.CreateChannelAsync(Confirmed);
        await using var twoChannel = await twoConnection.CreateChannelAsync(Confirmed);
        await oneChannel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
        await twoChannel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);

        await oneChannel.BasicPublishAsync("", Queue, Encoding.UTF8.GetBytes("hello"));

        Assert.Null(await twoChannel.BasicGetAsync(Queue, autoAck: true));
        var received = await oneChannel.BasicGetAsync(Queue, autoAck: true);
        Assert.Equal("hello", Encoding.UTF8.GetString(received!.Body.Span));
    }

    [Fact]
    public async Task CreateVirtualHostAsync_QuorumQueue_CanBeDeclared()
    {
        await using var host = await Servers.CreateVirtualHostAsync("sample");
        await using var connection = await ConnectAsync(host.Uri);
        await using var channel = await connection.CreateChannelAsync(Confirmed);
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };

        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, quorum);
        await channel.BasicPublishAsync("", Queue, Encoding.UTF8.GetBytes("hello"));

        Assert.NotNull(await channel.BasicGetAsync(Queue, autoAck: true));
    }

    [Fact]
    public async Task CreateVirtualHostAsync_HostsOfCrashedProcesses_AreRemovedAfterADay()
    {
        var stale = TestName.New("sample", TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(2));
        await using var present = await Servers.CreateVirtualHostAsync("sample");
        Assert.Equal(HttpStatusCode.Created, await RequestAsync(HttpMethod.Put, stale));

        await using var created = await Servers.CreateVirtualHostAsync("sample");

        Assert.Equal(HttpStatusCode.NotFound, await RequestAsync(HttpMethod.Get, stale));
        Assert.Equal(HttpStatusCode.OK, await RequestAsync(HttpMethod.Get, present.Name));
    }

    [Fact]
    public async Task DisposeAsync_WhileConnected_RemovesIt()
    {
        var host = await Servers.CreateVirtualHostAsync("sample");
        await using var connection = await ConnectAsync(host.Uri);
        var closed = new TaskCompletionSource();
        connection.ConnectionShutdownAsync += (_, _) =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };

        await host.DisposeAsync();

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.NotFound, await RequestAsync(HttpMethod.Get, host.Name));
    }

    [Fact]
    public async Task CreateAsync_NoHttpInterface_FailsAndSaysWhatToDo()
    {
        // Port 1 of this machine answers nobody.
        var failure = await Assert.ThrowsAsync<ServersUnavailableException>(() => TestVirtualHost.CreateAsync(
            new("amqp://user:password@127.0.0.1"), new("http://127.0.0.1:1"), "sample", CancellationToken.None));

        Assert.Contains("'./market test'", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> RequestAsync(HttpMethod method, string name)
    {
        var addresses = await Servers.FindAsync();
        using var http = TestVirtualHost.HttpTo(addresses.RabbitMq, addresses.RabbitMqHttp);
        using var request = new HttpRequestMessage(method, $"vhosts/{name}");
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private static Task<IConnection> ConnectAsync(Uri uri) =>
        new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
}
