using System.Globalization;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Tells how much of a provider's floor lies idle, what to list of it, and what that is worth.</summary>
internal static class FindIdleCapacity
{
    private const int GapsMax = 10;
    private const int DaysPerWeek = 7;
    private const int HoursPerWeek = 168;

    // Each pool of a page reads its samples and, where some of its floor is idle, prices.
    private const int PageSizeMax = 100;

    public static async Task<V1.IdleCapacity> GetAsync(
        Transaction transaction, V1.GetIdleCapacityRequest request, Guid? organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        var question = IdleQuestion.Read(fields, request.Criteria);
        fields.Check();
        var pool = await PoolRows.FindAsync(transaction, poolId, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var today = pool.Today(transaction.Now);
        if (question.StartDate is { } start && (start < today || start >= pool.CalendarEndDate))
            fields.Wrong("criteria.start_date", "OUT_OF_RANGE",
                $"Must be from {today:O} on and before {pool.CalendarEndDate:O}.");
        fields.Check();
        return await OfPoolAsync(transaction, pool, question, new MarketPrices(transaction));
    }

    public static async Task<V1.ListIdleCapacityResponse> ListAsync(
        Transaction transaction, V1.ListIdleCapacityRequest request, Guid? organisationId)
    {
        var asked = Page.Of(request.PageSize, request.PageToken);
        var page = asked with { Size = Math.Min(asked.Size, PageSizeMax) };
        var fields = new Fields();
        var siteId = fields.OptionalId("site_id", request.SiteId);
        var question = IdleQuestion.Read(fields, request.Criteria);
        fields.Check();
        var pools = await PoolRows.ListAsync(transaction, organisationId, siteId, page.After, page.Size + 1);
        var prices = new MarketPrices(transaction);
        var answer = new V1.ListIdleCapacityResponse
        {
            NextPageToken = page.NextToken(pools.Count, () => pools[page.Size - 1].PoolId),
        };
        foreach (var pool in pools.Take(page.Size))
            answer.IdleCapacities.Add(await OfPoolAsync(transaction, pool, question, prices));
        return answer;
    }

    private static async Task<V1.IdleCapacity> OfPoolAsync(
        Transaction transaction, Pool pool, IdleQuestion question, MarketPrices prices)
    {
        var today = pool.Today(transaction.Now);
        var asked = question.StartDate ?? today.AddDays(1);
        var start = asked > today ? asked : today;
        var hours = question.WindowWeeks * HoursPerWeek;
        var usage = await UsageRows.ReadAsync(
            transaction, pool.PoolId, UsageHours.HourAt(transaction.Now) - hours, hours);
        var ownKw = usage.SampleCount == 0 ? 0 : usage.Quantile(question.Quantile);
        var answer = new V1.IdleCapacity
        {
            PoolId = pool.PoolId.ToString(),
            TimeZone = pool.TimeZone,
            Basis = BasisOf(usage, question.Quantile, ownKw),
            JudgedFloorKw = JudgedFloorKw(pool, usage.Start, today),
        };
        if (!IdleRules.IsCovered(usage) || IdleRules.IsInterrupted(usage))
        {
            answer.Finding = IdleRules.IsCovered(usage)
                ? V1.IdleFinding.SamplesInterrupted
                : V1.IdleFinding.TooFewSamples;
            return answer;
        }

        answer.NeededKw = ownKw + question.MarginKw;
        var horizon = new DateRange(start, start.AddDays(question.HorizonWeeks * DaysPerWeek))
            .Intersect(new(today, pool.CalendarEndDate));
        var floorKw = pool.Floor.Over(horizon);
        var idleKw = IdleRules.IdleKw(floorKw, answer.JudgedFloorKw, answer.NeededKw, question.LotStepKw);
        answer.Steps.Add(Steps(start, floorKw, idleKw));
        var block = IdleRules.BiggestBlock(start, idleKw, question.MinimumWeeks * DaysPerWeek);
        answer.Finding = block is null ? V1.IdleFinding.NothingIdle : V1.IdleFinding.Idle;
        if (block is not null)
            answer.Suggestion = Suggestion(
                pool, block, question.LotStepKw, await prices.ReadAsync(pool, block.Days));
        return answer;
    }

    private static int JudgedFloorKw(Pool pool, Instant windowStart, DateOnly today)
    {
        var first = SiteCalendar.Today(pool.TimeZone, windowStart);
        var start = first > pool.CalendarStartDate ? first : pool.CalendarStartDate;
        return pool.Floor.Over(new(start, today.AddDays(1))).Min();
    }

    private static V1.UsageBasis BasisOf(UsageHours usage, decimal quantile, int ownKw)
    {
        var gaps = usage.Gaps;
        var basis = new V1.UsageBasis
        {
            StartTime = usage.Start.ToTimestamp(),
            EndTime = usage.End.ToTimestamp(),
            HourCount = usage.Kw.Count,
            SampleCount = usage.SampleCount,
            GapCount = gaps.Count,
            Quantile = new() { Value = quantile.ToString(CultureInfo.InvariantCulture) },
            OwnKw = ownKw,
            MeanKw = usage.MeanKw,
            PeakKw = usage.PeakKw,
        };
        basis.Gaps.Add(gaps.OrderByDescending(gap => gap.Hours).Take(GapsMax).OrderBy(gap => gap.FirstHour)
            .Select(gap => new V1.UsageGap
            {
                StartTime = UsageHours.StartOf(gap.FirstHour).ToTimestamp(),
                HourCount = gap.Hours,
            }));
        return basis;
    }

    private static IEnumerable<V1.IdleStep> Steps(DateOnly start, int[] floorKw, int[] idleKw)
    {
        for (var first = 0; first < floorKw.Length;)
        {
            var end = first + 1;
            while (end < floorKw.Length && floorKw[end] == floorKw[first]) end++;
            yield return new()
            {
                StartDate = start.AddDays(first).ToProto(),
                EndDate = start.AddDays(end).ToProto(),
                FloorKw = floorKw[first],
                IdleKw = idleKw[first],
            };
            first = end;
        }
    }

    private static V1.IdleSuggestion Suggestion(
        Pool pool, IdleBlock block, int lotStepKw, IReadOnlyList<MarketPrice> prices)
    {
        var weeks = block.WholeWeeks == 1 ? "1 week" : $"{block.WholeWeeks} weeks";
        var suggestion = new V1.IdleSuggestion
        {
            Summary = $"{block.Kw} kW idle for {weeks}, list it from {block.Days.Start:O}",
            IdleKw = block.Kw,
            StartDate = block.Days.Start.ToProto(),
            EndDate = block.Days.End.ToProto(),
            WeekCount = block.WholeWeeks,
            DraftOffer = new()
            {
                StartDate = block.Days.Start.ToProto(),
                EndDate = block.Days.End.ToProto(),
                OfferedSteps =
                {
                    new V1.CurveStep { StartDate = block.Days.Start.ToProto(), PowerKw = block.Kw },
                },
                MinimumLotKw = lotStepKw,
                MaximumLotKw = block.Kw,
                LotStepKw = lotStepKw,
            },
        };
        suggestion.FloorSteps.Add(IdleRules.Without(pool.Floor, block).Steps.Select(Mapping.ToProto));
        suggestion.MarketValues.Add(prices.Select(price => price.ToMarketValue(block)));
        if (suggestion.MarketValues.FirstOrDefault() is { } value)
            suggestion.DraftOffer.Price =
                new() { Basis = Terms.V1.FeeBasis.PerMwMonth, Amount = value.MedianMwMonthAmount };
        else
            suggestion.MarketValueAbsence = V1.MarketValueAbsence.NoComparableListing;
        return suggestion;
    }
}
