using Grpc.Core;

namespace Marketplace.Inventory.Tests;

/// <summary>Reads what a watcher is told.</summary>
internal static class Watched
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>The whole snapshot that comes next.</summary>
    public static async Task<List<V1.InventoryChange>> SnapshotAsync(AsyncServerStreamingCall<V1.InventoryChange> watch)
    {
        var messages = new List<V1.InventoryChange>();
        while (messages.Count == 0 || messages[^1].SnapshotEnd is null) messages.AddRange(await TakeAsync(watch, 1));
        return messages;
    }

    /// <summary>The next messages, without heartbeats unless they are asked for.</summary>
    public static Task<List<V1.InventoryChange>> TakeAsync(
        AsyncServerStreamingCall<V1.InventoryChange> watch, int count, bool withHeartbeats = false) =>
        ReadAsync(
            watch, messages => messages.Count == count, message => withHeartbeats || message.Heartbeat is null);

    /// <summary>The next messages with heartbeats, up to the first that carries a sequence or a later one.</summary>
    public static Task<List<V1.InventoryChange>> UntilAsync(
        AsyncServerStreamingCall<V1.InventoryChange> watch, long sequence) =>
        ReadAsync(watch, messages => messages.Count > 0 && messages[^1].Sequence >= sequence, _ => true);

    /// <summary>What a message is about: the id of its listing or pool.</summary>
    public static string SubjectOf(V1.InventoryChange change) =>
        change.Listing?.ListingId ?? change.PoolFreeCapacity?.PoolId ?? $"{change.ChangeCase}";

    private static async Task<List<V1.InventoryChange>> ReadAsync(
        AsyncServerStreamingCall<V1.InventoryChange> watch, Func<List<V1.InventoryChange>, bool> isEnough,
        Func<V1.InventoryChange, bool> isWanted)
    {
        using var deadline = new CancellationTokenSource(Long);
        var messages = new List<V1.InventoryChange>();
        while (!isEnough(messages) && await watch.ResponseStream.MoveNext(deadline.Token))
        {
            if (isWanted(watch.ResponseStream.Current)) messages.Add(watch.ResponseStream.Current);
        }
        return messages;
    }
}
