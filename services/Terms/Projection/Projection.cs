namespace Marketplace.Terms;

/// <summary>
/// The whole cash flow that terms give if nothing happens in between: what is projected at signing is what is later
/// invoiced, to the cent.
/// </summary>
public sealed class Projection
{
    private readonly FeeSchedule schedule;
    private readonly List<Invoice> invoices;

    private Projection(FeeSchedule schedule, List<Invoice> invoices)
    {
        (this.schedule, this.invoices) = (schedule, invoices);
        foreach (var invoice in invoices) TotalMinorUnits = checked(TotalMinorUnits + invoice.AmountMinorUnits);
    }

    /// <summary>
    /// One invoice for each billing period that overlaps the term, in order, also when nothing is owed.
    /// </summary>
    public IReadOnlyList<Invoice> Invoices => invoices;

    /// <summary>The sum of the rounded invoices, in minor units.</summary>
    public long TotalMinorUnits { get; }

    /// <summary>Projects terms.</summary>
    public static Projection Of(LeaseTerms terms)
    {
        var schedule = new FeeSchedule(terms);
        var invoices = new List<Invoice>(terms.Term.Days / 28 + 2);
        if (!terms.Term.IsEmpty)
        {
            var calendar = terms.Billing.Calendar;
            var period = calendar.PeriodContaining(terms.Term.Start);
            for (; period.Start < terms.Term.End; period = calendar.Next(period))
                invoices.Add(schedule.Invoice(period, terms.Term));
        }
        return new(schedule, invoices);
    }

    /// <summary>
    /// The cash flow of a lease that ends on <paramref name="date"/>: the same as the projection of the terms cut at
    /// that date, without computing again what does not change.
    /// </summary>
    public Projection CutAt(DateOnly date)
    {
        var kept = invoices.FindIndex(invoice => invoice.Period.End > date);
        if (kept < 0) return this;
        var cut = invoices[..kept];
        if (invoices[kept] is var last && last.Period.Start < date)
            cut.Add(schedule.Invoice(last.FullPeriod, last.Period.CutAt(date)));
        return new(schedule, cut);
    }
}
