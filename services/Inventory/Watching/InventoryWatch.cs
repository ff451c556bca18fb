using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// Reads what watchers are told. A change names its subject, which is told as it now is: a watcher that starts anew, or
/// goes on anywhere, comes to the same state. Drafts and pools without a listing on the market have no changes. What of
/// all this a caller is told decides WatcherSight.
/// </summary>
internal sealed class InventoryWatch(Database database)
{
    private const int BatchMax = 256;

    /// <summary>Everything that is on the market, and the sequence that it stands at.</summary>
    public async Task<(IReadOnlyList<V1.InventoryChange> Messages, long Sequence)> SnapshotAsync(
        CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var sequence = await ChangeRows.LastSequenceAsync(transaction);
        var listings = await ListingRows.ListOnMarketAsync(transaction);
        var pools = await PoolRows.ReadAsync(transaction, [.. listings.Select(listing => listing.PoolId).Distinct()]);
        var messages = new List<V1.InventoryChange> { new() { Sequence = sequence, SnapshotBegin = new() } };
        messages.AddRange(
            listings.Select(listing => new V1.InventoryChange { Sequence = sequence, Listing = listing.ToProto() }));
        foreach (var pool in pools)
            messages.Add(new() { Sequence = sequence, PoolFreeCapacity = await FreeAsync(transaction, pool) });
        var end = new V1.SnapshotEnd { ListingCount = listings.Count, PoolCount = pools.Count };
        messages.Add(new() { Sequence = sequence, SnapshotEnd = end });
        return (messages, sequence);
    }

    /// <summary>
    /// The changes after a sequence, or null if there never was such a sequence, or not all changes after it are kept,
    /// and a snapshot has to come first.
    /// </summary>
    public async Task<IReadOnlyList<V1.InventoryChange>?> ChangesAsync(long after, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var last = await ChangeRows.LastSequenceAsync(transaction);
        var changes = await ChangeRows.ReadAsync(transaction, after, BatchMax);
        // Sequences have no gap of their own.
        if (changes.Count == 0 ? after != last : changes[0].Sequence != after + 1) return null;
        var listings = (await ListingRows.ReadAsync(transaction, SubjectsOf(changes, ChangeKind.Listing)))
            .ToDictionary(listing => listing.ListingId);
        var pools = new Dictionary<Guid, V1.PoolFreeCapacity>();
        foreach (var pool in await PoolRows.ReadAsync(transaction, SubjectsOf(changes, ChangeKind.Pool)))
            pools[pool.PoolId] = await FreeAsync(transaction, pool);
        return
        [
            .. changes.Select(change => change.Kind == ChangeKind.Listing
                ? new V1.InventoryChange { Sequence = change.Sequence, Listing = listings[change.SubjectId].ToProto() }
                : new V1.InventoryChange { Sequence = change.Sequence, PoolFreeCapacity = pools[change.SubjectId] }),
        ];
    }

    private static async Task<V1.PoolFreeCapacity> FreeAsync(Transaction transaction, Pool pool)
    {
        var days = pool.Calendar.Intersect(new(pool.Today(transaction.Now), DateOnly.MaxValue));
        var free = new V1.PoolFreeCapacity
        {
            PoolId = pool.PoolId.ToString(),
            Version = pool.Version,
            TimeZone = pool.TimeZone,
        };
        free.FreeSteps.Add(
            (await PoolMonthRows.ReadAsync(transaction, [pool], days)).Single().FreeKw.ToFreeSteps(days.Start));
        return free;
    }

    private static Guid[] SubjectsOf(IReadOnlyList<Change> changes, ChangeKind kind) =>
        [.. changes.Where(change => change.Kind == kind).Select(change => change.SubjectId).Distinct()];
}
