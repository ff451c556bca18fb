using System.Collections.Concurrent;
using System.Diagnostics;
using Marketplace.PackageStandIns.Tests.Protos;

namespace Marketplace.PackageStandIns.Tests;

public sealed class TracingTests
{
    [Fact]
    public async Task Trace_OfCaller_GoesOnInTheHandler()
    {
        using var trace = new Trace();
        await using var server = await EchoServer.StartAsync();

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal(trace.Id, reply.Seen["trace"]);
    }

    [Fact]
    public async Task Activity_OfServer_NamesMethodAndStatus()
    {
        using var trace = new Trace();
        await using var server = await EchoServer.StartAsync();

        await server.Client.UnaryAsync(new EchoRequest());

        var activity = await trace.StoppedAsync("Microsoft.AspNetCore");
        Assert.Equal(
            ("/marketplace.standins.tests.Echo/Unary", "0"),
            (activity.GetTagItem("grpc.method"), activity.GetTagItem("grpc.status_code")));
    }

    [Fact]
    public async Task Activity_OfClient_NamesMethodAndStatus()
    {
        using var trace = new Trace();
        await using var server = await EchoServer.StartAsync();

        await server.Client.UnaryAsync(new EchoRequest());

        var activity = await trace.StoppedAsync("Grpc.Net.Client");
        Assert.Equal(
            ("/marketplace.standins.tests.Echo/Unary", "0"),
            (activity.GetTagItem("grpc.method"), activity.GetTagItem("grpc.status_code")));
    }

    /// <summary>A trace that the test's calls belong to. Tests that run at the same time have others.</summary>
    private sealed class Trace : IDisposable
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<Activity>> stopped = new();
        private readonly ActivitySource source = new("tests");
        private readonly ActivityListener listener;
        private readonly Activity root;

        public Trace()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    if (activity.TraceId == root?.TraceId) Stopped(activity.Source.Name).TrySetResult(activity);
                },
            };
            ActivitySource.AddActivityListener(listener);
            root = source.StartActivity("root")!;
        }

        public string Id => root.TraceId.ToString();

        public Task<Activity> StoppedAsync(string sourceName) => Stopped(sourceName).Task.WaitAsync(Patience.Limit);

        public void Dispose()
        {
            root.Dispose();
            listener.Dispose();
            source.Dispose();
        }

        private TaskCompletionSource<Activity> Stopped(string sourceName) =>
            stopped.GetOrAdd(sourceName, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
