using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace Marketplace.EndToEnd.Tests.Telemetry;

/// <summary>A span as it was received; ids in lower-case hexadecimal, as in a traceparent.</summary>
internal sealed record ReceivedSpan(
    string Service, string TraceId, string SpanId, string ParentId, string Name, Span.Types.SpanKind Kind,
    IReadOnlyDictionary<string, string> Attributes);

/// <summary>An OTLP receiver: what services send over gRPC is kept and can be looked at.</summary>
internal sealed class SpanReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();

    private SpanReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(spans);
        builder.Services.AddGrpc();
        app = builder.Build();
        app.MapGrpcService<Rpc>();
    }

    public Uri Uri => new(app.Urls.Single());

    public static async Task<SpanReceiver> StartAsync()
    {
        var receiver = new SpanReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public IReadOnlyList<ReceivedSpan> Trace(string traceId) => [.. spans.Where(span => span.TraceId == traceId)];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private sealed class Rpc(ConcurrentQueue<ReceivedSpan> spans) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(
            ExportTraceServiceRequest request, ServerCallContext context)
        {
            foreach (var resource in request.ResourceSpans)
            {
                var service = resource.Resource.Attributes.Single(attribute => attribute.Key == "service.name");
                foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
                {
                    spans.Enqueue(new(
                        service.Value.StringValue,
                        Hex(span.TraceId),
                        Hex(span.SpanId),
                        Hex(span.ParentSpanId),
                        span.Name,
                        span.Kind,
                        span.Attributes.ToDictionary(
                            attribute => attribute.Key, attribute => attribute.Value.StringValue)));
                }
            }
            return Task.FromResult(new ExportTraceServiceResponse());
        }

        private static string Hex(Google.Protobuf.ByteString id) => Convert.ToHexStringLower(id.Span);
    }
}
