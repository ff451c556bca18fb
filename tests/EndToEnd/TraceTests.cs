using System.Collections.Concurrent;
using System.Diagnostics;
using Marketplace.Cli.Demo;
using Marketplace.EndToEnd.Tests.Telemetry;
using SpanKind = OpenTelemetry.Proto.Trace.V1.Span.Types.SpanKind;

namespace Marketplace.EndToEnd.Tests;

/// <summary>The second signature as a receiver of traces sees it.</summary>
[Collection(SharedMarket.Name)]
public sealed class TraceTests(SharedSystem shared)
{
    private const string Leasing = "marketplace-leasing";

    [Fact]
    public async Task SignVersion_SecondSignature_IsOneTraceThroughAllServices()
    {
        var calls = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = calls.Add,
        };
        using var listing = await DemoListing.CreateAsync(
            shared.System.Endpoints, shared.System.Operator, "Traced", "0.5");
        var deal = await DemoDeal.AskAsync(listing);
        await deal.NegotiateAsync();
        await deal.SignAsync(listing.Provider);
        ActivitySource.AddActivityListener(listener);
        using var signing = new Activity("second signature") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
        signing.Start();
        await deal.SignAsync(listing.Buyer);
        signing.Stop();

        var traceId = signing.TraceId.ToString();
        var ours = calls.Where(call => call.TraceId == signing.TraceId).Select(call => call.SpanId.ToString()).ToList();
        // Spans come in batches and children first: the tree is there when nobody's parent is missing.
        await Eventually.AsyncThat(
            () => shared.Spans.Trace(traceId) is var spans
                && spans.Count(span => span.Name == "lease-signed.v1 apply") == 2
                && spans.Count(span => span.Name.EndsWith(".lease receive", StringComparison.Ordinal)) == 2
                && spans.All(span => ours.Contains(span.ParentId) || spans.Any(other => other.SpanId == span.ParentId)),
            TimeSpan.FromSeconds(30), "the trace is whole");
        var trace = shared.Spans.Trace(traceId);

        var sign = One(Leasing, SpanKind.Server, "marketplace.leasing.v1.LeasingService/SignVersion");
        Assert.Contains(sign.ParentId, ours);
        var reserve = One(
            "marketplace-inventory",
            SpanKind.Server,
            "marketplace.inventory.v1.CapacityReservationService/ReserveCapacity");
        var call = trace.Single(span => span.SpanId == reserve.ParentId);
        Assert.Equal((Leasing, SpanKind.Client), (call.Service, call.Kind));
        Assert.Contains(sign, Above(call));

        // The relay publishes as the child of the span that wrote the event.
        var publish = One(Leasing, SpanKind.Producer, "lease-signed.v1 publish");
        Assert.Equal(sign.SpanId, publish.ParentId);
        var send = One(Leasing, SpanKind.Producer, "marketplace.events send");
        Assert.Equal(publish.SpanId, send.ParentId);
        foreach (var consumer in new[] { "inventory", "billing" })
        {
            var service = $"marketplace-{consumer}";
            Assert.Equal(
                publish.SpanId, One(service, SpanKind.Consumer, "lease-signed.v1 apply").ParentId);
            Assert.Equal(send.SpanId, One(service, SpanKind.Consumer, $"{consumer}.lease receive").ParentId);
        }

        ReceivedSpan One(string service, SpanKind kind, string name) => Assert.Single(
            trace, span => (span.Service, span.Kind, span.Name) == (service, kind, name));

        IEnumerable<ReceivedSpan> Above(ReceivedSpan span)
        {
            for (var next = Parent(span); next is not null; next = Parent(next)) yield return next;
        }

        ReceivedSpan? Parent(ReceivedSpan span) => trace.SingleOrDefault(other => other.SpanId == span.ParentId);
    }
}
