namespace Marketplace.Terms;

/// <summary>
/// What one tranche owes for one segment of a billing period, with all that is needed to recompute it without the
/// system (contract semantics, Money).
/// </summary>
/// <param name="TrancheId">The tranche.</param>
/// <param name="Clause">The fee interval that says so: its price, basis and discount.</param>
/// <param name="Days">The segment.</param>
/// <param name="DayCountFraction">The share of a month, unreduced.</param>
/// <param name="ContractedKw">The tranche's power in the segment, in kW.</param>
/// <param name="BundleKw">The power of all tranches that the clause is for, in kW.</param>
/// <param name="AmountMinorUnits">The amount, fitted so that the lines add up to their invoice.</param>
public sealed record InvoiceLine(
    string TrancheId,
    FeeInterval Clause,
    DateRange Days,
    DayCountFraction DayCountFraction,
    int ContractedKw,
    long BundleKw,
    long AmountMinorUnits)
{
    /// <summary>The exact amount in minor units, before the invoice's one rounding.</summary>
    /// <remarks>
    /// Amount x (1 - discount) x day-count fraction, times MW for a price per MW-month, times the tranche's share of
    /// the power of its bundle for a fixed fee.
    /// </remarks>
    public Rational Exact(Currency currency) =>
        Clause.EffectivePrice(currency)
        * new Rational(DayCountFraction.Numerator, DayCountFraction.Denominator)
        * (Clause.Basis == FeeBasis.PerMwMonth ? new(ContractedKw, 1) : Share(ContractedKw, BundleKw));

    // Without power in the whole bundle a fixed fee can only be zero (the reader sees to that), so its division does
    // not matter.
    internal static Rational Share(int contractedKw, long bundleKw) =>
        bundleKw == 0 ? Rational.Zero : new(contractedKw, bundleKw);
}
