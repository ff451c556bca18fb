using FsCheck;
using FsCheck.Fluent;

namespace Marketplace.Terms.Tests;

/// <summary>What holds for the projection of any terms.</summary>
public sealed class ProjectionPropertyTests
{
    private static readonly Config Cases = Config.QuickThrowOnFailure.WithMaxTest(10_000);

    private static readonly DateOnly FirstDay = new(2023, 1, 1);

    private static readonly DayCount[] DayCounts = Enum.GetValues<DayCount>();

    // Terms, and a position from a little before their start to a little after their end.
    private static readonly Gen<(LeaseTerms Terms, DateOnly Date)> TermsAndDate =
        from message in AnyTerms.Supported
        let terms = ReferenceDeal.Read(message)
        from day in Gen.Choose(-10, terms.Term.Days + 10)
        select (terms, terms.Term.Start.AddDays(day));

    [Fact]
    public void Fraction_WholeMonth_IsExactlyOne()
    {
        // Under THIRTY_360 a month from the 29th, 30th or 31st of January has 28 or 29 days, and the next one makes up
        // for it.
        var months =
            from dayCount in Gen.Elements(DayCount.ActMonth, DayCount.Thirty360)
            from day in Gen.Choose(1, dayCount == DayCount.ActMonth ? 31 : 28)
            from date in Gen.Choose(0, 9_000)
            select (dayCount, period: new BillingCalendar(day).PeriodContaining(FirstDay.AddDays(date)));
        Check(months, month =>
        {
            var fraction = month.dayCount.Fraction(month.period, month.period);
            return fraction.Numerator == fraction.Denominator;
        });
    }

    [Fact]
    public void Fraction_AnyPartitionOfAPeriod_AddsUpToTheWhole()
    {
        var partitions =
            from dayCount in Gen.Elements(DayCounts)
            from day in Gen.Choose(1, 31)
            from date in Gen.Choose(0, 9_000)
            let period = new BillingCalendar(day).PeriodContaining(FirstDay.AddDays(date))
            from cuts in Gen.Choose(0, period.Days).ListOf()
            select (dayCount, period, cuts);
        Check(partitions, partition =>
        {
            var (dayCount, period, cuts) = partition;
            return Sum(cuts.Select(period.Start.AddDays)) == Sum([]);

            Rational Sum(IEnumerable<DateOnly> boundaries)
            {
                var newYear = new DateOnly(period.End.Year, 1, 1);
                var all = boundaries.Append(period.Start).Append(period.End)
                    .Concat(dayCount == DayCount.ActAct && period.Contains(newYear) ? [newYear] : []).Distinct().Order()
                        .ToArray();
                return all.Zip(all.Skip(1), (start, end) => dayCount.Fraction(new(start, end), period))
                    .Aggregate(Rational.Zero, (sum, part) => sum + new Rational(part.Numerator, part.Denominator));
            }
        });
    }

    [Fact]
    public void Of_FeeIntervalSplitAnywhere_KeepsEveryInvoice() => Check(TermsAndDate, input =>
    {
        var (terms, date) = input;
        var split = terms with
        {
            FeeIntervals =
            [
                .. terms.FeeIntervals.SelectMany(interval => interval.Days.Start < date && interval.Days.Contains(date)
                    ? new[]
                    {
                        interval with { Days = new(interval.Days.Start, date) },
                        interval with { ClauseId = interval.ClauseId + "-b", Days = new(date, interval.Days.End) },
                    }
                    : [interval]),
            ],
        };
        return Projection.Of(terms).Invoices.Select(invoice => invoice.AmountMinorUnits)
            .SequenceEqual(Projection.Of(split).Invoices.Select(invoice => invoice.AmountMinorUnits));
    });

