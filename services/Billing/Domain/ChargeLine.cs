using Marketplace.Terms;

namespace Marketplace.Billing.Domain;

/// <summary>A line of an invoice with all that is needed to recompute it. Amounts are minor units.</summary>
internal sealed record ChargeLine
{
    public required int LineNumber { get; init; }
    public required string TrancheId { get; init; }
    public required string ClauseId { get; init; }
    public required DateOnly StartDate { get; init; }
    public required DateOnly EndDate { get; init; }
    public required FeeBasis Basis { get; init; }
    public required decimal Price { get; init; }
    public required decimal Discount { get; init; }
    public required DayCount DayCount { get; init; }
    public required long Numerator { get; init; }
    public required long Denominator { get; init; }
    public required int ContractedKw { get; init; }
    public required int BillableKw { get; init; }
    public required long BundleKw { get; init; }
    public required long Amount { get; init; }
    public required LineRounding Rounding { get; init; }

    /// <summary>
    /// Of the lines of an invoice one at most begins on a day for a tranche, however the lease is cut.
    /// </summary>
    public (string TrancheId, DateOnly StartDate) Segment => (TrancheId, StartDate);

    /// <summary>The lines of an invoice.</summary>
    public static IReadOnlyList<ChargeLine> Of(LeaseTerms terms, Invoice invoice) =>
        [.. invoice.Lines.Select((line, index) => Of(terms, line, index + 1))];

    private static ChargeLine Of(LeaseTerms terms, InvoiceLine line, int number) => new()
    {
        LineNumber = number,
        TrancheId = line.TrancheId,
        ClauseId = line.Clause.ClauseId,
        StartDate = line.Days.Start,
        EndDate = line.Days.End,
        Basis = line.Clause.Basis,
        Price = line.Clause.Amount,
        Discount = line.Clause.Discount ?? 0,
        DayCount = terms.DayCount,
        Numerator = line.DayCountFraction.Numerator,
        Denominator = line.DayCountFraction.Denominator,
        ContractedKw = line.ContractedKw,
        // Service that begins with the term is charged as contracted.
        BillableKw = line.ContractedKw,
        BundleKw = line.BundleKw,
        Amount = line.AmountMinorUnits,
        Rounding = RoundingOf(line, terms.Currency),
    };

    private static LineRounding RoundingOf(InvoiceLine line, Currency currency)
    {
        var exact = line.Exact(currency);
        if (exact == new Rational(line.AmountMinorUnits, 1)) return LineRounding.Exact;
        return exact.Floor() == line.AmountMinorUnits ? LineRounding.Down : LineRounding.Up;
    }
}

/// <summary>How the amount of a line follows from its exact amount.</summary>
internal enum LineRounding
{
    /// <summary>It is the exact amount.</summary>
    Exact = 1,

    /// <summary>It is rounded down.</summary>
    Down = 2,

    /// <summary>It is rounded down, plus one minor unit.</summary>
    Up = 3,
}
