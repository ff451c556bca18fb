using Marketplace.Inventory.V1;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Domain;

/// <summary>A criterion that a listing does not meet.</summary>
internal sealed record Misfit(string Field, string Reason, string Description);

/// <summary>What came of holding a listing against criteria.</summary>
/// <param name="Misfits">The criteria that it does not meet; none: it fits.</param>
/// <param name="Message">The terms of a lease on it, if it fits.</param>
/// <param name="Terms">The same, read.</param>
/// <param name="Cost">What they cost.</param>
internal sealed record ListingFit(
    IReadOnlyList<Misfit> Misfits, Marketplace.Terms.V1.LeaseTerms? Message, LeaseTerms? Terms, ContractCost? Cost)
{
    /// <summary>Holds a listing against criteria and, if it fits, writes its terms and computes their cost.</summary>
    public static ListingFit Of(Listing listing, Criteria criteria, Instant now)
    {
        var misfits = Compare(listing, criteria).ToList();
        if (misfits.Count > 0) return new(misfits, null, null, null);

        var message = OfferedTerms.Write(listing, criteria);
        var reading = TermsReader.Read(message);
        if (reading.Terms is not { } terms || reading.Unsupported.Count > 0)
        {
            // For instance a notice that is longer than the wanted term.
            var found = reading.Violations.Concat(reading.Open).Concat(reading.Unsupported);
            var unfit = found.Select(finding => new Misfit(finding.Field, finding.Reason, finding.Message));
            return new([.. unfit], null, null, null);
        }
        var cost = ContractCost.Of(terms, now.InZone(terms.Zone).Date.ToDateOnly());
        if (criteria.MaximumMwMonthAmount is { } maximum && cost.MwMonth > maximum)
            misfits.Add(new("maximum_mw_month_amount", "PRICE_TOO_HIGH", $"An MW-month costs {cost.MwMonth:0.00}."));
        return new(misfits, message, terms, cost);
    }

    private static IEnumerable<Misfit> Compare(Listing listing, Criteria criteria)
    {
        var (offer, term) = (listing.Offer, criteria.Term);
        if (listing.ServiceLevel != criteria.ServiceLevel)
            yield return new("service_level", "OTHER_SERVICE_LEVEL", $"The provider operates {listing.ServiceLevel}.");
        if (offer.Price.Amount.CurrencyCode != criteria.Currency.Code)
            yield return new("currency_code", "OTHER_CURRENCY", $"The price is in {offer.Price.Amount.CurrencyCode}.");
        if (criteria.Regions.Count > 0 && !criteria.Regions.Contains(listing.Region))
            yield return new("regions", "OTHER_REGION", $"The site is in {listing.Region}.");
        if (criteria.AcceleratorModels.Count > 0 && !criteria.AcceleratorModels.Contains(listing.AcceleratorModel))
            yield return new("accelerator_models", "OTHER_ACCELERATOR",
                $"The accelerator is {(listing.AcceleratorModel.Length == 0 ? "none" : listing.AcceleratorModel)}.");

        var window = new DateRange(Wire.Day(offer.StartDate), Wire.Day(offer.EndDate));
        if (term.Start < window.Start || term.End > window.End)
            yield return new("capacity_steps", "OUTSIDE_WINDOW", $"The window is {window}.");
        if (offer.MinimumTermMonths > 0 && term.Start.AddMonths(offer.MinimumTermMonths) > term.End)
            yield return new(
                "capacity_steps", "TERM_TOO_SHORT", $"The shortest term is {offer.MinimumTermMonths} months.");
        if (offer.MaximumTermMonths > 0 && term.Start.AddMonths(offer.MaximumTermMonths) < term.End)
            yield return new(
                "capacity_steps", "TERM_TOO_LONG", $"The longest term is {offer.MaximumTermMonths} months.");
        if (criteria.Steps.Any(step => !IsLot(step.ContractedKw, offer)))
            yield return new("capacity_steps", "LOT_NOT_OFFERED",
                $"Lots are {offer.MinimumLotKw} to {offer.MaximumLotKw} kW "
                + $"in steps of {Math.Max(1, offer.LotStepKw)} kW.");
        if (criteria.Steps.Any(step => FreeCapacity.Least(OfferedSteps(offer, window), step.Days) < step.ContractedKw))
            yield return new("capacity_steps", "NOT_OFFERED", "On some days less power is offered than is wanted.");
    }

    private static bool IsLot(int kw, ListingOffer offer) =>
        kw >= offer.MinimumLotKw && kw <= offer.MaximumLotKw
            && (kw - offer.MinimumLotKw) % Math.Max(1, offer.LotStepKw) == 0;

    private static List<CapacityStep> OfferedSteps(ListingOffer offer, DateRange window)
    {
        var steps = new List<CapacityStep>(offer.OfferedSteps.Count);
        for (var i = 0; i < offer.OfferedSteps.Count; i++)
        {
            var end = i + 1 < offer.OfferedSteps.Count ? Wire.Day(offer.OfferedSteps[i + 1].StartDate) : window.End;
            steps.Add(new(new(Wire.Day(offer.OfferedSteps[i].StartDate), end), offer.OfferedSteps[i].PowerKw));
        }
        return steps;
    }
}
