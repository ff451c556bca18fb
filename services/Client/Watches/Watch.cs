using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Marketplace.Client;

/// <summary>A stream of the market that is taken up again where it stopped, whenever it stops before its end.</summary>
internal abstract class Watch<TMessage>(MarketClientOptions options, ServiceAddress address)
    where TMessage : class
{
    // A stream is taken up anew from time to time, so that watches spread over replicas that came later.
    private static readonly TimeSpan StreamDeadline = TimeSpan.FromMinutes(15);

    /// <summary>How long a stream may be silent before it is taken up anew.</summary>
    protected abstract TimeSpan SilenceMax { get; }

    /// <summary>Whether the last message was the last of all.</summary>
    protected virtual bool IsComplete => false;

    /// <summary>Opens the stream where the last one stopped.</summary>
    protected abstract AsyncServerStreamingCall<TMessage> Open(CallOptions callOptions);

    /// <summary>Takes note of a message, and says whether it is handed on.</summary>
    protected abstract bool Accept(TMessage message);

    public async IAsyncEnumerable<TMessage> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (failures, awayFrom) = (0, 0L);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
            using var stream = Open(new(
                deadline: (options.TimeProvider.GetUtcNow() + StreamDeadline).UtcDateTime,
                cancellationToken: ending.Token));
            MarketException? error;
            while (true)
            {
                // What the caller does between two messages is not the stream's silence.
                silence.CancelAfter(SilenceMax);
                (var message, error) = await NextAsync(stream.ResponseStream, silence, cancellationToken);
                silence.CancelAfter(Timeout.InfiniteTimeSpan);
                if (message is null) break;
                failures = 0;
                if (Accept(message)) yield return message;
                if (IsComplete) yield break;
            }
            if (failures++ == 0) awayFrom = options.TimeProvider.GetTimestamp();
            var delay = Backoff.After(options, failures, error?.RetryDelay);
            if (error is not null)
            {
                var away = options.TimeProvider.GetElapsedTime(awayFrom) + delay;
                if (!error.IsTransient || away >= options.Patience) throw error;
                options.Retrying?.Invoke(error, delay);
            }
            await Task.Delay(delay, options.TimeProvider, cancellationToken);
        }
    }

    /// <summary>The next message, or why there is none; neither if the stream ended as it may.</summary>
    private async Task<(TMessage? Message, MarketException? Error)> NextAsync(
        IAsyncStreamReader<TMessage> stream, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(CancellationToken.None) ? (stream.Current, null) : (null, null);
        }
        catch (MarketException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (silence.IsCancellationRequested) return (null, Silent());
            return (null, exception.StatusCode == StatusCode.DeadlineExceeded ? null : exception);
        }
    }

    private MarketException Silent()
    {
        var message = $"Nothing was heard for {SilenceMax.TotalSeconds} s.";
        return MarketException.From(new(new(StatusCode.Unavailable, message)), address, requestId: null);
    }
}
