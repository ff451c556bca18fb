using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// The books of one provider's pools in memory, as of an epoch of its shard. What is not needed is not loaded; what
/// another writer has changed is forgotten.
/// </summary>
internal sealed class ShardBook(Guid providerId)
{
    private readonly Dictionary<Guid, PoolBook> pools = [];

    // Known as a whole or not at all: a lease that is not among them has no reservation.
    private HashSet<Guid>? leases;

    // What is decided runs ahead of what is committed.
    private ShardEpoch? committed;
    private ShardEpoch? decided;

    public Guid ProviderId => providerId;

    /// <summary>Where the shard stands after all that was decided.</summary>
    public ShardEpoch Epoch => decided!;

    /// <summary>Whether the provider has a shard; without one it has no pools.</summary>
    public bool Exists => decided is not null;

    public bool KnowsLeases => leases is not null;

    /// <summary>How many leases have a reservation; 0 if that is not known.</summary>
    public int LeaseCount => leases?.Count ?? 0;

    public IReadOnlyCollection<PoolBook> Pools => pools.Values;

    public bool MayHaveReservation(Guid leaseId) => leases is null || leases.Contains(leaseId);

    public PoolBook? Find(Guid poolId) => pools.GetValueOrDefault(poolId);

    public PoolDays FreeOf(Guid poolId) => pools[poolId].Free;

    /// <summary>Comes to the epoch that a transaction sees, when all that was decided is committed.</summary>
    public async Task RefreshAsync(Transaction transaction)
    {
        var seen = await ShardRows.FindAsync(transaction, providerId);
        if (seen is not null && committed is not null && seen.Epoch != committed.Epoch)
        {
            foreach (var poolId in await ShardRows.ChangedPoolsAsync(transaction, providerId, committed.Epoch))
                pools.Remove(poolId);
            if (seen.ReserveEpoch > committed.Epoch) leases = null;
        }
        committed = decided = seen;
    }

    public async Task LoadLeasesAsync(Transaction transaction) =>
        leases = await ShardRows.LeasesAsync(transaction, providerId);

    /// <summary>Loads pools of the provider; others are not there.</summary>
    public async Task LoadAsync(Transaction transaction, IReadOnlyCollection<Guid> poolIds)
    {
        var ofProvider = (await PoolRows.ReadAsync(transaction, poolIds))
            .Where(pool => pool.OrganisationId == providerId).ToList();
        if (ofProvider.Count == 0) return;
        var free = (await PoolMonthRows.ReadAsync(transaction, ofProvider)).ToDictionary(days => days.PoolId);
        var listings = (await ListingRows.ListOnMarketAsync(
            transaction, [.. ofProvider.Select(pool => pool.PoolId)])).ToLookup(listing => listing.PoolId);
        foreach (var pool in ofProvider)
            pools[pool.PoolId] = new(pool, free[pool.PoolId], [.. listings[pool.PoolId]]);
    }

    /// <summary>The batch is decided: the next one stands on it.</summary>
    public void Decided(BookBatch batch)
    {
        decided = batch.After;
        foreach (var made in batch.Made) leases?.Add(made.LeaseId);
        if (batch.Listings.Count == 0) return;
        var changed = batch.Listings.ToDictionary(listing => listing.ListingId);
        foreach (var pool in batch.Pools.Select(pool => pools[pool.PoolId]))
            pool.Listings =
                [.. pool.Listings.Select(listing => changed.GetValueOrDefault(listing.ListingId, listing))];
    }

    /// <summary>The batch is committed.</summary>
    public void Committed(BookBatch batch) => committed = batch.After;

    /// <summary>Forgets batches that came to nothing, and all that were decided after them.</summary>
    public void Forget(IEnumerable<BookBatch> batches)
    {
        foreach (var batch in batches)
        {
            foreach (var pool in batch.Pools) pools.Remove(pool.PoolId);
            foreach (var made in batch.Made) leases?.Remove(made.LeaseId);
        }
        decided = committed;
    }

    /// <summary>Forgets everything, when it is not known what the database has.</summary>
    public void ForgetAll()
    {
        pools.Clear();
        leases = null;
        committed = decided = null;
    }
}
