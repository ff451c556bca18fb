using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class CallTests
{
    private static readonly EchoServerSetup ManyConnections = new()
    {
        Channel = channel => channel.HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
    };

    [Fact]
    public async Task Unary_Async_GivesTheReply()
    {
        await using var server = await EchoServer.StartAsync();
        var request = new EchoRequest
        {
            Text = "ü",
            Payload = ByteString.CopyFrom(1, 2),
            At = Timestamp.FromDateTime(DateTime.UnixEpoch),
        };

        var reply = await server.Client.UnaryAsync(request);

        Assert.Equal((request.Text, request.Payload, request.At), (reply.Text, reply.Payload, reply.At));
    }

    [Fact]
    public async Task Unary_Blocking_GivesTheReply()
    {
        await using var server = await EchoServer.StartAsync();

        var reply = server.Client.Unary(new EchoRequest { Text = "b" });

        Assert.Equal("b", reply.Text);
    }

    [Fact]
    public async Task Unary_EmptyMessage_GivesTheReply()
    {
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal("", reply.Text);
    }

    [Fact]
    public async Task Unary_Ended_HasStatusOk()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new EchoRequest());

        await call.ResponseAsync;

        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public void Unary_ClientWithoutChannel_Throws() =>
        Assert.Throws<NotImplementedException>(() => new ClientDouble().Unary(new EchoRequest()));

    [Fact]
    public async Task Download_ReadToTheEnd_GivesEveryReplyInOrder()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Download(new EchoRequest { Count = 100 });

        var numbers = await call.ResponseStream.ReadAllAsync().Select(reply => reply.Number).ToListAsync();

        Assert.Equal(Enumerable.Range(1, 100), numbers);
    }

    [Fact]
    public async Task Download_ReadToTheEnd_HasTrailers()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Download(new EchoRequest { Count = 3 });

        await call.ResponseStream.ReadAllAsync().CountAsync();

        Assert.Equal("3", call.GetTrailers().GetValue("sent"));
    }

    [Fact]
    public async Task Upload_Completed_GivesOneReply()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Upload();
        string[] texts = ["one", "two", "three"];

        foreach (var text in texts) await call.RequestStream.WriteAsync(new EchoRequest { Text = text });
        await call.RequestStream.CompleteAsync();

        Assert.Equal("one two three", (await call).Text);
    }

    [Fact]
    public async Task Chat_Interleaved_AnswersEachRequest()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Chat();

        for (var number = 1; number <= 50; number++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = $"{number}" });
            await call.ResponseStream.MoveNext();
            Assert.Equal(($"{number}", number), (call.ResponseStream.Current.Text, call.ResponseStream.Current.Number));
        }
    }

    [Fact]
    public async Task Chat_RequestsCompleted_Ends()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.Chat();

        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Unary_ManyAtOnce_GivesEachItsReply()
    {
        await using var server = await EchoServer.StartAsync(ManyConnections);
        var texts = Enumerable.Range(0, 2000).Select(number => $"{number}").ToList();

        var replies = await Task.WhenAll(texts.Select(async text =>
            await server.Client.UnaryAsync(new EchoRequest { Text = text })));

        Assert.Equal(texts, replies.Select(reply => reply.Text));
    }

    [Fact]
    public async Task Download_ManyAtOnce_GivesEachAllReplies()
    {
        await using var server = await EchoServer.StartAsync(ManyConnections);

        var counts = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using var call = server.Client.Download(new EchoRequest { Count = 20 });
            return await call.ResponseStream.ReadAllAsync().CountAsync();
        }));

        Assert.All(counts, count => Assert.Equal(20, count));
    }

    private sealed class ClientDouble : Echo.EchoClient;
}
