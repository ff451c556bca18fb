using System.Numerics;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>Between exact amounts and money on the wire.</summary>
internal static class MoneyMapping
{
    private const int NanosPerUnit = 1_000_000_000;
    private const int UnitPricePlaces = 9;

    public static Rational ToRational(this Google.Type.Money money) =>
        new((BigInteger)money.Units * NanosPerUnit + money.Nanos, NanosPerUnit);

    /// <summary>What a block is worth at a price.</summary>
    public static V1.MarketValue ToMarketValue(this MarketPrice price, IdleBlock block)
    {
        var code = price.CurrencyCode;
        var places = Currency.Find(code)!.Exponent;
        return new()
        {
            CurrencyCode = code,
            ListingCount = price.ListingCount,
            LowestMwMonthAmount = RoundHalfAwayFromZero(price.Lowest, code, UnitPricePlaces),
            MedianMwMonthAmount = RoundHalfAwayFromZero(price.Median, code, UnitPricePlaces),
            LowestMonthAmount = RoundHalfAwayFromZero(MarketPrice.Monthly(price.Lowest, block), code, places),
            MedianMonthAmount = RoundHalfAwayFromZero(MarketPrice.Monthly(price.Median, block), code, places),
            LowestTotalAmount = RoundHalfAwayFromZero(MarketPrice.Total(price.Lowest, block), code, places),
            MedianTotalAmount = RoundHalfAwayFromZero(MarketPrice.Total(price.Median, block), code, places),
        };
    }

    private static Google.Type.Money RoundHalfAwayFromZero(Rational amount, string currencyCode, int places)
    {
        var scale = BigInteger.Pow(10, places);
        var rounded = (amount * new Rational(scale, 1)).RoundHalfAwayFromZero();
        return new()
        {
            CurrencyCode = currencyCode,
            Units = (long)(rounded / scale),
            Nanos = (int)(rounded % scale * NanosPerUnit / scale),
        };
    }
}
