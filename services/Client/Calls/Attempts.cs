using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Marketplace.Client;

/// <summary>
/// One call of the caller's, made as often as it takes: the one retry layer. What changes something keeps its request
/// id through all attempts, so that it has one effect; what reads may be repeated as it is.
/// </summary>
internal sealed class Attempts<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly MarketClientOptions options;
    private readonly ServiceAddress address;
    private readonly ClientInterceptorContext<TRequest, TResponse> context;
    private readonly Func<TRequest, ClientInterceptorContext<TRequest, TResponse>, AsyncUnaryCall<TResponse>> attempt;
    private readonly TRequest request;
    private readonly string? requestId;
    private readonly DateTimeOffset end;
    private readonly CancellationTokenSource ending;
    private AsyncUnaryCall<TResponse>? last;

    public Attempts(
        MarketClientOptions options,
        ServiceAddress address,
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        Func<TRequest, ClientInterceptorContext<TRequest, TResponse>, AsyncUnaryCall<TResponse>> attempt)
    {
        (this.options, this.address, this.context, this.attempt) = (options, address, context, attempt);
        (this.request, requestId) = RequestIds.Ensure(request);
        var now = options.TimeProvider.GetUtcNow();
        var patienceEnd = now + options.Patience;
        end = context.Options.Deadline?.ToUniversalTime() is { } deadline && deadline < patienceEnd.UtcDateTime
            ? new(deadline)
            : patienceEnd;
        ending = CancellationTokenSource.CreateLinkedTokenSource(context.Options.CancellationToken);
    }

    public AsyncUnaryCall<TResponse> Start()
    {
        var response = RunAsync();
        return new(
            response,
            async _ =>
            {
                await response;
                return await last!.ResponseHeadersAsync;
            },
            _ => Ended(response).GetStatus(),
            _ => Ended(response).GetTrailers(),
            _ => ending.Cancel(),
            response);
    }

    /// <summary>Makes attempts until one succeeds, fails for good, or leaves no time for another.</summary>
    /// <exception cref="MarketException">What the last attempt came to.</exception>
    public async Task<TResponse> RunAsync()
    {
        for (var failures = 1; ; failures++)
        {
            var failure = await AttemptAsync();
            if (failure.Response is { } response) return response;
            var error = failure.Error!;
            var delay = Backoff.After(options, failures, error.RetryDelay);
            if (!error.IsTransient
                || ending.IsCancellationRequested
                || options.TimeProvider.GetUtcNow() + delay >= end)
                throw error;
            options.Retrying?.Invoke(error, delay);
            await WaitAsync(delay);
        }
    }

    private async Task<(TResponse? Response, MarketException? Error)> AttemptAsync()
    {
        var now = options.TimeProvider.GetUtcNow();
        var deadline = now + options.AttemptDeadline < end ? now + options.AttemptDeadline : end;
        var callOptions = context.Options.WithDeadline(deadline.UtcDateTime).WithCancellationToken(ending.Token);
        try
        {
            last?.Dispose();
            last = attempt(request, new(context.Method, context.Host, callOptions));
            return (await last.ResponseAsync, null);
        }
        catch (RpcException exception)
        {
            return (null, MarketException.From(exception, address, requestId));
        }
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, options.TimeProvider, ending.Token);
        }
        catch (OperationCanceledException)
        {
            var cancelled = new RpcException(new(StatusCode.Cancelled, "Call canceled by the client."));
            throw MarketException.From(cancelled, address, requestId);
        }
    }

    private AsyncUnaryCall<TResponse> Ended(Task response) =>
        response.IsCompleted ? last! : throw new InvalidOperationException("The call has not ended.");
}
