using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// The one place where what went wrong unexpectedly becomes a status. No text of an exception goes over the wire; the
/// log has it.
/// </summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        if (exception is OperationCanceledException && context.CancellationToken.IsCancellationRequested)
            return new(new Status(StatusCode.Cancelled, "The call was cancelled or its deadline has passed."));
        if (exception is NpgsqlException { IsTransient: true })
        {
            LogUnavailable(logger, exception, context.Method);
            return RpcErrors.Unavailable("DATABASE_UNAVAILABLE",
                "The service's database cannot be reached; try again.", TimeSpan.FromSeconds(1));
        }
        LogFailed(logger, exception, context.Method);
        return RpcErrors.Error(StatusCode.Internal, "INTERNAL", "The service failed; its log tells why.", []);
    }

    [LoggerMessage(EventId = 1, EventName = "rpc.failed", Level = LogLevel.Error, Message = "{Method} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 2, EventName = "rpc.unavailable", Level = LogLevel.Warning,
        Message = "{Method} met an unavailable database")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string method);
}
