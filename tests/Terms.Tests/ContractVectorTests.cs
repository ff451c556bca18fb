using NodaTime;
using NodaTime.Text;

namespace Marketplace.Terms.Tests;

/// <summary>Every vector of the contract semantics.</summary>
public sealed class ContractVectorTests
{
    [Theory]
    [InlineData("0", "46250000000.00")]
    [InlineData("0.5", "45000000000.00")]
    [InlineData("1", "43750000000.00")]
    public void Projection_ReferenceDealWithRampDiscount_IsTheSumOf37Invoices(string discount, string total)
    {
        var projection = Projection.Of(ReferenceDeal.Read(ReferenceDeal.Message(discount)));
        Assert.Equal(37, projection.Invoices.Count);
        Assert.Equal(total, Currency.Find("USD")!.Format(projection.TotalMinorUnits));
    }

    [Fact]
    public void Projection_TwoDifferentRampDiscounts_FollowsTheFormula()
    {
        // 43.75 B + 1.25 B x (2 - d1 - d2) with d1 = 0.8 and d2 = 0.3.
        var message = ReferenceDeal.Message("0.8");
        var (may, end) = (message.FeeIntervals[0], message.FeeIntervals[1]);
        may.EndDate = ReferenceDeal.Wire(new(2026, 6, 1));
        var june = may.Clone();
        (june.ClauseId, june.StartDate, june.EndDate, june.Discount.Value) =
            ("june", may.EndDate, end.StartDate, "0.3");
        message.FeeIntervals.Add(june);
        Assert.Equal("44875000000.00", Total(message));
    }

    [Theory]
    [InlineData(V1.DayCount.ActMonth, "46250000000.00", 46_250_000_000_00L, 1)]
    [InlineData(V1.DayCount.Thirty360, "46250000000.00", 46_250_000_000_00L, 1)]
    [InlineData(V1.DayCount.ActAct, "46273972602.76", 4_627_397_260_274L, 0)]
    [InlineData(V1.DayCount.Act365F, "46315068493.18", 4_631_506_849_315L, 0)]
    [InlineData(V1.DayCount.Act360, "46958333333.41", 4_695_833_333_333L, 0)]
    public void Projection_ReferenceDealByDayCount_SumsRoundedInvoices(V1.DayCount dayCount, string sum, long exact,
        int isWhole)
    {
        var terms = ReferenceDeal.Read(ReferenceDeal.Message(dayCount: dayCount));
        var projection = Projection.Of(terms);
        var exactSum = projection.Invoices
            .SelectMany(invoice => invoice.Lines)
            .Aggregate(Rational.Zero, (total, line) => total + line.Exact(terms.Currency));
        Assert.Equal(sum, terms.Currency.Format(projection.TotalMinorUnits));
        Assert.Equal(exact, (long)exactSum.RoundHalfAwayFromZero());
        Assert.Equal(isWhole == 1, exactSum.Reduced().Denominator.IsOne);
    }

    [Fact]
    public void Projection_StartOn3May_ProratesMayBy29Of31()
    {
        var terms = ReferenceDeal.Read(ReferenceDeal.Message(start: "2026-05-03"));
        var may = Projection.Of(terms).Invoices[0];
        Assert.Equal("1169354838.71", terms.Currency.Format(may.AmountMinorUnits));
        Assert.Equal(new DayCountFraction(29, 31), may.Lines[0].DayCountFraction);
    }

    [Theory]
    [InlineData(null, "0", "2026-08-02", "3790322580.65")]
    [InlineData(null, "0.5", "2026-08-02", "2540322580.65")]
    [InlineData("2026-08-01", "0", "2026-10-31", "7459677419.35")]
    [InlineData("2026-08-01", "0.5", "2026-10-31", "6209677419.35")]
    [InlineData("2026-10-28", "0", "2027-01-27", "11048387096.77")]
    [InlineData("2026-10-28", "0.5", "2027-01-27", "9798387096.77")]
    public void Firm_ReadingsOfTheNoticeClause_DifferByBillions(string? earliestService, string discount, string end,
        string firm)
    {
        var terms = ReferenceDeal.WithRight(earliestService, discount);
        var meters = Meters.Read(terms, Projection.Of(terms), new(2026, 5, 3));
        Assert.Equal(ReferenceDeal.Day(end), meters.FirmEnd);
        Assert.Equal(firm, terms.Currency.Format(meters.Firm));
    }

    [Theory]
    [InlineData("0.5", "1814516129.03")]
    [InlineData("0", "3064516129.03")]
    public void Firm_OnTheDayOfSigning_ReachesToMidJuly(string discount, string firm)
    {
        var terms = ReferenceDeal.WithRight(discount: discount);
        Assert.Equal(firm, terms.Currency.Format(Meters.Read(terms, Projection.Of(terms), new(2026, 4, 15)).Firm));
    }

    [Theory]
    [InlineData("2026-05-03", "2026-08-01")]
    [InlineData("2026-08-01", "2026-10-30")]
    [InlineData("2027-01-01", "2027-04-01")]
    public void Serve_90CalendarDays_ExcludesReceiptAndIncludesTheLastDay(string received, string lastServiceDay)
    {
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(Serve(ReferenceDeal.WithRight(), received));
        Assert.Equal(ReferenceDeal.Day(lastServiceDay).AddDays(1), accepted.End);
    }

    [Theory]
    [InlineData("2029-03-01", true)]
    [InlineData("2029-03-02", false)]
    public void Serve_LastDays_MovesTheEndUpTo1March2029(string received, bool movesEnd) =>
        Assert.Equal(movesEnd, Assert.IsType<NoticeOutcome.Accepted>(Serve(ReferenceDeal.WithRight(), received))
            .MovesEnd);

    [Fact]
    public void Serve_BuyerOn1January2027_ShortensTheLastInvoice()
    {
        var terms = ReferenceDeal.WithRight(discount: "0.5");
        var accepted = Assert.IsType<NoticeOutcome.Accepted>(
            NoticeRules.Serve(terms, Party.Buyer, InstantPattern.General.Parse("2027-01-01T18:00:00Z").Value));
        var cut = Projection.Of(terms).CutAt(accepted.End);
        Assert.Equal(new(2027, 4, 2), accepted.End);
        Assert.Equal("41666666.67", terms.Currency.Format(cut.Invoices[^1].AmountMinorUnits));
        Assert.Equal("12541666666.67", terms.Currency.Format(cut.TotalMinorUnits));
    }

    private static NoticeOutcome Serve(LeaseTerms terms, string date) =>
        NoticeRules.Serve(terms, Party.Provider,
            terms.Zone.AtStrictly(LocalDatePattern.Iso.Parse(date).Value.At(new LocalTime(12, 0))).ToInstant());

    private static string Total(V1.LeaseTerms message)
    {
        var terms = ReferenceDeal.Read(message);
        return terms.Currency.Format(Projection.Of(terms).TotalMinorUnits);
    }
}
