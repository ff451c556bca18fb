using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>The states of a listing; the numbers are the wire's.</summary>
internal enum ListingState
{
    Draft = 1,
    Published = 2,
    Suspended = 3,
    Exhausted = 4,
    Expired = 5,
    Withdrawn = 6,
}

/// <summary>What may happen to a listing.</summary>
internal static class ListingRules
{
    public static bool CanPublish(ListingState state, Instant expireTime, Instant now) =>
        state is ListingState.Draft or ListingState.Suspended && now < expireTime;

    public static bool CanSuspend(ListingState state) => state is ListingState.Published or ListingState.Exhausted;

    public static bool CanWithdraw(ListingState state) => state is not (ListingState.Expired or ListingState.Withdrawn);

    public static bool CanExpire(ListingState state, Instant expireTime, Instant now) =>
        state is ListingState.Published or ListingState.Suspended or ListingState.Exhausted && expireTime <= now;

    /// <summary>
    /// The longest terms for which a power is offered: one for each run of days on which it is, from the run's first
    /// day, which reaches furthest.
    /// </summary>
    /// <param name="days">The days of the window.</param>
    /// <param name="offeredKw">What is offered on each of them.</param>
    /// <param name="kw">The power.</param>
    /// <param name="maximumTermMonths">The longest term; 0: no limit.</param>
    public static IEnumerable<DateRange> LongestTerms(DateRange days, int[] offeredKw, int kw, int maximumTermMonths)
    {
        for (var first = 0; first < offeredKw.Length; first++)
        {
            if (offeredKw[first] < kw) continue;
            var next = first + 1;
            while (next < offeredKw.Length && offeredKw[next] >= kw) next++;
            var (start, end) = (days.Start.AddDays(first), days.Start.AddDays(next));
            var limit = maximumTermMonths == 0 ? end : start.AddMonths(maximumTermMonths);
            yield return new(start, limit < end ? limit : end);
            first = next;
        }
    }

    /// <summary>How many whole months a term has.</summary>
    public static int WholeMonths(DateRange term)
    {
        var months = 0;
        while (term.Start.AddMonths(months + 1) <= term.End) months++;
        return months;
    }

    /// <summary>The state of a listing on the market, given what can be leased under it.</summary>
    /// <param name="days">The days that can still be leased.</param>
    /// <param name="availableKw">What can be leased on each of them.</param>
    /// <param name="minimumLotKw">The smallest lot.</param>
    /// <param name="minimumTermMonths">The shortest term; 0: a day.</param>
    public static ListingState OnMarket(DateRange days, int[] availableKw, int minimumLotKw, int minimumTermMonths)
    {
        for (var first = 0; first < availableKw.Length; first++)
        {
            if (availableKw[first] < minimumLotKw) continue;
            var end = first + 1;
            while (end < availableKw.Length && availableKw[end] >= minimumLotKw) end++;
            // The earliest start of a run reaches furthest: if its shortest term does not fit, no later one's does.
            var start = days.Start.AddDays(first);
            var shortest = minimumTermMonths == 0 ? start.AddDays(1) : start.AddMonths(minimumTermMonths);
            if (shortest <= days.Start.AddDays(end)) return ListingState.Published;
            first = end;
        }
        return ListingState.Exhausted;
    }
}
