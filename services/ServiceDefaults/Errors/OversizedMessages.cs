using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// gRPC refuses an oversized message before an interceptor sees the call; here the refusal gets its documented reason.
/// </summary>
internal static class OversizedMessages
{
    private const string StatusHeader = "grpc-status";

    private static readonly string Refusal = ((int)StatusCode.ResourceExhausted).ToString(CultureInfo.InvariantCulture);

    // Base64 without padding, as gRPC writes binary headers.
    private static readonly string Details = Convert.ToBase64String(RpcErrors.DetailsOf(RpcErrors.ResourceExhausted(
        "MESSAGE_TOO_LARGE", "The message is larger than 4 MiB; send less at once."))!.ToByteArray()).TrimEnd('=');

    public static async Task ExplainAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var headers = context.Response.Headers;
        // What handlers refuse for lack of something has details already.
        if (!context.Response.HasStarted && headers[StatusHeader] == Refusal)
            headers.TryAdd(RpcErrors.DetailsTrailer, Details);
    }
}
