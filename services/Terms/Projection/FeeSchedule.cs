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
        slices = Slices();
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

    // Walks over steps and intervals with the slices: looking them up for every slice is millions of look-ups for a
    // sheet of full size.
    private Slice[] Slices()
    {
        var tranches = terms.Tranches.OrderBy(tranche => tranche.Id, StringComparer.Ordinal).ToArray();
        var fees = terms.FeeIntervals.OrderBy(fee => fee.Days.Start).ToArray();
        var prices = Array.ConvertAll(fees, fee => fee.EffectivePrice(terms.Currency));
        var feesOf = Array.ConvertAll(
            tranches, tranche => Enumerable.Range(0, fees.Length).Where(fee => fees[fee].Names(tranche.Id)).ToArray());
        var (step, fee, bundleKw) = (new int[tranches.Length], new int[tranches.Length], new long[fees.Length]);
        var boundaries = Boundaries();
        var result = new Slice[Math.Max(boundaries.Length - 1, 0)];
        for (var i = 0; i < result.Length; i++)
        {
            var days = new DateRange(boundaries[i], boundaries[i + 1]);
            for (var t = 0; t < tranches.Length; t++)
            {
                while (tranches[t].CapacitySteps[step[t]].Days.End <= days.Start) step[t]++;
                while (fees[feesOf[t][fee[t]]].Days.End <= days.Start) fee[t]++;
                bundleKw[feesOf[t][fee[t]]] = 0;
            }
            for (var t = 0; t < tranches.Length; t++)
                bundleKw[feesOf[t][fee[t]]] += tranches[t].CapacitySteps[step[t]].ContractedKw;
            var rates = new Rate[tranches.Length];
            for (var t = 0; t < tranches.Length; t++)
            {
                var paid = feesOf[t][fee[t]];
                var contractedKw = tranches[t].CapacitySteps[step[t]].ContractedKw;
                rates[t] = RateOf(tranches[t].Id, fees[paid], prices[paid], contractedKw, bundleKw[paid]);
            }
            result[i] = new(days, rates);
        }
        return result;
    }

    private static Rate RateOf(string trancheId, FeeInterval clause, Rational price, int contractedKw, long bundleKw)
    {
        var share = clause.Basis == FeeBasis.PerMwMonth
            ? new(contractedKw, 1)
            : InvoiceLine.Share(contractedKw, bundleKw);
        return new(trancheId, clause, contractedKw, bundleKw, (price * share).Reduced());
    }

    private sealed record Slice(DateRange Days, Rate[] Rates);

    // PerMonth is what the tranche owes for a month at this price and power, in minor units.
    private sealed record Rate(string TrancheId, FeeInterval Clause, int ContractedKw, long BundleKw,
        Rational PerMonth);
}
