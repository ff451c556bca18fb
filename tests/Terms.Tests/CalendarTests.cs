namespace Marketplace.Terms.Tests;

/// <summary>Billing periods and day counts at the ends of months.</summary>
public sealed class CalendarTests
{
    [Theory]
    [InlineData(1, "2026-05-17", "2026-05-01", "2026-06-01")]
    [InlineData(31, "2026-02-15", "2026-01-31", "2026-02-28")]
    [InlineData(31, "2026-02-28", "2026-02-28", "2026-03-31")]
    [InlineData(31, "2028-02-28", "2028-01-31", "2028-02-29")]
    [InlineData(30, "2026-03-29", "2026-02-28", "2026-03-30")]
    [InlineData(15, "2026-12-31", "2026-12-15", "2027-01-15")]
    [InlineData(15, "2027-01-14", "2026-12-15", "2027-01-15")]
    public void PeriodContaining_AnniversaryDay_ReturnsToTheOriginalDay(int day, string date, string start,
        string end) =>
        Assert.Equal(
            new DateRange(ReferenceDeal.Day(start), ReferenceDeal.Day(end)),
            new BillingCalendar(day).PeriodContaining(ReferenceDeal.Day(date)));

    [Theory]
    [InlineData("2026-05-30", "2026-05-31", 0)] // a zero-day segment
    [InlineData("2026-05-31", "2026-06-01", 1)]
    [InlineData("2026-02-28", "2026-03-01", 3)]
    [InlineData("2026-02-01", "2026-03-01", 30)]
    [InlineData("2026-12-01", "2027-01-01", 30)]
    [InlineData("2026-05-03", "2026-06-01", 28)]
    public void Fraction_Thirty360_CountsMonthsOf30Days(string start, string end, int days)
    {
        var segment = new DateRange(ReferenceDeal.Day(start), ReferenceDeal.Day(end));
        Assert.Equal(new DayCountFraction(days, 30), DayCount.Thirty360.Fraction(segment, segment));
    }

    [Theory]
    [InlineData("2028-02-10", "2028-02-20", 366)]
    [InlineData("2027-02-10", "2027-02-20", 365)]
    public void Fraction_ActAct_DividesByTheDaysOfTheYear(string start, string end, int yearDays)
    {
        var segment = new DateRange(ReferenceDeal.Day(start), ReferenceDeal.Day(end));
        Assert.Equal(new DayCountFraction(120, yearDays), DayCount.ActAct.Fraction(segment, segment));
    }

    [Fact]
    public void Projection_ActActOverNewYear_SplitsAt1January()
    {
        var message = ReferenceDeal.Message(dayCount: V1.DayCount.ActAct);
        (message.Billing.Cycle, message.Billing.AnniversaryDay) = (V1.BillingCycle.Anniversary, 15);
        var overNewYear = Projection.Of(ReferenceDeal.Read(message))
            .Invoices.Single(invoice => invoice.Period.Start == new DateOnly(2027, 12, 15));
        Assert.Equal(
            [new DayCountFraction(12 * 17, 365), new DayCountFraction(12 * 14, 366)],
            overNewYear.Lines.Select(line => line.DayCountFraction));
    }

    [Theory]
    [InlineData("USD", 123456, "1234.56")]
    [InlineData("JPY", 123456, "123456")]
    [InlineData("KWD", 123456, "123.456")]
    [InlineData("CLF", -5, "-0.0005")]
    public void Format_Currency_HasTheExponentsPlaces(string code, long minorUnits, string text) =>
        Assert.Equal(text, Currency.Find(code)!.Format(minorUnits));

    [Theory]
    [InlineData("usd")]
    [InlineData("XXX")]
    [InlineData("DEM")]
    public void Find_CodeNotInCirculation_IsNull(string code) => Assert.Null(Currency.Find(code));
}
