using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Marketplace.PackageStandIns.Tests.Protos;
using Status = Grpc.Core.Status;

namespace Marketplace.PackageStandIns.Tests;

/// <summary>Echoes, and shows on request each thing that a call can do.</summary>
internal sealed class EchoService(EchoServerSetup setup, EchoJournal journal) : Echo.EchoBase
{
    public override async Task<EchoReply> Unary(EchoRequest request, ServerCallContext context)
    {
        var attempt = journal.Attempts.AddOrUpdate(request.Text, 1, (_, before) => before + 1);
        await ActAsync(request.Act, attempt, context);
        var reply = new EchoReply
        {
            Text = request.Text,
            Payload = request.Payload,
            Number = attempt,
            Server = setup.Name,
            At = request.At,
        };
        foreach (var header in context.RequestHeaders)
            reply.Seen[header.Key] = header.IsBinary ? Convert.ToHexString(header.ValueBytes) : header.Value;
        reply.Seen["method"] = context.Method;
        reply.Seen["host"] = context.Host;
        reply.Seen["peer"] = context.Peer;
        reply.Seen["deadline"] = context.Deadline.ToString("O", CultureInfo.InvariantCulture);
        reply.Seen["authenticated"] = context.AuthContext.IsPeerAuthenticated.ToString();
        reply.Seen["identity"] = string.Join(',', context.AuthContext.PeerIdentity.Select(property => property.Value));
        reply.Seen["trace"] = Activity.Current?.TraceId.ToString() ?? "";
        reply.Seen["http"] = context.GetHttpContext().Request.Protocol;
        if (context.UserState.TryGetValue("interceptors", out var names)) reply.Seen["interceptors"] = (string)names;
        return reply;
    }

    public override async Task Download(
        EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        for (var number = 1; number <= request.Count; number++)
        {
            var reply = new EchoReply { Text = request.Text, Payload = request.Payload, Number = number };
            await responseStream.WriteAsync(reply, context.CancellationToken);
        }
        context.ResponseTrailers.Add("sent", $"{request.Count}");
        await ActAsync(request.Act, attempt: 1, context);
    }

    public override async Task<EchoReply> Upload(
        IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken)) texts.Add(request.Text);
        return new EchoReply { Text = string.Join(' ', texts), Number = texts.Count };
    }

    public override async Task Chat(
        IAsyncStreamReader<EchoRequest> requestStream,
        IServerStreamWriter<EchoReply> responseStream,
        ServerCallContext context)
    {
        var number = 0;
        while (await requestStream.MoveNext())
        {
            var request = requestStream.Current;
            await ActAsync(request.Act, attempt: 1, context);
            var reply = new EchoReply { Text = request.Text, Payload = request.Payload, Number = ++number };
            await responseStream.WriteAsync(reply);
        }
    }

    private async Task ActAsync(Act act, int attempt, ServerCallContext context)
    {
        switch (act)
        {
            case Act.ThrowStatus:
                throw new RpcException(
                    new Status(StatusCode.FailedPrecondition, "not now – später"),
                    new Metadata { { "reason", "closed" }, { "proof-bin", [0, 1, 254, 255] } });
            case Act.SetStatus:
                context.Status = new Status(StatusCode.AlreadyExists, "set, not thrown");
                context.ResponseTrailers.Add("reason", "twice");
                break;
            case Act.ThrowOther:
                throw new InvalidOperationException("a secret of the server");
            case Act.ThrowRichStatus:
                throw RichError();
            case Act.SendHeaders:
                var headers = new Metadata { { "early", "yes" }, { "early-bin", [7, 8, 9] } };
                await context.WriteResponseHeadersAsync(headers);
                context.ResponseTrailers.Add("late", "yes");
                break;
            case Act.FailTwice when attempt <= 2:
                throw new RpcException(new Status(StatusCode.Unavailable, $"attempt {attempt}"));
            case Act.Wait:
                await journal.WaitUntilCancelledAsync(context.CancellationToken);
                break;
            case Act.DoNotCompress:
                context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
                break;
        }
    }

    private static RpcException RichError()
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)StatusCode.InvalidArgument,
            Message = "text is empty",
            Details = { Any.Pack(new ErrorInfo { Domain = "echo", Reason = "EMPTY" }) },
        };
        return new RpcException(
            new Status(StatusCode.InvalidArgument, status.Message),
            new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });
    }
}

/// <summary>What happened in the handlers of one server.</summary>
internal sealed class EchoJournal
{
    private readonly TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often each text came.</summary>
    public ConcurrentDictionary<string, int> Attempts { get; } = new();

    /// <summary>Ends when a handler waits for the cancellation of its call.</summary>
    public Task Waiting => waiting.Task.WaitAsync(Patience.Limit);

    /// <summary>Ends when a waiting handler's call was cancelled.</summary>
    public Task Cancelled => cancelled.Task.WaitAsync(Patience.Limit);

    public async Task WaitUntilCancelledAsync(CancellationToken cancellationToken)
    {
        waiting.SetResult();
        try
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }
        finally
        {
            cancelled.SetResult();
        }
    }
}

/// <summary>How long a test waits for what comes at once unless something is broken.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static DateTime Deadline => DeadlineIn(Limit);

    public static DateTime DeadlineIn(TimeSpan time) => TimeProvider.System.GetUtcNow().UtcDateTime + time;
}
