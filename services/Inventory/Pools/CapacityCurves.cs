using System.Globalization;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Tells what of pools there is, is kept, reserved and free over time, now or as it was.</summary>
internal sealed class CapacityCurves(Database database)
{
    private const int DaysMax = 9_132;
    private const int HoldersMax = 1_000;
    private const int PoolsMax = 1_000;
    private const int DefaultYears = 1;
    private const decimal UtilisationPlaces = 10_000;

    public async Task<V1.CapacityCurve> GetAsync(
        V1.GetCapacityCurveRequest request, Guid? organisationId, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (poolId, siteId) =
            (fields.OptionalId("pool_id", request.PoolId), fields.OptionalId("site_id", request.SiteId));
        if (request.PoolId.Length > 0 == request.SiteId.Length > 0)
            fields.Wrong("pool_id", "REQUIRED", "Give either pool_id or site_id.");
        var (start, end) =
            (fields.OptionalDate("start_date", request.StartDate), fields.OptionalDate("end_date", request.EndDate));
        fields.OptionalChoice("resolution", request.Resolution);
        var asOf = request.AsOfTime is null ? (Instant?)null : fields.Time("as_of_time", request.AsOfTime);
        fields.Check();

        await using var transaction = await database.BeginSnapshotAsync(cancellationToken);
        if (asOf > transaction.Now)
            fields.Wrong("as_of_time", "OUT_OF_RANGE", $"It is {transaction.Now} by the market clock.");
        var (timeZone, pools) = await FindAsync(transaction, poolId, siteId, organisationId);
        var first = start ?? SiteCalendar.Today(timeZone, transaction.Now);
        var days = fields.Range("", first, end ?? first.AddYears(DefaultYears));
        if (days is { Days: > DaysMax })
            fields.Wrong("end_date", "OUT_OF_RANGE", $"At most {DaysMax} days are told at a time.");
        fields.Check();

        var (daily, holders) = await BooksAsync(
            transaction, pools, days!.Value, asOf, fromReservations: request.WithHolders || asOf is not null);
        var period = request.Resolution == default ? CurvePeriod.Day : (CurvePeriod)request.Resolution;
        var answer = new V1.CapacityCurve
        {
            TimeZone = timeZone,
            AsOfTime = (asOf ?? transaction.Now).ToTimestamp(),
            Periods = { daily.Periods(period).Select(daily.Over).Select(ToProto) },
        };
        if (!request.WithHolders) return answer;
        answer.HolderCount = holders.Count;
        answer.Holders.Add(holders.OrderBy(holder => holder.LeaseId).Take(HoldersMax).Select(ToProto));
        return answer;
    }

    private static async Task<(string TimeZone, IReadOnlyList<Pool> Pools)> FindAsync(
        Transaction transaction, Guid? poolId, Guid? siteId, Guid? organisationId)
    {
        if (poolId is { } id)
        {
            var pool = await PoolRows.FindAsync(transaction, id, organisationId)
                ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", id.ToString());
            return (pool.TimeZone, [pool]);
        }
        var site = await SiteRows.FindAsync(transaction, siteId!.Value, organisationId)
            ?? throw RpcErrors.NotFound("SITE_NOT_FOUND", "site", siteId.Value.ToString());
        var pools = await PoolRows.ListAsync(transaction, organisationId, siteId, null, PoolsMax + 1);
        return pools.Count <= PoolsMax
            ? (site.TimeZone, pools)
            : throw RpcErrors.InvalidFields(
                [new("site_id", "TOO_LONG", $"The site has more than {PoolsMax} pools; ask for each.")]);
    }

    // The books say what is free now; who holds it, and what was free before, the reservations say.
    private static async Task<(DailyCapacity Daily, IReadOnlyList<Holding> Holders)> BooksAsync(
        Transaction transaction, IReadOnlyList<Pool> pools, DateRange days, Instant? asOf, bool fromReservations)
    {
        var then = asOf is { } time ? await HistoryRows.PoolsAsync(transaction, pools, time) : pools;
        var daily = new DailyCapacity(days, new int[days.Days], new int[days.Days], new int[days.Days]);
        foreach (var pool in then)
        {
            Add(daily.CapacityKw, Over(pool, pool.Capacity, days));
            Add(daily.FloorKw, Over(pool, pool.Floor, days));
        }
        if (!fromReservations)
        {
            foreach (var free in await PoolMonthRows.ReadAsync(transaction, pools, days))
                Add(daily.FreeKw, free.Over(days));
            return (daily, []);
        }
        for (var day = 0; day < days.Days; day++) daily.FreeKw[day] = daily.CapacityKw[day] - daily.FloorKw[day];
        var holders = pools.Count == 0 ? [] : await HoldersAsync(transaction, pools, days, asOf);
        foreach (var step in holders.SelectMany(holder => holder.Steps))
            new PoolDays(step.PoolId, days, daily.FreeKw).Add(step.Days, -step.Kw);
        return (daily, holders);
    }

    // What leases hold of the pools in the interval, and nothing else.
    private static async Task<IReadOnlyList<Holding>> HoldersAsync(
        Transaction transaction, IReadOnlyList<Pool> pools, DateRange days, Instant? asOf)
    {
        var poolIds = pools.Select(pool => pool.PoolId).ToHashSet();
        var holders = new List<Holding>();
        foreach (var holding in await HistoryRows.HoldingsAsync(transaction, pools[0].OrganisationId, poolIds, asOf))
        {
            HeldStep[] held =
            [
                .. holding.Steps.Where(step => poolIds.Contains(step.PoolId))
                    .Select(step => step with { Days = step.Days.Intersect(days) })
                    .Where(step => !step.Days.IsEmpty && step.Kw > 0),
            ];
            if (held.Length > 0) holders.Add(holding with { Steps = held });
        }
        return holders;
    }

    // Days before a pool's calendar and after it are nobody's.
    private static int[] Over(Pool pool, PowerCurve curve, DateRange days)
    {
        var counted = pool.Calendar.Intersect(days);
        return new PoolDays(pool.PoolId, counted, curve.Over(counted)).Over(days);
    }

    private static void Add(int[] sum, int[] kw)
    {
        for (var day = 0; day < sum.Length; day++) sum[day] += kw[day];
    }

    private static V1.CapacityPeriod ToProto(PeriodCapacity period) => new()
    {
        StartDate = period.Days.Start.ToProto(),
        EndDate = period.Days.End.ToProto(),
        CapacityKwDays = period.Capacity,
        FloorKwDays = period.Floor,
        ReservedKwDays = period.Reserved,
        FreeKwDays = period.Free,
        MinimumFreeKw = period.LeastFreeKw,
        MaximumFreeKw = period.MostFreeKw,
        Utilisation = period.Utilisation is { } share
            ? new() { Value = (share / UtilisationPlaces).ToString("0.0000", CultureInfo.InvariantCulture) }
            : null,
    };

    private static V1.CapacityHolder ToProto(Holding holding) => new()
    {
        ReservationId = holding.ReservationId.ToString(),
        LeaseId = holding.LeaseId.ToString(),
        BuyerOrganisationId = holding.BuyerOrganisationId.ToString(),
        Held =
        {
            from step in holding.Steps
            orderby step.PoolId, step.Days.Start
            select new V1.HeldCapacity
            {
                PoolId = step.PoolId.ToString(),
                StartDate = step.Days.Start.ToProto(),
                EndDate = step.Days.End.ToProto(),
                HeldKw = step.Kw,
            },
        },
    };
}
