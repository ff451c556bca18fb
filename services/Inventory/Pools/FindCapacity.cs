using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>Finds when a power is free for a term, and the largest that is.</summary>
internal sealed class FindCapacity(Database database)
{
    private const int TermMonthsMax = 300;

    public async Task<V1.FoundCapacity> HandleAsync(
        V1.FindCapacityRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (poolId, listingId) =
            (fields.OptionalId("pool_id", request.PoolId), fields.OptionalId("listing_id", request.ListingId));
        if (request.PoolId.Length > 0 == request.ListingId.Length > 0)
            fields.Wrong("pool_id", "REQUIRED", "Give either pool_id or listing_id.");
        fields.Number("power_kw", request.PowerKw, 0, Fields.PowerKwMax);
        fields.Number("term_months", request.TermMonths, 1, TermMonthsMax);
        var (earliest, latest) = (fields.OptionalDate("earliest_start_date", request.EarliestStartDate),
            fields.OptionalDate("latest_start_date", request.LatestStartDate));
        fields.Check();

        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var (pool, free) = poolId is { } id
            ? await OfPoolAsync(transaction, id, caller)
            : await OfListingAsync(transaction, listingId!.Value, caller);
        var today = pool.Today(transaction.Now);
        var first = earliest ?? today;
        if (first < today)
            fields.Wrong("earliest_start_date", "OUT_OF_RANGE", $"Today is {today:O} in {pool.TimeZone}.");
        if (latest < first)
            fields.Wrong("latest_start_date", "END_BEFORE_START", $"{latest:O} is before {first:O}.");
        fields.Check();
        var starts = new DateRange(first, latest?.AddDays(1) ?? DateOnly.MaxValue);
        var found = TermSearch.Over(free, starts, request.TermMonths, request.PowerKw);
        return new()
        {
            TimeZone = pool.TimeZone,
            EarliestStartDate = found.EarliestStart?.ToProto(),
            LargestKw = found.LargestKw,
            LargestStartDate = found.LargestStart?.ToProto(),
        };
    }

    private static async Task<(Pool Pool, PoolDays Free)> OfPoolAsync(
        Transaction transaction, Guid poolId, Caller caller)
    {
        var owner = caller.IsOperator ? (Guid?)null : caller.OrganisationId;
        var pool = await PoolRows.FindAsync(transaction, poolId, owner)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", poolId.ToString());
        return (pool, (await PoolMonthRows.ReadAsync(transaction, [pool])).Single());
    }

    private static async Task<(Pool Pool, PoolDays Free)> OfListingAsync(
        Transaction transaction, Guid listingId, Caller caller)
    {
        var listing = (await ListingRows.FindVisibleAsync(transaction, listingId, caller))?.Listing
            ?? throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", listingId.ToString());
        var pool = (await PoolRows.ReadAsync(transaction, [listing.PoolId])).Single();
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        var window = MarketNews.WindowOf(offer);
        var free = (await PoolMonthRows.ReadAsync(transaction, [pool], window)).Single();
        return (pool, new(pool.PoolId, window, MarketNews.AvailableOver(offer, free, window)));
    }
}
