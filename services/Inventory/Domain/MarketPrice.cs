using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>What a megawatt costs for a month on the market, in one currency, before discounts.</summary>
/// <param name="CurrencyCode">The currency.</param>
/// <param name="ListingCount">How many listings ask it, at least one.</param>
/// <param name="Lowest">The lowest price, in currency units.</param>
/// <param name="Median">The middle price, or the mean of the two in the middle, in currency units.</param>
internal sealed record MarketPrice(string CurrencyCode, int ListingCount, Rational Lowest, Rational Median)
{
    private const int KwPerMw = 1_000;

    /// <summary>The prices by currency, most listings first, then by code.</summary>
    public static IReadOnlyList<MarketPrice> Of(IEnumerable<(string CurrencyCode, Rational MwMonthPrice)> prices) =>
    [
        .. from price in prices
           group price.MwMonthPrice by price.CurrencyCode into currency
           let sorted = currency.Order().ToList()
           let middle = sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]
           orderby sorted.Count descending, currency.Key
           select new MarketPrice(currency.Key, sorted.Count, sorted[0], middle * new Rational(1, 2)),
    ];

    /// <summary>The price of a megawatt for a month where a lot has one price.</summary>
    public static Rational OfLot(Rational price, int lotKw) => price * new Rational(KwPerMw, lotKw);

    /// <summary>A price of a megawatt for a month, for all of a block over a month.</summary>
    public static Rational Monthly(Rational mwMonthPrice, IdleBlock block) =>
        mwMonthPrice * new Rational(block.Kw, KwPerMw);

    /// <summary>The same over all of its days; part of a month counts by its days (ACT_MONTH).</summary>
    public static Rational Total(Rational mwMonthPrice, IdleBlock block)
    {
        var months = Rational.Zero;
        for (var start = block.Days.Start; start < block.Days.End;)
        {
            var next = new DateOnly(start.Year, start.Month, 1).AddMonths(1);
            var end = next < block.Days.End ? next : block.Days.End;
            months += new Rational(
                end.DayNumber - start.DayNumber, DateTime.DaysInMonth(start.Year, start.Month));
            start = end;
        }
        return Monthly(mwMonthPrice, block) * months;
    }
}
