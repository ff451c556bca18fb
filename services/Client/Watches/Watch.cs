using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Marketplace.Client;

/// <summary>A stream of the market that is taken up again where it stopped, whenever it stops before its end.</summary>
internal abstract class Watch<TMessage>(MarketClientOptions options)
    where TMessage : class
{
    // A stream is taken up anew from time to time, so that watches spread over replicas that came later.
    private static readonly TimeSpan StreamDeadline = TimeSpan.FromMinutes(15);

    /// <summary>How long a stream may be silent before it counts as broken.</summary>
    protected abstract TimeSpan SilenceMax { get; }

    /// <summary>Whether the last message was the last of all.</summary>
    protected virtual bool IsComplete => false;

    /// <summary>Opens the stream where the last one stopped.</summary>
    protected abstract AsyncServerStreamingCall<TMessage> Open(CallOptions callOptions);

    /// <summary>Takes note of a message, and says whether it is handed on.</summary>
    protected abstract bool Accept(TMessage message);

    public async IAsyncEnumerable<TMessage> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lastHeard = options.TimeProvider.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var silence = new CancellationTokenSource(SilenceMax, options.TimeProvider);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
            using var stream = Open(new(
                deadline: (options.TimeProvider.GetUtcNow() + StreamDeadline).UtcDateTime,
                cancellationToken: ending.Token));
            MarketException? error;
            while (true)
            {
                (var message, error) = await NextAsync(stream.ResponseStream, cancellationToken);
                if (message is null) break;
                silence.CancelAfter(SilenceMax);
                (failures, lastHeard) = (0, options.TimeProvider.GetTimestamp());
                if (Accept(message)) yield return message;
                if (IsComplete) yield break;
                // The caller may have taken its time.
                silence.CancelAfter(SilenceMax);
            }
            if (error is { IsTransient: false } && !silence.IsCancellationRequested) throw error;
            var delay = Backoff.After(options, Math.Max(failures, 1), error?.RetryDelay);
            if (error is not null && options.TimeProvider.GetElapsedTime(lastHeard) + delay > options.Patience)
                throw error;
            if (error is not null) options.Retrying?.Invoke(error, delay);
            await Task.Delay(delay, options.TimeProvider, cancellationToken);
        }
    }

    /// <summary>The next message, or why there is none; neither if the service ended the stream.</summary>
    private static async Task<(TMessage? Message, MarketException? Error)> NextAsync(
        IAsyncStreamReader<TMessage> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(CancellationToken.None) ? (stream.Current, null) : (null, null);
        }
        catch (MarketException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, exception);
        }
    }
}
