using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Marketplace.ServiceDefaults;

/// <summary>What the services tell of their work, beside what their libraries do.</summary>
public static class Telemetry
{
    internal const string SourceName = "Marketplace";

    /// <summary>The spans.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The metrics, whose names begin with <c>marketplace.</c>.</summary>
    public static Meter Meter { get; } = new(SourceName);

    /// <summary>Names the span of a call by its RPC, such as <c>marketplace.leasing.v1.LeasingService/SignVersion</c>;
    /// the server would name all calls alike.</summary>
    internal static Task NameAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is { Method: var rpc })
            Activity.Current?.DisplayName = $"{rpc.ServiceName}/{rpc.Name}";
        return next(context);
    }
}
