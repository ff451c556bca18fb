using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class InterceptorTests
{
    [Fact]
    public async Task ClientInterceptors_Several_SeeTheCallInOrder()
    {
        await using var server = await EchoServer.StartAsync();
        var log = new ConcurrentQueue<string>();
        var invoker = server.Channel
            .Intercept(new ClientLog("2", log), new ClientLog("3", log))
            .Intercept(new ClientLog("1", log));

        await new Echo.EchoClient(invoker).UnaryAsync(new EchoRequest());

        Assert.Equal(["1 AsyncUnary", "2 AsyncUnary", "3 AsyncUnary"], log);
    }

    [Theory]
    [InlineData("BlockingUnary")]
    [InlineData("AsyncUnary")]
    [InlineData("AsyncServerStreaming")]
    [InlineData("AsyncClientStreaming")]
    [InlineData("AsyncDuplexStreaming")]
    public async Task ClientInterceptor_KindOfCall_IsSeen(string kind)
    {
        await using var server = await EchoServer.StartAsync();
        var log = new ConcurrentQueue<string>();
        var client = new Echo.EchoClient(server.Channel.Intercept(new ClientLog("1", log)));

        await CallAsync(client, kind);

        Assert.Equal([$"1 {kind}"], log);
    }

    [Fact]
    public async Task ClientInterceptor_WrapsResponse_SeesTheFailure()
    {
        await using var server = await EchoServer.StartAsync();
        var failures = new FailureLog();
        var client = new Echo.EchoClient(server.Channel.Intercept(failures));

        await Assert.ThrowsAsync<RpcException>(
            async () => await client.UnaryAsync(new EchoRequest { Act = Act.ThrowStatus }));

        Assert.Equal(StatusCode.FailedPrecondition, failures.Last);
    }

    [Theory]
    [InlineData("AsyncUnary")]
    [InlineData("AsyncServerStreaming")]
    [InlineData("AsyncClientStreaming")]
    [InlineData("AsyncDuplexStreaming")]
    public async Task HeadersFunction_KindOfCall_AddsToTheCallsOwn(string kind)
    {
        await using var server = await EchoServer.StartAsync();
        var seen = new HeaderLog();
        var invoker = server.Channel.Intercept(seen).Intercept(headers => [.. headers, new("x-added", "1")]);

        await CallAsync(new Echo.EchoClient(invoker), kind, new Metadata { { "x-own", "2" } });

        Assert.Equal(["x-own", "x-added"], seen.Last);
    }

    [Fact]
    public async Task WithHost_Given_IsTheCallsHost()
    {
        await using var server = await EchoServer.StartAsync();
        var hosts = new HostLog();
        var client = new Echo.EchoClient(server.Channel.Intercept(hosts)).WithHost("other.example");

        await client.UnaryAsync(new EchoRequest());

        Assert.Equal("other.example", hosts.Last);
    }

    [Fact]
    public async Task ServerInterceptors_Several_SeeTheCallInOrder()
    {
        await using var server = await EchoServer.StartAsync(new()
        {
            Grpc = grpc =>
            {
                grpc.Interceptors.Add<ServerLog>("outer");
                grpc.Interceptors.Add<ServerLog>("inner");
            },
        });

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal("outer inner", reply.Seen["interceptors"]);
    }

    [Theory]
    [InlineData("AsyncUnary", "Unary")]
    [InlineData("AsyncServerStreaming", "ServerStreaming")]
    [InlineData("AsyncClientStreaming", "ClientStreaming")]
    [InlineData("AsyncDuplexStreaming", "DuplexStreaming")]
    public async Task ServerInterceptor_KindOfCall_IsSeen(string kind, string handler)
    {
        var log = new ConcurrentQueue<string>();
        await using var server = await EchoServer.StartAsync(new()
        {
            Grpc = grpc => grpc.Interceptors.Add<HandlerLog>(log),
        });

        await CallAsync(server.Client, kind);

        Assert.Equal([handler], log);
    }

    private static async Task CallAsync(Echo.EchoClient client, string kind, Metadata? headers = null)
    {
        switch (kind)
        {
            case "BlockingUnary":
                client.Unary(new EchoRequest(), headers);
                break;
            case "AsyncUnary":
                await client.UnaryAsync(new EchoRequest(), headers);
                break;
            case "AsyncServerStreaming":
                using (var call = client.Download(new EchoRequest(), headers)) await call.ResponseStream.MoveNext();
                break;
            case "AsyncClientStreaming":
                using (var call = client.Upload(headers))
                {
                    await call.RequestStream.CompleteAsync();
                    await call;
                }
                break;
            case "AsyncDuplexStreaming":
                using (var call = client.Chat(headers))
                {
                    await call.RequestStream.CompleteAsync();
                    await call.ResponseStream.MoveNext();
                }
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    private sealed class ClientLog(string name, ConcurrentQueue<string> log) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            log.Enqueue($"{name} BlockingUnary");
            return continuation(request, context);
        }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            log.Enqueue($"{name} AsyncUnary");
            return continuation(request, context);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Enqueue($"{name} AsyncServerStreaming");
            var call = continuation(request, context);
            return new AsyncServerStreamingCall<TResponse>(
                call.ResponseStream, call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Enqueue($"{name} AsyncClientStreaming");
            var call = continuation(context);
            return new AsyncClientStreamingCall<TRequest, TResponse>(
                call.RequestStream,
                call.ResponseAsync,
                call.ResponseHeadersAsync,
                call.GetStatus,
                call.GetTrailers,
                call.Dispose);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Enqueue($"{name} AsyncDuplexStreaming");
            var call = continuation(context);
            return new AsyncDuplexStreamingCall<TRequest, TResponse>(
                call.RequestStream,
                call.ResponseStream,
                call.ResponseHeadersAsync,
                call.GetStatus,
                call.GetTrailers,
                call.Dispose);
        }
    }

    private sealed class FailureLog : Interceptor
    {
        public StatusCode? Last { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var call = continuation(request, context);
            return new AsyncUnaryCall<TResponse>(
                WatchAsync(call.ResponseAsync),
                call.ResponseHeadersAsync,
                call.GetStatus,
                call.GetTrailers,
                call.Dispose);
        }

        private async Task<TResponse> WatchAsync<TResponse>(Task<TResponse> response)
        {
            try
            {
                return await response;
            }
            catch (RpcException failure)
            {
                Last = failure.StatusCode;
                throw;
            }
        }
    }

    private sealed class HeaderLog : Interceptor
    {
        public IEnumerable<string> Last { get; private set; } = [];

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Note(context));

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Note(context));

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation) =>
            continuation(Note(context));

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
            continuation(Note(context));

        private ClientInterceptorContext<TRequest, TResponse> Note<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context)
            where TRequest : class where TResponse : class
        {
            Last = context.Options.Headers!.Select(header => header.Key);
            return context;
        }
    }

    private sealed class HostLog : Interceptor
    {
        public string? Last { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            Last = context.Host;
            return continuation(request, context);
        }
    }

    private sealed class ServerLog(string name) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            var state = context.UserState;
            state["interceptors"] = state.TryGetValue("interceptors", out var outer) ? $"{outer} {name}" : name;
            return continuation(request, context);
        }
    }

    private sealed class HandlerLog(ConcurrentQueue<string> log) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            log.Enqueue("Unary");
            return base.UnaryServerHandler(request, context, continuation);
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Enqueue("ClientStreaming");
            return base.ClientStreamingServerHandler(requestStream, context, continuation);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Enqueue("ServerStreaming");
            return base.ServerStreamingServerHandler(request, responseStream, context, continuation);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Enqueue("DuplexStreaming");
            return base.DuplexStreamingServerHandler(requestStream, responseStream, context, continuation);
        }
    }
}
