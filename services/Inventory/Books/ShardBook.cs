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
    private ShardEpoch? epoch;

    public Guid ProviderId => providerId;

    /// <summary>The epoch that the book stands at.</summary>
    public long Epoch => epoch!.Epoch;

    /// <summary>Whether the provider has a shard; without one it has no pools.</summary>
    public bool Exists => epoch is not null;

    public bool KnowsLeases => leases is not null;

    /// <summary>How many leases have a reservation; 0 if that is not known.</summary>
    public int LeaseCount => leases?.Count ?? 0;

    public IReadOnlyCollection<PoolBook> Pools => pools.Values;

    public bool MayHaveReservation(Guid leaseId) => leases is null || leases.Contains(leaseId);

    public PoolBook? Find(Guid poolId) => pools.GetValueOrDefault(poolId);

    public PoolDays FreeOf(Guid poolId) => pools[poolId].Free;

    /// <summary>Comes to the epoch that a transaction sees.</summary>
    public async Task RefreshAsync(Transaction transaction)
    {
        var seen = await ShardRows.FindAsync(transaction, providerId);
        if (seen is not null && epoch is not null && seen.Epoch != epoch.Epoch)
        {
            foreach (var poolId in await ShardRows.ChangedPoolsAsync(transaction, providerId, epoch.Epoch))
                pools.Remove(poolId);
            if (seen.ReserveEpoch > epoch.Epoch) leases = null;
        }
        epoch = seen;
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

    /// <summary>The batch is committed: what was decided is how it is.</summary>
    public void Committed(BookBatch batch)
    {
        epoch = new(Epoch + 1, batch.Made.Count > 0 ? Epoch + 1 : epoch!.ReserveEpoch);
        foreach (var pool in batch.Pools)
        {
            pool.Committed();
            if (batch.Listings.Count == 0) continue;
            var changed = batch.Listings.ToDictionary(listing => listing.ListingId);
            pool.Listings =
                [.. pool.Listings.Select(listing => changed.GetValueOrDefault(listing.ListingId, listing))];
        }
        foreach (var made in batch.Made) leases?.Add(made.LeaseId);
    }

    /// <summary>Forgets pools whose decisions came to nothing.</summary>
    public void Forget(IEnumerable<Guid> poolIds)
    {
        foreach (var poolId in poolIds) pools.Remove(poolId);
    }

    /// <summary>Forgets everything, when it is not known what the database has.</summary>
    public void ForgetAll()
    {
        pools.Clear();
        leases = null;
        epoch = null;
    }
}
