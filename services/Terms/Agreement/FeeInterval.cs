namespace Marketplace.Terms;

/// <summary>What is paid over some days.</summary>
/// <param name="ClauseId">The name under which invoice lines cite the interval.</param>
/// <param name="Days">The days.</param>
/// <param name="Basis">What the price is for.</param>
/// <param name="Amount">The price before the discount, in currency units; exact.</param>
/// <param name="Discount">The share that is waived, in <c>[0, 1]</c>, or null if the terms state none.</param>
/// <param name="Anchor">Whether the days move with service commencement.</param>
/// <param name="TrancheIds">The tranches that the fee is for; empty: all.</param>
public sealed record FeeInterval(
    string ClauseId,
    DateRange Days,
    FeeBasis Basis,
    decimal Amount,
    decimal? Discount,
    FeeAnchor Anchor,
    IReadOnlyList<string> TrancheIds)
{
    /// <summary>Whether the fee is for a tranche.</summary>
    public bool Names(string trancheId) => TrancheIds.Count == 0 || TrancheIds.Contains(trancheId);

    /// <summary>
    /// The exact price after the discount in minor units: of a month for <see cref="FeeBasis.FixedMonthly"/>, of a
    /// kW-month for <see cref="FeeBasis.PerMwMonth"/>.
    /// </summary>
    public Rational EffectivePrice(Currency currency)
    {
        var price = Rational.Of(Amount) * Rational.Of(1 - (Discount ?? 0))
            * new Rational(currency.MinorUnitsPerUnit, Basis == FeeBasis.PerMwMonth ? 1000 : 1);
        return price.Reduced();
    }
}

/// <summary>What a price is paid for.</summary>
public enum FeeBasis
{
    /// <summary>A whole month of the tranches together, whatever their power.</summary>
    FixedMonthly = 1,

    /// <summary>One MW over one month.</summary>
    PerMwMonth = 2,
}

/// <summary>What the dates of a fee interval hang on.</summary>
public enum FeeAnchor
{
    /// <summary>The calendar.</summary>
    Calendar = 1,

    /// <summary>The service commencement date.</summary>
    Commencement = 2,
}
