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
    private readonly Interceptor.AsyncUnaryCallContinuation<TRequest, TResponse> make;
    private readonly TRequest request;
    private readonly string? requestId;
    private readonly DateTimeOffset end;
    private AsyncUnaryCall<TResponse>? last;

    /// <param name="options">How long, and how often.</param>
    /// <param name="address">Who is called.</param>
    /// <param name="request">The caller's request.</param>
    /// <param name="context">The call as the caller made it.</param>
    /// <param name="make">Makes one attempt.</param>
    public Attempts(
        MarketClientOptions options,
        ServiceAddress address,
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        Interceptor.AsyncUnaryCallContinuation<TRequest, TResponse> make)
    {
        (this.options, this.address, this.context, this.make) = (options, address, context, make);
        (this.request, requestId) = RequestIds.Ensure(request);
        end = Earlier(options.TimeProvider.GetUtcNow() + options.Patience, context.Options.Deadline);
    }

    /// <summary>Makes attempts until one succeeds, fails for good, or leaves no time for another.</summary>
    public AsyncUnaryCall<TResponse> Start()
    {
        // Neither linked to the caller's token nor with a timer, so that nothing is left of it when the call has ended.
        var ending = new CancellationTokenSource();
        var response = RunAsync(ending);
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

    private async Task<TResponse> RunAsync(CancellationTokenSource ending)
    {
        using var registration = context.Options.CancellationToken.Register(ending.Cancel);
        for (var failures = 1; ; failures++)
        {
            var (response, error) = await AttemptAsync(ending.Token);
            if (error is null) return response!;
            var delay = Backoff.After(options, failures, error.RetryDelay);
            if (!error.IsTransient
                || ending.IsCancellationRequested
                || options.TimeProvider.GetUtcNow() + delay >= end)
                throw error;
            options.Retrying?.Invoke(error, delay);
            await WaitAsync(delay, ending.Token);
        }
    }

    private async Task<(TResponse? Response, MarketException? Error)> AttemptAsync(CancellationToken cancellationToken)
    {
        var deadline = Earlier(options.TimeProvider.GetUtcNow() + options.AttemptDeadline, end.UtcDateTime);
        var callOptions = context.Options.WithDeadline(deadline.UtcDateTime).WithCancellationToken(cancellationToken);
        try
        {
            last = make(request, new(context.Method, context.Host, callOptions));
            return (await last.ResponseAsync, null);
        }
        catch (RpcException exception)
        {
            return (null, MarketException.From(exception, address, requestId));
        }
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, options.TimeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            var cancelled = new RpcException(new(StatusCode.Cancelled, "The caller cancelled the call."));
            throw MarketException.From(cancelled, address, requestId);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset time, DateTime? deadline) => deadline switch
    {
        null => time,
        { Kind: not DateTimeKind.Utc } given when given != DateTime.MaxValue && given != DateTime.MinValue =>
            throw new ArgumentException("The deadline of a call must be in UTC."),
        { } given => given < time.UtcDateTime ? new(given, TimeSpan.Zero) : time,
    };

    private AsyncUnaryCall<TResponse> Ended(Task response) =>
        response.IsCompleted ? last! : throw new InvalidOperationException("The call has not ended.");
}
