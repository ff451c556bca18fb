using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Marketplace.Client;

/// <summary>Gives every call its deadline, its attempts and its typed errors.</summary>
internal sealed class CallInterceptor(MarketClientOptions options, ServiceAddress address) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        new Attempts<TRequest, TResponse>(options, address, request, context, continuation).Start();

    // On a thread of its own, so that a caller's synchronisation context is not waited for while it waits here.
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        Task.Run(async () => await AsyncUnaryCall(
            request, context, (sent, attempt) => Made(continuation(sent, attempt)))).GetAwaiter().GetResult();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new(
            new TypedErrorReader<TResponse>(call.ResponseStream, address),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose);
    }

    private static AsyncUnaryCall<TResponse> Made<TResponse>(TResponse response) => new(
        Task.FromResult(response), Task.FromResult<Metadata>([]), () => Status.DefaultSuccess, () => [], () => { });
}
