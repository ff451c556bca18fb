using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Answers what is free.</summary>
internal sealed class Availability(Database database)
{
    public async Task<V1.PoolAvailability> OfPoolAsync(
        V1.GetPoolAvailabilityRequest request, Guid? organisationId, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        var (start, end) =
            (fields.OptionalDate("start_date", request.StartDate), fields.OptionalDate("end_date", request.EndDate));
        fields.Check();
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var pool = await PoolRows.FindAsync(transaction, poolId, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var days = fields.Range("", start ?? pool.Today(transaction.Now), end ?? pool.CalendarEndDate);
        if (days is { } asked && (asked.Start < pool.Calendar.Start || asked.End > pool.Calendar.End))
            fields.Wrong(asked.Start < pool.Calendar.Start ? "start_date" : "end_date", "OUTSIDE_CALENDAR",
                $"The pool's calendar is {pool.Calendar}.");
        fields.Check();
        var free = (await PoolMonthRows.ReadAsync(transaction, [pool], days!.Value)).Single();
        var answer =
            new V1.PoolAvailability { PoolId = request.PoolId, TimeZone = pool.TimeZone, Version = pool.Version };
        answer.Steps.Add(Steps(pool, free));
        return answer;
    }

    public async Task<V1.ListingAvailability> OfListingAsync(
        V1.GetListingAvailabilityRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var listingId = fields.Id("listing_id", request.ListingId);
        var (start, end) =
            (fields.OptionalDate("start_date", request.StartDate), fields.OptionalDate("end_date", request.EndDate));
        fields.Check();
        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        var seen = await ListingRows.FindVisibleAsync(transaction, listingId, caller)
            ?? throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", request.ListingId);
        var listing = seen.Listing;
        var pool = (await PoolRows.ReadAsync(transaction, [listing.PoolId])).Single();
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        var (window, today) = (MarketNews.WindowOf(offer), pool.Today(transaction.Now));
        var answer = new V1.ListingAvailability
        {
            ListingId = request.ListingId,
            TimeZone = pool.TimeZone,
            // A version that other listings on the pool show too would tell which one it is.
            PoolVersion = seen.ToProto(caller).PoolId.Length == 0 ? 0 : pool.Version,
        };
        var from = start ?? (today > window.Start ? today : window.Start);
        // Nothing is left of a window that is over.
        if (start is null && end is null && from >= window.End) return answer;
        var days = fields.Range("", from, end ?? window.End);
        fields.Check();
        var free = (await PoolMonthRows.ReadAsync(transaction, [pool], days!.Value)).Single();
        var available = MarketNews.AvailableOver(offer, free, days.Value);
        answer.FreeSteps.Add(available.ToFreeSteps(days.Value.Start));
        return answer;
    }

    private static IEnumerable<V1.AvailabilityStep> Steps(Pool pool, PoolDays free)
    {
        var (capacity, floor) = (pool.Capacity.Over(free.Days), pool.Floor.Over(free.Days));
        for (var first = 0; first < capacity.Length;)
        {
            var end = first + 1;
            while (end < capacity.Length && capacity[end] == capacity[first] && floor[end] == floor[first]
                && free.FreeKw[end] == free.FreeKw[first]) end++;
            yield return new()
            {
                StartDate = free.Days.Start.AddDays(first).ToProto(),
                EndDate = free.Days.Start.AddDays(end).ToProto(),
                CapacityKw = capacity[first],
                FloorKw = floor[first],
                ReservedKw = capacity[first] - floor[first] - free.FreeKw[first],
                FreeKw = free.FreeKw[first],
            };
            first = end;
        }
    }
}
