namespace Marketplace.Terms;

/// <summary>
/// The fees of a lease day by day: slices of the term on which every tranche's power and price stay the same. A billing
/// segment is what a slice and a billing period have in common.
/// </summary>
internal sealed class FeeSchedule
{
    private readonly LeaseTerms terms;
    private readonly Slice[] slices;
    private readonly int trancheCount;

    public FeeSchedule(LeaseTerms terms)
    {
        this.terms = terms;
        trancheCount = terms.Tranches.Count;
        var tranches = terms.Tranches.OrderBy(tranche => tranche.Id, StringComparer.Ordinal).ToArray();
        var prices = terms.FeeIntervals.Select(interval => interval.EffectivePrice(terms.Currency)).ToArray();
        var boundaries = Boundaries();
        slices = new Slice[Math.Max(boundaries.Length - 1, 0)];
        for (var i = 0; i < slices.Length; i++)
        {
            var days = new DateRange(boundaries[i], boundaries[i + 1]);
            slices[i] = new(days, Array.ConvertAll(tranches, tranche => RateOf(tranche, days.Start, prices)));
        }
    }

    /// <summary>Computes the invoice of a billing period.</summary>
    /// <param name="fullPeriod">The whole billing period.</param>
    /// <param name="term">The term, or the part of it that is to be invoiced.</param>
    public Invoice Invoice(DateRange fullPeriod, DateRange term)
    {
        var period = fullPeriod.Intersect(term);
        var first = Array.FindIndex(slices, slice => slice.Days.End > period.Start);
        var count = 1;
        while (first + count < slices.Length && slices[first + count].Days.Start < period.End) count++;

        // Lines go by tranche and then by slice.
        var exact = new Rational[trancheCount * count];
        for (var i = 0; i < exact.Length; i++)
        {
            var (rate, _, fraction) = Segment(i);
            exact[i] = rate.PerMonth * new Rational(fraction.Numerator, fraction.Denominator);
        }
        var (total, amounts) = Rounding.FitByLargestRemainder(exact);
        var lines = new InvoiceLine[exact.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            var (rate, days, fraction) = Segment(i);
            lines[i] = new(rate.TrancheId, rate.Clause, days, fraction, rate.ContractedKw, rate.BundleKw, amounts[i]);
        }
        var issueDate = terms.Billing.Timing == BillingTiming.Advance ? period.Start : period.End;
        return new(period, fullPeriod, issueDate, issueDate.AddDays(terms.Billing.DueDays), lines, total);

        (Rate Rate, DateRange Days, DayCountFraction Fraction) Segment(int line)
        {
            var slice = slices[first + line % count];
            var days = slice.Days.Intersect(period);
            return (slice.Rates[line / count], days, terms.DayCount.Fraction(days, fullPeriod));
        }
    }

    // The common refinement of steps and intervals; ACT_ACT also splits at 1 January.
    private DateOnly[] Boundaries()
    {
        if (terms.Term.IsEmpty) return [];
        var dates = new SortedSet<DateOnly> { terms.Term.Start, terms.Term.End };
        foreach (var tranche in terms.Tranches)
            foreach (var step in tranche.CapacitySteps) dates.Add(step.Days.Start);
        foreach (var interval in terms.FeeIntervals)
        {
            dates.Add(interval.Days.Start);
            dates.Add(interval.Days.End);
        }
        if (terms.DayCount == DayCount.ActAct)
        {
            for (var year = terms.Term.Start.Year + 1; year <= terms.Term.End.AddDays(-1).Year; year++)
                dates.Add(new(year, 1, 1));
        }
        return [.. dates];
    }

    private Rate RateOf(Tranche tranche, DateOnly date, Rational[] prices)
    {
        var index = 0;
        while (!terms.FeeIntervals[index].Days.Contains(date) || !terms.FeeIntervals[index].Names(tranche.Id)) index++;
        var clause = terms.FeeIntervals[index];
        var contractedKw = tranche.ContractedKw(date);
        var bundleKw = terms.Tranches.Where(other => clause.Names(other.Id))
            .Sum(other => (long)other.ContractedKw(date));
        var perMonth = clause.Basis == FeeBasis.PerMwMonth
            ? prices[index] * new Rational(contractedKw, 1)
            : prices[index] * InvoiceLine.Share(contractedKw, bundleKw);
        return new(tranche.Id, clause, contractedKw, bundleKw, perMonth.Reduced());
    }

    private sealed record Slice(DateRange Days, Rate[] Rates);

    // PerMonth is what the tranche owes for a month at this price and power, in minor units.
    private sealed record Rate(string TrancheId, FeeInterval Clause, int ContractedKw, long BundleKw,
        Rational PerMonth);
}
