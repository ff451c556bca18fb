using System.Diagnostics;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Marketplace.ServiceDefaults;

/// <summary>What the services tell of their work.</summary>
internal static class Telemetry
{
    public const string SourceName = "Marketplace";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>Names the span of a call by its RPC, such as <c>marketplace.leasing.v1.LeasingService/SignVersion</c>;
    /// the server would name all calls alike.</summary>
    public static Task NameAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is { Method: var rpc })
            Activity.Current?.DisplayName = $"{rpc.ServiceName}/{rpc.Name}";
        return next(context);
    }
}
