using NodaTime.Text;

namespace Marketplace.Terms.Tests;

/// <summary>The rules of notice, one by one and in their order.</summary>
public sealed class NoticeRulesTests
{
    [Fact]
    public void Serve_BeforeTheEarliestServiceDate_IsRefusedNamingTheFirstValidDate()
    {
        var terms = ReferenceDeal.WithRight("2026-08-01");
        // 04:59 UTC on 1 August is still 31 July in Chicago.
        var locked = Assert.IsType<NoticeOutcome.LockedIn>(Serve(terms, "2026-08-01T04:59:59Z"));
        Assert.Equal(new(2026, 8, 1), locked.FirstValidDate);
        Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2026-08-01T05:00:00Z"));
    }

    [Fact]
    public void Serve_WithoutARight_IsRefused() =>
        Assert.IsType<NoticeOutcome.NoRight>(
            Serve(ReferenceDeal.Read(ReferenceDeal.Message()), "2027-01-01T18:00:00Z"));

    [Fact]
    public void Serve_RightOfTheOtherParty_IsRefused()
    {
        var terms =
            ReferenceDeal.WithRight(change: message => message.TerminationRights[0].Party = V1.TerminationParty.Buyer);
        Assert.IsType<NoticeOutcome.NoRight>(NoticeRules.Serve(terms, Party.Provider, At("2027-01-01T18:00:00Z")));
        Assert.IsType<NoticeOutcome.Accepted>(NoticeRules.Serve(terms, Party.Buyer, At("2027-01-01T18:00:00Z")));
    }

    [Fact]
    public void Serve_FromTheEndOn_IsRefused()
    {
        Assert.IsType<NoticeOutcome.Accepted>(Serve(ReferenceDeal.WithRight(), "2029-06-01T04:59:59Z"));
        var ended = Assert.IsType<NoticeOutcome.LeaseEnded>(Serve(ReferenceDeal.WithRight(), "2029-06-01T05:00:00Z"));
        Assert.Equal(new(2029, 6, 1), ended.End);
    }

    [Fact]
    public void Serve_LongBeforeTheStart_ChargesNothing()
    {
        var terms = ReferenceDeal.WithRight();
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2026-01-01T18:00:00Z"));
        Assert.Equal(terms.Term.Start, accepted.End);
        Assert.Empty(Projection.Of(terms).CutAt(accepted.End).Invoices);
    }

    [Theory]
    [InlineData("2027-01-08T23:00:00Z", "2027-01-08")] // Friday 17:00
    [InlineData("2027-01-08T23:00:01Z", "2027-01-11")] // Friday a second later: Monday
    [InlineData("2027-01-09T15:00:00Z", "2027-01-11")] // Saturday
    [InlineData("2027-01-15T23:00:01Z", "2027-01-19")] // Friday late, and Monday is a holiday
    public void Serve_ReceiptOnBusinessDays_CountsFromTheDeemedDay(string received, string deemed)
    {
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(Serve(BusinessDays(), received));
        Assert.Equal(ReferenceDeal.Day(deemed), accepted.DeemedReceipt);
    }

    [Fact]
    public void Serve_NoticeInBusinessDays_SkipsWeekendsAndHolidays()
    {
        var terms = BusinessDays(right => (right.NoticeDays, right.NoticeBasis) = (5, V1.NoticeBasis.Business));
        // Received on Thursday the 14th; 15, 19, 20, 21 and 22 count, 18 January is a holiday.
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2027-01-14T18:00:00Z"));
        Assert.Equal(new(2027, 1, 23), accepted.End);
    }

    [Fact]
    public void Serve_EarliestEffectiveDate_ReplacesAnEarlierEnd()
    {
        var terms = ReferenceDeal.WithRight(change: message =>
        {
            message.TerminationRights[0].LockIn = V1.LockIn.Dated;
            message.TerminationRights[0].EarliestEffectiveDate = ReferenceDeal.Wire(new(2027, 6, 15));
        });
        Assert.Equal(new(2027, 6, 15), Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2027-01-01T18:00:00Z")).End);
        Assert.Equal(new(2027, 6, 30), Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2027-03-31T18:00:00Z")).End);
    }

    [Theory]
    [InlineData("2027-01-01T18:00:00Z", "2027-05-01")]
    [InlineData("2027-01-30T18:00:00Z", "2027-05-01")] // the end is a boundary already
    public void Serve_AlignedToTheBillingMonth_EndsWithIt(string received, string end)
    {
        var terms = ReferenceDeal.WithRight(change: message =>
            message.TerminationRights[0].Alignment = V1.TerminationAlignment.EndOfBillingMonth);
        Assert.Equal(ReferenceDeal.Day(end), Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, received)).End);
    }

    [Fact]
    public void Serve_AlignmentBeyondTheTerm_StopsAtTheNaturalEnd()
    {
        var terms = ReferenceDeal.WithRight(change: message =>
        {
            message.TerminationRights[0].Alignment = V1.TerminationAlignment.EndOfBillingMonth;
            message.Billing.Cycle = V1.BillingCycle.Anniversary;
            message.Billing.AnniversaryDay = 15;
        });
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2029-02-20T18:00:00Z"));
        Assert.Equal(new(2029, 6, 1), accepted.End);
        Assert.False(accepted.MovesEnd);
    }

    [Fact]
    public void Serve_SeveralRights_UsesTheOneWithTheEarliestEnd()
    {
        var terms = ReferenceDeal.WithRight("2026-10-28", change: message =>
        {
            var longer = message.TerminationRights[0].Clone();
            (longer.ClauseId, longer.NoticeDays, longer.LockIn, longer.EarliestServiceDate) =
                ("any-time", 180, V1.LockIn.None, null);
            message.TerminationRights.Add(longer);
        });
        Assert.Equal("any-time", Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2026-10-27T18:00:00Z"))
            .Right.ClauseId);
        Assert.Equal("notice", Assert.IsType<NoticeOutcome.Accepted>(Serve(terms, "2026-10-28T18:00:00Z"))
            .Right.ClauseId);
    }

    private static LeaseTerms BusinessDays(Action<V1.TerminationRight>? change = null) =>
        ReferenceDeal.WithRight(change: message =>
    {
        message.NoticeReceipt = new() { Rule = V1.NoticeReceiptRule.BusinessDays, CutoffTime = new() { Hours = 17 } };
        message.Holidays.Add(ReferenceDeal.Wire(new(2027, 1, 18)));
        change?.Invoke(message.TerminationRights[0]);
    });

    private static NoticeOutcome Serve(LeaseTerms terms, string received) =>
        NoticeRules.Serve(terms, Party.Buyer, At(received));

    private static NodaTime.Instant At(string instant) => InstantPattern.General.Parse(instant).Value;
}
