using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory.Tests;

public sealed class ListingRulesTests
{
    private static readonly Instant Expiry = Instant.FromUtc(2029, 6, 1, 5, 0);

    [Theory]
    [InlineData("Draft", true, false, true, false)]
    [InlineData("Published", false, true, true, true)]
    [InlineData("Suspended", true, false, true, true)]
    [InlineData("Exhausted", false, true, true, true)]
    [InlineData("Expired", false, false, false, false)]
    [InlineData("Withdrawn", false, false, false, false)]
    public void Listing_InEachState_MayOnlyDoWhatTheProtosSay(
        string name, bool publish, bool suspend, bool withdraw, bool expire)
    {
        var state = Enum.Parse<ListingState>(name);

        Assert.Equal(publish, ListingRules.CanPublish(state, Expiry, Expiry - Duration.Epsilon));
        Assert.False(ListingRules.CanPublish(state, Expiry, Expiry));
        Assert.Equal(suspend, ListingRules.CanSuspend(state));
        Assert.Equal(withdraw, ListingRules.CanWithdraw(state));
        Assert.Equal(expire, ListingRules.CanExpire(state, Expiry, Expiry));
        Assert.False(ListingRules.CanExpire(state, Expiry, Expiry - Duration.Epsilon));
    }

    // 2026-01-15 and 60 days; the smallest lot is 5 kW.
    [Theory]
    [InlineData(0, 60, 1, true)]
    [InlineData(0, 31, 1, true)]
    [InlineData(0, 30, 1, false)]
    [InlineData(17, 45, 1, true)]
    [InlineData(17, 44, 1, false)]
    [InlineData(59, 60, 0, true)]
    [InlineData(0, 0, 0, false)]
    [InlineData(0, 60, 12, false)]
    public void OnMarket_FreeFromTo_IsPublishedIfTheShortestTermFits(int from, int to, int months, bool isPublished)
    {
        var start = new DateOnly(2026, 1, 15);
        var available = new int[60];
        available.AsSpan(from, to - from).Fill(5);

        var state = ListingRules.OnMarket(new DateRange(start, start.AddDays(60)), available, 5, months);

        Assert.Equal(isPublished ? ListingState.Published : ListingState.Exhausted, state);
    }

    // 2026-01-15 and 120 days; two runs of 5 kW or more.
    [Theory]
    [InlineData(0, 120, 0, 0, 0, "120 days, 4 months")]
    [InlineData(0, 120, 0, 0, 3, "90 days, 3 months")]
    [InlineData(0, 120, 0, 0, 5, "120 days, 4 months")]
    [InlineData(0, 31, 0, 0, 0, "31 days, 1 months")]
    [InlineData(0, 30, 0, 0, 0, "30 days, 0 months")]
    [InlineData(0, 31, 32, 120, 2, "31 days, 1 months; 59 days, 2 months")]
    [InlineData(0, 31, 31, 120, 0, "120 days, 4 months")]
    [InlineData(0, 0, 0, 0, 0, "")]
    public void LongestTerms_RunsFromTo_AreCutToTheLongestTerm(
        int from, int to, int nextFrom, int nextTo, int maximumMonths, string terms)
    {
        var start = new DateOnly(2026, 1, 15);
        var offered = new int[120];
        offered.AsSpan(from, to - from).Fill(5);
        offered.AsSpan(nextFrom, nextTo - nextFrom).Fill(6);

        var longest = ListingRules.LongestTerms(new(start, start.AddDays(120)), offered, 5, maximumMonths);

        Assert.Equal(
            terms,
            string.Join("; ", longest.Select(term => $"{term.Days} days, {ListingRules.WholeMonths(term)} months")));
    }
}
