using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>What others ask for capacity of the same kind, as one transaction sees it.</summary>
internal sealed class MarketPrices(Transaction transaction)
{
    private const int PageSize = 1_000;
    private const int PagesMax = 20;

    private static readonly Rational MwMonthPriceMax = new(TermsLimits.UnitPriceMax, 1);

    // Pools of one provider, region and level share what is read for them.
    private readonly Dictionary<(Guid Provider, string Region, int ServiceLevel), IReadOnlyList<Asked>> markets = [];

    /// <summary>
    /// The prices of listings that the pool's provider may see and that are comparable, by currency: what the comment
    /// of MarketValue in usage.proto says.
    /// </summary>
    public async Task<IReadOnlyList<MarketPrice>> ReadAsync(Pool pool, DateRange days)
    {
        var market = (pool.OrganisationId, pool.Region, pool.ServiceLevel);
        if (!markets.TryGetValue(market, out var asked))
            markets.Add(market, asked = await ReadMarketAsync(pool.OrganisationId, pool.Region, pool.ServiceLevel));
        return MarketPrice.Of(
            from price in asked
            where price.AcceleratorModel == pool.AcceleratorModel && !price.Window.Intersect(days).IsEmpty
            select (price.CurrencyCode, price.MwMonthPrice));
    }

    private async Task<IReadOnlyList<Asked>> ReadMarketAsync(Guid provider, string region, int serviceLevel)
    {
        var published = nameof(ListingState.Published).ToUpperInvariant();
        var filter = new ListingFilter(published, null, null, region, serviceLevel);
        var asked = new List<Asked>();
        Guid? after = null;
        for (var page = 0; page < PagesMax; page++)
        {
            // What the provider may not see is no market price of its own.
            var listings = await ListingRows.ListVisibleAsync(
                transaction, provider, isToldAll: false, filter, after, PageSize);
            asked.AddRange(
                from seen in listings
                where seen.Listing.OrganisationId != provider
                select Asked.Of(seen.Listing));
            if (listings.Count < PageSize) break;
            after = listings[^1].Listing.ListingId;
        }
        return [.. asked.Where(price => price.MwMonthPrice <= MwMonthPriceMax)];
    }

    private sealed record Asked(string AcceleratorModel, DateRange Window, string CurrencyCode, Rational MwMonthPrice)
    {
        public static Asked Of(Listing listing)
        {
            var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
            var amount = offer.Price.Amount.ToRational();
            return new(
                listing.AcceleratorModel,
                new(offer.StartDate.ToDateOnly(), offer.EndDate.ToDateOnly()),
                offer.Price.Amount.CurrencyCode,
                offer.Price.Basis == Terms.V1.FeeBasis.FixedMonthly
                    ? MarketPrice.OfLot(amount, offer.MaximumLotKw)
                    : amount);
        }
    }
}
