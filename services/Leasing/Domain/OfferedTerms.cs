using Marketplace.Inventory.V1;
using Sheet = Marketplace.Terms.V1;

namespace Marketplace.Leasing.Domain;

/// <summary>Writes out the terms of a lease on a listing, ready for signature.</summary>
internal static class OfferedTerms
{
    private const string TrancheId = "capacity";

    public static Sheet.LeaseTerms Write(Listing listing, Criteria criteria)
    {
        var (offer, term) = (listing.Offer, criteria.Term);
        var terms = new Sheet.LeaseTerms
        {
            Title = offer.DisplayName,
            CurrencyCode = criteria.Currency.Code,
            TimeZone = listing.TimeZone,
            StartDate = Wire.Date(term.Start),
            EndDate = Wire.Date(term.End),
            DayCount = offer.DayCount,
            Billing = offer.Billing,
            NoticeReceipt = offer.NoticeReceipt,
        };
        terms.Tranches.Add(new Sheet.Tranche
        {
            TrancheId = TrancheId,
            PoolId = listing.PoolId,
            ServiceLevel = listing.ServiceLevel,
            AcceleratorModel = listing.AcceleratorModel,
            Delivery = new() { Kind = Sheet.DeliveryKind.AtStart },
            CapacitySteps =
            {
                criteria.Steps.Select(step => new Sheet.CapacityStep
                {
                    StartDate = Wire.Date(step.Days.Start),
                    EndDate = Wire.Date(step.Days.End),
                    ContractedKw = step.ContractedKw,
                }),
            },
        });
        terms.FeeIntervals.Add(FeeIntervals(offer, term));
        terms.TerminationRights.Add(offer.NoticeOffers.Select((notice, i) => Right(notice, i + 1, term.Start)));
        return terms;
    }

    // Months are counted from the start, so that a start on the 31st does not lose days in a short month.
    private static IEnumerable<Sheet.FeeInterval> FeeIntervals(ListingOffer offer, Marketplace.Terms.DateRange term)
    {
        var (months, from) = (0, term.Start);
        for (var i = 0; i < offer.RampSteps.Count && from < term.End; i++)
        {
            months += offer.RampSteps[i].StepMonths;
            var to = term.Start.AddMonths(months) < term.End ? term.Start.AddMonths(months) : term.End;
            yield return Interval($"ramp-{i + 1}", from, to, offer.RampSteps[i].Discount);
            from = to;
        }
        if (from < term.End) yield return Interval("fee", from, term.End, null);

        Sheet.FeeInterval Interval(string clause, DateOnly start, DateOnly end, Google.Type.Decimal? discount) => new()
        {
            ClauseId = clause,
            StartDate = Wire.Date(start),
            EndDate = Wire.Date(end),
            Basis = offer.Price.Basis,
            Amount = offer.Price.Amount,
            Discount = discount,
            Anchor = Sheet.FeeAnchor.Calendar,
        };
    }

    private static Sheet.TerminationRight Right(NoticeOffer notice, int number, DateOnly start)
    {
        DateOnly? earliest = notice.LockInCase switch
        {
            NoticeOffer.LockInOneofCase.LockInMonths => start.AddMonths(notice.LockInMonths),
            NoticeOffer.LockInOneofCase.LockInDays => start.AddDays(notice.LockInDays),
            _ => null,
        };
        return new()
        {
            ClauseId = $"notice-{number}",
            Party = notice.Party,
            Kind = Sheet.TerminationKind.Convenience,
            NoticeDays = notice.NoticeDays,
            NoticeBasis = notice.NoticeBasis,
            LockIn = earliest is null ? Sheet.LockIn.None : Sheet.LockIn.Dated,
            EarliestServiceDate = earliest is { } date ? Wire.Date(date) : null,
            Alignment = notice.Alignment,
            Fee = notice.Fee,
        };
    }
}
