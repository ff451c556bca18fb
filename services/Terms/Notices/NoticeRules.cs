using NodaTime;

namespace Marketplace.Terms;

/// <summary>
/// Computes what a notice comes to, in the order of the rules: deemed receipt, earliest service date, days of notice,
/// earliest effective date, alignment, natural end (contract semantics, Notice and termination).
/// </summary>
public static class NoticeRules
{
    // No term begins so early; what is received before counts as received then.
    private static readonly Instant FirstInstant = Instant.FromUtc(TermsLimits.YearMin - 100, 1, 1, 0, 0);

    /// <summary>What a notice comes to that a party serves for convenience.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="by">The party that serves it.</param>
    /// <param name="received">When it is received; never a date that the caller states.</param>
    /// <remarks>
    /// Of several rights that may be used, the one with the earliest end counts; of equal ones the first listed.
    /// </remarks>
    public static NoticeOutcome Serve(LeaseTerms terms, Party by, Instant received)
    {
        var rights = ConvenienceRights(terms, by).ToArray();
        if (rights.Length == 0) return new NoticeOutcome.NoRight();

        var end = terms.Zone.AtStartOfDay(LocalDate.FromDateOnly(terms.Term.End)).ToInstant();
        if (received >= end) return new NoticeOutcome.LeaseEnded(terms.Term.End);

        var receipt = DeemedReceipt(terms, Instant.Max(received, FirstInstant).InZone(terms.Zone).LocalDateTime);
        var usable = rights.Where(right => !(receipt < right.EarliestServiceDate)).ToArray();
        if (usable.Length == 0)
        {
            var first = rights.MinBy(right => right.EarliestServiceDate)!;
            return new NoticeOutcome.LockedIn(first, first.EarliestServiceDate!.Value);
        }
        var (chosen, reached) = usable.Select(right => (right, End: End(terms, right, receipt)))
            .MinBy(option => option.End);
        return new NoticeOutcome.Accepted(chosen, receipt, reached, reached < terms.Term.End);
    }

    /// <summary>
    /// The earliest end that a party can bring about on or after <paramref name="date"/>, for the firm meter: that of a
    /// notice received on the later of the date and the right's first valid date. Without a right it is the natural
    /// end.
    /// </summary>
    /// <param name="terms">The terms.</param>
    /// <param name="by">The party, or null for whichever comes first.</param>
    /// <param name="date">A civil date; it may lie before or after the term.</param>
    public static DateOnly EarliestEnd(LeaseTerms terms, Party? by, DateOnly date)
    {
        var earliest = terms.Term.End;
        // From the end on nothing is left to move, and the calendar need not reach further.
        if (date >= earliest) return earliest;
        foreach (var right in ConvenienceRights(terms, by))
        {
            var receipt = right.EarliestServiceDate > date ? right.EarliestServiceDate.Value : date;
            if (terms.NoticeReceipt?.Rule == NoticeReceiptRule.BusinessDays)
                receipt = BusinessDays(terms).OnOrAfter(receipt);
            var end = End(terms, right, receipt);
            if (end < earliest) earliest = end;
        }
        return earliest;
    }

    /// <summary>
    /// The last service day of a notice that counts as received on <paramref name="receipt"/>, which is excluded.
    /// </summary>
    internal static DateOnly LastServiceDay(
        BusinessCalendar businessDays, NoticeBasis basis, int noticeDays, DateOnly receipt) =>
        basis == NoticeBasis.Business
            ? businessDays.PlusBusinessDays(receipt, noticeDays)
            : receipt.AddDays(noticeDays);

    private static DateOnly DeemedReceipt(LeaseTerms terms, LocalDateTime local)
    {
        var date = local.Date.ToDateOnly();
        if (terms.NoticeReceipt is not { Rule: NoticeReceiptRule.BusinessDays } rule) return date;
        var isLate = local.TimeOfDay > rule.CutoffTime;
        return BusinessDays(terms).OnOrAfter(isLate ? date.AddDays(1) : date);
    }

    private static DateOnly End(LeaseTerms terms, TerminationRight right, DateOnly receipt)
    {
        var end = LastServiceDay(BusinessDays(terms), right.NoticeBasis, right.NoticeDays, receipt).AddDays(1);
        if (end < right.EarliestEffectiveDate) end = right.EarliestEffectiveDate.Value;
        if (right.Alignment == TerminationAlignment.EndOfBillingMonth)
            end = terms.Billing.Calendar.BoundaryOnOrAfter(end);
        if (end > terms.Term.End) end = terms.Term.End;
        return end < terms.Term.Start ? terms.Term.Start : end;
    }

    private static IEnumerable<TerminationRight> ConvenienceRights(LeaseTerms terms, Party? by) =>
        terms.TerminationRights.Where(right =>
            right.Kind == TerminationKind.Convenience && (by is null || right.IsHeldBy(by.Value)));

    private static BusinessCalendar BusinessDays(LeaseTerms terms) => new(terms.Holidays);
}