    [Fact]
    public void CutAt_AnyDate_EqualsTheProjectionOfTheCutTerm() => Check(TermsAndDate, input =>
    {
        var (terms, date) = input;
        var cut = Projection.Of(terms).CutAt(date);
        var ofCutTerms = Projection.Of(terms.CutAt(date));
        return cut.TotalMinorUnits == ofCutTerms.TotalMinorUnits
            && cut.Invoices.Count == ofCutTerms.Invoices.Count
            && cut.Invoices.Zip(ofCutTerms.Invoices).All(pair =>
                pair.First with { Lines = [] } == pair.Second with { Lines = [] }
                && pair.First.Lines.Select(Facts).SequenceEqual(pair.Second.Lines.Select(Facts)));

        // The clauses of cut terms are clipped, so a line is compared by what it says and not by its clause's days.
        static object Facts(InvoiceLine line) =>
            (line.TrancheId, line.Clause.ClauseId, line.Days, line.DayCountFraction, line.ContractedKw, line.BundleKw,
                line.AmountMinorUnits);
    });

    [Fact]
    public void Of_AnyTerms_ChargesEveryDayOfEveryTrancheOnce() =>
        Check(AnyTerms.Supported.Select(ReferenceDeal.Read), terms =>
    {
        var invoices = Projection.Of(terms).Invoices;
        return Tiles(invoices.Select(invoice => invoice.Period), terms.Term)
            && terms.Tranches.All(tranche => invoices.All(invoice =>
                Tiles(invoice.Lines.Where(line => line.TrancheId == tranche.Id).Select(line => line.Days),
                    invoice.Period)))
            && invoices.All(invoice => invoice.Lines.All(line =>
                line.Clause.Days.Intersect(line.Days) == line.Days
                && line.ContractedKw == terms.Tranches.Single(tranche => tranche.Id == line.TrancheId)
                    .ContractedKw(line.Days.End.AddDays(-1))));

        static bool Tiles(IEnumerable<DateRange> parts, DateRange whole)
        {
            var covered = whole.Start;
            foreach (var part in parts)
            {
                if (part.Start != covered || part.IsEmpty) return false;
                covered = part.End;
            }
            return covered == whole.End;
        }
    });

    [Fact]
    public void Of_AnyTerms_LinesAddUpToTheRoundedInvoice() =>
        Check(AnyTerms.Supported.Select(ReferenceDeal.Read), terms =>
        Projection.Of(terms).Invoices.All(invoice =>
        {
            var exact = invoice.Lines.Aggregate(Rational.Zero, (sum, line) => sum + line.Exact(terms.Currency));
            return invoice.AmountMinorUnits == exact.RoundHalfAwayFromZero()
                && invoice.AmountMinorUnits == invoice.Lines.Sum(line => line.AmountMinorUnits)
                && invoice.Lines.All(line => line.AmountMinorUnits - line.Exact(terms.Currency).Floor() is var extra
                    && (extra == 0 || extra == 1));
        }));

    [Fact]
    public void Meters_AnyTermsAndDate_FirmIsAtMostHeadline() => Check(TermsAndDate, input =>
    {
        var (terms, date) = input;
        var projection = Projection.Of(terms);
        var meters = Meters.Read(terms, projection, date);
        return meters.Firm <= meters.Headline
            && meters.FirmByProvider <= meters.Headline
            && meters.FirmByBuyer <= meters.Headline
            && meters.Firm == Math.Min(meters.FirmByProvider, meters.FirmByBuyer)
            && meters.FirmRemaining >= 0
            && meters.Billed + meters.Remaining == meters.Headline
            && meters.Remaining >= 0;
    });

    [Fact]
    public void CutAt_LaterDate_NeverCostsLess() => Check(
        from input in TermsAndDate
        from days in Gen.Choose(0, 70)
        select (input.Terms, input.Date,
            Later: input.Date.AddDays(days)),
        input =>
        {
            var projection = Projection.Of(input.Terms);
            return projection.CutAt(input.Date).TotalMinorUnits <= projection.CutAt(input.Later).TotalMinorUnits;
        });

    private static void Check<T>(Gen<T> values, Func<T, bool> holds) =>
        Prop.ForAll(Arb.From(values), holds).Check(Cases);
}
