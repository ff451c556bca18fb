using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Domain;

/// <summary>What a notice for convenience comes to, in days and money.</summary>
internal static class TerminationRules
{
    /// <summary>Holds a notice that is received now against the signed terms.</summary>
    /// <param name="terms">The signed terms.</param>
    /// <param name="by">The side that serves it.</param>
    /// <param name="clauseId">The right to be used; empty: the one that ends the lease first.</param>
    /// <param name="received">When it is received.</param>
    public static NoticeOutcome Serve(LeaseTerms terms, Party by, string clauseId, Instant received)
    {
        if (clauseId.Length == 0) return NoticeRules.Serve(terms, by, received);
        var rights = terms.TerminationRights.Where(right => right.ClauseId == clauseId);
        return NoticeRules.Serve(terms with { TerminationRights = [.. rights] }, by, received);
    }

    /// <summary>The effect of a valid notice.</summary>
    /// <param name="terms">The signed terms.</param>
    /// <param name="endDate">When the lease ends as things stand.</param>
    /// <param name="accepted">What the notice comes to.</param>
    /// <param name="today">The civil day on which it is received; what is issued by then is invoiced.</param>
    public static V1.TerminationEffect Effect(
        LeaseTerms terms, DateOnly endDate, NoticeOutcome.Accepted accepted, DateOnly today)
    {
        var projection = Projection.Of(terms);
        var remaining = projection.CutAt(accepted.End).TotalMinorUnits - projection.CutAt(
            accepted.DeemedReceipt).TotalMinorUnits;
        var effect = new V1.TerminationEffect
        {
            ClauseId = accepted.Right.ClauseId,
            ReceiptDate = Wire.Date(accepted.DeemedReceipt),
            EndDate = Wire.Date(accepted.End),
            MovesEnd = accepted.End < endDate,
            RemainingAmount = Wire.Money(Math.Max(0, remaining), terms.Currency),
            TerminationFeeAmount = Wire.Money(0L, terms.Currency),
            CreditAmount = Wire.Money(Credit(projection.CutAt(endDate), accepted.End, today), terms.Currency),
            DepositReturnAmount = Wire.Money(0L, terms.Currency),
        };
        if (accepted.End > terms.Term.Start) effect.LastServiceDate = Wire.Date(accepted.End.AddDays(-1));
        return effect;
    }

    /// <summary>Whether two effects end the lease on the same day at the same cost.</summary>
    public static bool IsSame(V1.TerminationEffect left, V1.TerminationEffect right) =>
        left.ClauseId == right.ClauseId
        && left.EndDate.Equals(right.EndDate)
        && left.MovesEnd == right.MovesEnd
        && left.RemainingAmount.Equals(right.RemainingAmount)
        && left.TerminationFeeAmount.Equals(right.TerminationFeeAmount)
        && left.CreditAmount.Equals(right.CreditAmount)
        && left.DepositReturnAmount.Equals(right.DepositReturnAmount);

    // What the invoices issued so far say beyond what the shortened terms owe for the same periods.
    private static long Credit(Projection current, DateOnly end, DateOnly today)
    {
        var shortened = current.CutAt(end).Invoices.ToDictionary(
            invoice => invoice.FullPeriod.Start, invoice => invoice.AmountMinorUnits);
        return current.Invoices
            .Where(invoice => invoice.IssueDate <= today)
            .Sum(invoice => invoice.AmountMinorUnits - shortened.GetValueOrDefault(invoice.FullPeriod.Start));
    }
}
