namespace Marketplace.Terms;

/// <summary>
/// The one list of what is supported: every term that can be said and has no behaviour yet is found here. A service
/// refuses terms with such a field; a projection leaves it out and says so.
/// </summary>
internal static class SupportedTerms
{
    public static IEnumerable<TermsFinding> FindUnsupported(V1.LeaseTerms terms)
    {
        for (var i = 0; i < terms.Tranches.Count; i++)
        {
            var tranche = terms.Tranches[i];
            if (tranche.Delivery?.Kind == V1.DeliveryKind.Acceptance)
                yield return Unsupported($"tranches[{i}].delivery.kind",
                    "Delivery by acceptance; service is taken to begin as the steps say");
            if (tranche.Availability is not null)
                yield return Unsupported($"tranches[{i}].availability", "Availability credits");
        }
        for (var i = 0; i < terms.FeeIntervals.Count; i++)
        {
            if (terms.FeeIntervals[i].Anchor == V1.FeeAnchor.Commencement)
                yield return Unsupported($"fee_intervals[{i}].anchor",
                    "COMMENCEMENT; the interval is taken to stay where it is");
        }
        for (var i = 0; i < terms.TerminationRights.Count; i++)
        {
            var right = terms.TerminationRights[i];
            if (right.Kind > V1.TerminationKind.Convenience)
                yield return Unsupported($"termination_rights[{i}].kind",
                    "A right to terminate for anything but convenience");
            if (right.Fee?.Kind > V1.TerminationFeeKind.None)
                yield return Unsupported($"termination_rights[{i}].fee.kind", "A termination fee");
        }
        if (terms.Renewal is not null)
        {
            if (terms.Renewal.Kind > V1.RenewalKind.Cancel)
                yield return Unsupported("renewal.kind", "Renewal; the lease is taken to end");
            if (terms.Renewal.HoldoverMultiple is not null)
                yield return Unsupported("renewal.holdover_multiple", "Holdover");
            if (terms.Renewal.DecommissioningDays > 0)
                yield return Unsupported("renewal.decommissioning_days", "A decommissioning margin");
        }
        for (var i = 0; i < terms.Options.Count; i++)
            yield return Unsupported($"options[{i}]", "An option; it is taken not to be exercised");
        for (var i = 0; i < terms.Commitments.Count; i++)
            yield return Unsupported($"commitments[{i}]", "A take-or-pay commitment");
        if (terms.Deposit is not null) yield return Unsupported("deposit", "A deposit");
        for (var i = 0; i < terms.Prepayments.Count; i++)
            yield return Unsupported($"prepayments[{i}]", "A prepayment");
        for (var i = 0; i < terms.LettersOfCredit.Count; i++)
            yield return Unsupported($"letters_of_credit[{i}]", "A letter of credit");
        for (var i = 0; i < terms.Escrows.Count; i++)
            yield return Unsupported($"escrows[{i}]", "An escrow");
        if (terms.PaymentDefault is not null) yield return Unsupported("payment_default", "What follows default");
    }

    private static TermsFinding Unsupported(string field, string what) =>
        new(field, TermsReasons.UnsupportedTerm, $"Not supported yet: {char.ToLowerInvariant(what[0])}{what[1..]}.");
}
