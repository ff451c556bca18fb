using System.Collections.Concurrent;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Matching;

/// <summary>
/// What this service knows of listings and free capacity, in memory and fed by Inventory's Watch stream alone. It may
/// be behind: what can be leased is decided when it is reserved.
/// </summary>
internal sealed class InventoryIndex : IDisposable
{
    private readonly SemaphoreSlim changed = new(0, 1);

    private volatile Books? books;
    private Books? arriving;

    /// <summary>The sequence of the last change that is applied; 0: none.</summary>
    public long Sequence { get; private set; }

    /// <summary>The listings that are published.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE while no snapshot has come.</exception>
    public IEnumerable<KnownListing> Published =>
        Known().Listings.Values.Where(known => known.Listing.State == ListingState.Published);

    public KnownListing? Find(Guid listingId) => books?.Listings.GetValueOrDefault(listingId);

    /// <summary>The free power of a pool, or null if it is not known.</summary>
    public IReadOnlyList<CapacityStep>? FreeOf(string poolId) =>
        books?.Pools.GetValueOrDefault(poolId)?.Free;

    /// <summary>
    /// Whether a provider has a listing for a buyer on a pool that is or was offered while this service ran.
    /// </summary>
    public bool Offers(string providerId, string poolId, Guid buyerId) => books?.Listings.Values.Any(known =>
        known.Listing.OrganisationId == providerId && known.Listing.PoolId == poolId
        && known.Audience.Includes(buyerId)) == true;

    /// <summary>Requires that a listing is for a buyer; of one that is not known here nothing is said.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, LISTING_NOT_FOUND.</exception>
    public void RequireFor(Guid listingId, Guid buyerId)
    {
        if (Find(listingId)?.Audience.Includes(buyerId) == false)
            throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", listingId.ToString());
    }

    /// <summary>Waits until a change is applied that was not waited for before.</summary>
    public Task WaitForChangeAsync(CancellationToken cancellationToken) => changed.WaitAsync(cancellationToken);

    /// <summary>Applies what the stream tells.</summary>
    /// <returns>False when a change is missing before this one: the stream has to begin with a snapshot
    /// again.</returns>
    public bool Apply(InventoryChange change)
    {
        if (change.ChangeCase == InventoryChange.ChangeOneofCase.SnapshotBegin)
        {
            arriving = new();
            return true;
        }
        if (arriving is not null)
        {
            Write(arriving, change);
            if (change.ChangeCase != InventoryChange.ChangeOneofCase.SnapshotEnd) return true;
            // The one swap: readers see either what was before or the whole snapshot.
            (books, arriving, Sequence) = (arriving, null, change.Sequence);
            Signal();
            return true;
        }
        if (change.Sequence <= Sequence) return books is not null;
        if (books is null || change.Sequence > Sequence + 1
            || change.ChangeCase == InventoryChange.ChangeOneofCase.Heartbeat)
            return false;
        Write(books, change);
        Sequence = change.Sequence;
        Signal();
        return true;
    }

    /// <summary>Forgets where the stream was; what is known stays until a new snapshot has come.</summary>
    public void Restart() => (arriving, Sequence) = (null, 0);

    /// <summary>Forgets a snapshot that broke off.</summary>
    public void BreakOff() => arriving = null;

    private static void Write(Books books, InventoryChange change)
    {
        if (change.Listing is { } listing)
        {
            var id = Guid.Parse(listing.ListingId);
            if (listing.State is ListingState.Published or ListingState.Suspended or ListingState.Exhausted)
                books.Listings[id] = KnownListing.Of(listing);
            else books.Listings.TryRemove(id, out _);
        }
        if (change.PoolFreeCapacity is { } pool
            && !(books.Pools.TryGetValue(pool.PoolId, out var known) && known.Version > pool.Version))
            books.Pools[pool.PoolId] = new(pool.Version, [.. pool.FreeSteps.Select(step =>
                new CapacityStep(new(Wire.Day(step.StartDate), Wire.Day(step.EndDate)), step.FreeKw))]);
    }

    private Books Known() => books ?? throw RpcErrors.Unavailable(
        "SEARCH_NOT_READY", "The listings are not known yet; try again.", TimeSpan.FromMilliseconds(200));

    public void Dispose() => changed.Dispose();

    private void Signal()
    {
        if (changed.CurrentCount == 0) changed.Release();
    }

    private sealed record Pool(long Version, IReadOnlyList<CapacityStep> Free);

    private sealed class Books
    {
        public ConcurrentDictionary<Guid, KnownListing> Listings { get; } = new();

        public ConcurrentDictionary<string, Pool> Pools { get; } = new();
    }
}

/// <summary>A listing with everything that it says, and whom it is for.</summary>
internal sealed record KnownListing(Listing Listing, ListingAudience Audience)
{
    public static KnownListing Of(Listing listing) => new(listing, new(listing));
}
