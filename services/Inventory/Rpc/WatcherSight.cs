using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// What one watcher is told of everything that there is to tell: listings as it may see them, and the pools that they
/// show it. Changes that are not its to see are passed over by a heartbeat, which carries the last one's sequence.
/// </summary>
internal sealed class WatcherSight(Database database, Caller caller)
{
    private readonly HashSet<string> snapshotPools = [];

    private bool isInSnapshot;
    private V1.SnapshotEnd told = new();

    /// <summary>The messages that take the place of some that follow one another.</summary>
    public async Task<IReadOnlyList<V1.InventoryChange>> OfAsync(
        IReadOnlyList<V1.InventoryChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0 || ListingAudience.IsToldAll(caller)) return changes;
        var (disclosed, pools) = await ReadAsync(changes, cancellationToken);
        var seen = new List<V1.InventoryChange>(changes.Count);
        V1.InventoryChange? passedOver = null;
        foreach (var change in changes)
        {
            if (Seen(change, disclosed, pools) is { } message)
            {
                if (passedOver is not null) seen.Add(passedOver);
                passedOver = null;
                seen.Add(message);
            }
            else if (!isInSnapshot)
            {
                passedOver = new() { Sequence = change.Sequence, Heartbeat = new() };
            }
        }
        if (passedOver is not null) seen.Add(passedOver);
        return seen;
    }

    private V1.InventoryChange? Seen(
        V1.InventoryChange change, IReadOnlySet<Guid> disclosed, IReadOnlySet<Guid> shownPools)
    {
        switch (change.ChangeCase)
        {
            case V1.InventoryChange.ChangeOneofCase.SnapshotBegin:
                (isInSnapshot, told) = (true, new());
                snapshotPools.Clear();
                return change;
            case V1.InventoryChange.ChangeOneofCase.SnapshotEnd:
                isInSnapshot = false;
                return new() { Sequence = change.Sequence, SnapshotEnd = told };
            case V1.InventoryChange.ChangeOneofCase.Listing:
                var audience = new ListingAudience(change.Listing);
                if (!audience.MaySee(caller)) return null;
                var listing =
                    audience.Shown(change.Listing, caller, disclosed.Contains(Guid.Parse(change.Listing.ListingId)));
                if (isInSnapshot) Count(listing);
                return new() { Sequence = change.Sequence, Listing = listing };
            case V1.InventoryChange.ChangeOneofCase.PoolFreeCapacity:
                var poolId = change.PoolFreeCapacity.PoolId;
                if (!(isInSnapshot ? snapshotPools.Contains(poolId) : shownPools.Contains(Guid.Parse(poolId))))
                    return null;
                if (isInSnapshot) told.PoolCount++;
                return change;
            default:
                return change;
        }
    }

    private void Count(V1.Listing listing)
    {
        told.ListingCount++;
        if (listing.PoolId.Length > 0) snapshotPools.Add(listing.PoolId);
    }

    // A snapshot's listings, which come before its pools, say which pools it shows.
    private async Task<(IReadOnlySet<Guid> Disclosed, IReadOnlySet<Guid> Pools)> ReadAsync(
        IReadOnlyList<V1.InventoryChange> changes, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<Guid> blind =
        [
            .. changes.Where(change => change.Listing?.Offer.Visibility == V1.ListingVisibility.Blind)
                .Select(change => Guid.Parse(change.Listing.ListingId)).Distinct(),
        ];
        IReadOnlyCollection<Guid> pools = isInSnapshot || changes[0].SnapshotBegin is not null
            ? []
            : [
                .. changes.Where(change => change.PoolFreeCapacity is not null)
                    .Select(change => Guid.Parse(change.PoolFreeCapacity.PoolId)).Distinct(),
            ];
        if (blind.Count == 0 && pools.Count == 0) return (new HashSet<Guid>(), new HashSet<Guid>());
        await using var transaction = await database.BeginAsync(cancellationToken);
        return (
            await ListingRows.DisclosedAsync(transaction, caller.OrganisationId, blind),
            await ListingRows.ShownPoolsAsync(transaction, caller, pools));
    }
}
