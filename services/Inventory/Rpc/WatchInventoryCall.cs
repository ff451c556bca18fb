using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Writes the stream of changes of one call.</summary>
internal sealed class WatchInventoryCall(
    InventoryWatch watch, ChangeSignal signal, Database database, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteWait = TimeSpan.FromSeconds(30);

    public Task RunAsync(
        long afterSequence, IServerStreamWriter<V1.InventoryChange> stream, ServerCallContext context) =>
        OpenStreams.RunAsync(context, lifetime, cancellationToken =>
            FollowAsync(afterSequence, stream, context.Caller(), cancellationToken));

    private async Task FollowAsync(
        long afterSequence,
        IServerStreamWriter<V1.InventoryChange> stream,
        Caller caller,
        CancellationToken cancellationToken)
    {
        var (sequence, isNew) = (afterSequence, afterSequence == 0);
        var sight = new WatcherSight(database, caller);
        while (true)
        {
            var changes = isNew ? null : await watch.ChangesAsync(sequence, cancellationToken);
            if (changes is null)
            {
                (changes, sequence) = await watch.SnapshotAsync(cancellationToken);
                await WriteAsync(stream, await sight.OfAsync(changes, cancellationToken), cancellationToken);
                isNew = false;
                continue;
            }
            await WriteAsync(stream, await sight.OfAsync(changes, cancellationToken), cancellationToken);
            if (changes.Count > 0)
            {
                sequence = changes[^1].Sequence;
                continue;
            }
            if (time.GetUtcNow() >= caller.ExpireTime)
                throw RpcErrors.Unauthenticated("API_KEY_EXPIRED", "The key has expired; rotate it or use another.");
            if (!await ChangedAsync(sequence, cancellationToken))
                await WriteAsync(stream, [new() { Sequence = sequence, Heartbeat = new() }], cancellationToken);
        }
    }

    private async Task<bool> ChangedAsync(long sequence, CancellationToken cancellationToken)
    {
        try
        {
            await signal.After(sequence).WaitAsync(HeartbeatInterval, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task WriteAsync(
        IServerStreamWriter<V1.InventoryChange> stream,
        IReadOnlyList<V1.InventoryChange> changes,
        CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            try
            {
                await stream.WriteAsync(change, cancellationToken).WaitAsync(WriteWait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw RpcErrors.Aborted("WATCH_TOO_SLOW",
                    "The caller does not read; call again with the last sequence that was applied.",
                    TimeSpan.FromSeconds(1));
            }
        }
    }
}
