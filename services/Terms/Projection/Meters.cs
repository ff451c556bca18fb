namespace Marketplace.Terms;

/// <summary>
/// The two meters of a lease on a date (contract semantics, Two meters on every lease). Amounts in minor units.
/// </summary>
/// <param name="At">The civil date.</param>
/// <param name="Headline">The total contract value.</param>
/// <param name="Billed">The invoices that are issued on or before the date.</param>
/// <param name="Remaining">Headline less billed.</param>
/// <param name="Firm">What cannot be walked away from by any party: the total of the terms cut at the earliest end that
/// a notice can still bring about.</param>
/// <param name="FirmByProvider">The same if only the provider may give notice.</param>
/// <param name="FirmByBuyer">The same if only the buyer may give notice.</param>
/// <param name="FirmRemaining">Firm less the total of the terms cut at the date.</param>
/// <param name="FirmEnd">The end that <see cref="Firm"/> is computed for.</param>
public sealed record Meters(
    DateOnly At,
    long Headline,
    long Billed,
    long Remaining,
    long Firm,
    long FirmByProvider,
    long FirmByBuyer,
    long FirmRemaining,
    DateOnly FirmEnd)
{
    /// <summary>Reads the meters.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="projection">Their projection.</param>
    /// <param name="at">The civil date; it may lie before the start, for instance the day of signing.</param>
    public static Meters Read(LeaseTerms terms, Projection projection, DateOnly at)
    {
        long FirmBy(Party? party) => projection.CutAt(NoticeRules.EarliestEnd(terms, party, at)).TotalMinorUnits;

        var headline = projection.TotalMinorUnits;
        var billed = projection.Invoices.Where(invoice => invoice.IssueDate <= at)
            .Sum(invoice => invoice.AmountMinorUnits);
        var firm = FirmBy(null);
        return new(
            at,
            headline,
            billed,
            headline - billed,
            firm,
            FirmBy(Party.Provider),
            FirmBy(Party.Buyer),
            Math.Max(0, firm - projection.CutAt(at).TotalMinorUnits),
            NoticeRules.EarliestEnd(terms, null, at));
    }
}
