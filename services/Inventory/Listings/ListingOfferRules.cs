using Google.Protobuf.Collections;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>What an offer has to say.</summary>
internal static class ListingOfferRules
{
    private const int NameLengthMax = 200;
    private const int RampStepsMax = 300;
    private const int NoticeOffersMax = 32;
    private const int TermMonthsMax = 300;
    private const int LockInDaysMax = 9_131;
    private const int MonthDayMax = 31;
    private const int NamedBuyersMax = 100;
    private const int ExcludedOrganisationsMax = 1_000;
    private const long NanosPerUnit = 1_000_000_000;
    private const long TimestampSecondsMax = 253_402_300_799;

    /// <summary>Reports what is wrong with an offer.</summary>
    /// <param name="fields">Takes the reports.</param>
    /// <param name="offer">The offer.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="now">What the market clock says.</param>
    public static void Check(Fields fields, V1.ListingOffer offer, Pool pool, Instant now)
    {
        fields.Text("offer.display_name", offer.DisplayName, 0, NameLengthMax);
        var window = CheckWindow(fields, offer, pool.Calendar);
        CheckLots(fields, offer);
        CheckPrice(fields, offer);
        if (fields.Count("offer.ramp_steps", offer.RampSteps.Count, 0, RampStepsMax))
        {
            for (var i = 0; i < offer.RampSteps.Count; i++)
            {
                fields.Number($"offer.ramp_steps[{i}].step_months", offer.RampSteps[i].StepMonths, 1, TermMonthsMax);
                fields.Decimal($"offer.ramp_steps[{i}].discount", offer.RampSteps[i].Discount, 0, 1);
            }
        }
        CheckNotices(fields, offer);
        fields.Choice("offer.day_count", offer.DayCount);
        CheckBilling(fields, offer.Billing);
        fields.Number("offer.minimum_term_months", offer.MinimumTermMonths, 0, TermMonthsMax);
        if (offer.MaximumTermMonths != 0)
            fields.Number("offer.maximum_term_months", offer.MaximumTermMonths, Math.Max(1, offer.MinimumTermMonths),
                TermMonthsMax);
        CheckExpiry(fields, offer, pool, now, window);
        CheckAudience(fields, offer, pool.OrganisationId);
        fields.OptionalId("offer.contingent_lease_id", offer.ContingentLeaseId);
        // Only what is well-formed can be held against one another.
        if (!fields.HasErrors) CheckOfferable(fields, offer);
    }

    private static DateRange? CheckWindow(Fields fields, V1.ListingOffer offer, DateRange calendar)
    {
        var (start, end) =
            (fields.Date("offer.start_date", offer.StartDate), fields.Date("offer.end_date", offer.EndDate));
        if (fields.Range("offer.", start, end) is not { } window) return null;
        if (window.Start < calendar.Start)
            fields.Wrong("offer.start_date", "OUTSIDE_CALENDAR", $"The pool's calendar is {calendar}.");
        if (window.End > calendar.End)
            fields.Wrong("offer.end_date", "OUTSIDE_CALENDAR", $"The pool's calendar is {calendar}.");
        if (!fields.Count("offer.offered_steps", offer.OfferedSteps.Count, 1, PowerCurve.StepsMax)) return window;
        var curve = fields.Curve("offer.offered_steps", offer.OfferedSteps, Fields.PowerKwMax);
        if (curve.Steps.Count == 0) return window;
        if (curve.Steps[0].Start != window.Start)
            fields.Wrong("offer.offered_steps[0].start_date", "GAP",
                $"The first step begins with the window, on {window.Start:O}.");
        if (curve.Steps[^1].Start >= window.End)
            fields.Wrong($"offer.offered_steps[{curve.Steps.Count - 1}].start_date", "OUT_OF_RANGE",
                $"The window ends on {window.End:O}.");
        return window;
    }

    private static void CheckLots(Fields fields, V1.ListingOffer offer)
    {
        var (minimum, maximum) = (offer.MinimumLotKw, offer.MaximumLotKw);
        fields.Number("offer.minimum_lot_kw", minimum, 1, Fields.PowerKwMax);
        fields.Number("offer.maximum_lot_kw", maximum, Math.Max(1, minimum), Fields.PowerKwMax);
        fields.Number("offer.lot_step_kw", offer.LotStepKw, 0, Fields.PowerKwMax);
        if (minimum < 1 || maximum < minimum || offer.LotStepKw < 1) return;
        var over = (maximum - minimum) % offer.LotStepKw;
        if (over != 0)
            fields.Wrong("offer.maximum_lot_kw", "NOT_A_LOT",
                $"Lots are {minimum} kW plus whole steps of {offer.LotStepKw} kW; the next below {maximum} kW is "
                + $"{maximum - over} kW.");
    }

    private static void CheckOfferable(Fields fields, V1.ListingOffer offer)
    {
        var window = MarketNews.WindowOf(offer);
        var offered = MarketNews.OfferedOver(offer, window);
        var most = offered.Max();
        if (offer.MaximumLotKw > most)
            fields.Wrong("offer.maximum_lot_kw", "NOT_OFFERED",
                $"Is {offer.MaximumLotKw} kW; at most {most} kW are offered, from "
                + $"{window.Start.AddDays(offered.AsSpan().IndexOf(most)):O} on.");
        var terms = ListingRules
            .LongestTerms(window, offered, offer.MinimumLotKw, offer.MaximumTermMonths).ToList();
        if (terms.Count == 0)
        {
            fields.Wrong("offer.minimum_lot_kw", "NOT_OFFERED",
                $"Is {offer.MinimumLotKw} kW; on no day as much is offered.");
            return;
        }
        var months = terms.Max(ListingRules.WholeMonths);
        if (offer.MinimumTermMonths > months)
            fields.Wrong("offer.minimum_term_months", "OUT_OF_RANGE",
                $"Is {offer.MinimumTermMonths}; the smallest lot is offered for at most {months} whole months in a row "
                + $"of the window {window}.");
        CheckNoticesFit(fields, offer, terms);
    }

    // A right that no lease could have keeps the listing from fitting anybody.
    private static void CheckNoticesFit(Fields fields, V1.ListingOffer offer, IReadOnlyList<DateRange> terms)
    {
        var days = terms.Max(term => term.Days);
        for (var i = 0; i < offer.NoticeOffers.Count; i++)
        {
            var (notice, path) = (offer.NoticeOffers[i], $"offer.notice_offers[{i}]");
            if (notice.NoticeDays > days)
                fields.Wrong($"{path}.notice_days", TermsReasons.NoticeLongerThanTerm,
                    $"{notice.NoticeDays} days' notice are longer than the longest term, which has {days} days.");
            if (notice.LockInCase == V1.NoticeOffer.LockInOneofCase.LockInMonths
                && terms.All(term => term.Start.AddMonths(notice.LockInMonths) >= term.End))
                fields.Wrong($"{path}.lock_in_months", TermsReasons.LockInBeyondTerm,
                    $"Is {notice.LockInMonths}; the longest term has {days} days and is over by then.");
            if (notice.LockInCase == V1.NoticeOffer.LockInOneofCase.LockInDays && notice.LockInDays >= days)
                fields.Wrong($"{path}.lock_in_days", TermsReasons.LockInBeyondTerm,
                    $"Is {notice.LockInDays}; the longest term has {days} days and is over by then.");
        }
    }

    private static void CheckExpiry(
        Fields fields, V1.ListingOffer offer, Pool pool, Instant now, DateRange? window)
    {
        const string Field = "offer.expire_time";
        if (offer.ExpireTime is not { } time) return;
        if (time.Seconds is < 0 or > TimestampSecondsMax || time.Nanos is < 0 or >= (int)NanosPerUnit)
        {
            fields.Wrong(Field, "INVALID_TIME", "Must be an instant from 1970 to 9999.");
            return;
        }
        if (time.ToInstant() <= now) fields.Wrong(Field, "OUT_OF_RANGE", $"Must be after {now}.");
        if (window is { } days && SiteCalendar.StartOf(pool.TimeZone, days.End) is var end && time.ToInstant() > end)
            fields.Wrong(Field, "OUT_OF_RANGE", $"The window ends at {end}; must not be after that.");
    }

    private static void CheckAudience(Fields fields, V1.ListingOffer offer, Guid providerId)
    {
        fields.OptionalChoice("offer.visibility", offer.Visibility);
        var isNamed = offer.Visibility == V1.ListingVisibility.Named;
        if (!isNamed && offer.NamedBuyerOrganisationIds.Count > 0)
            fields.Wrong("offer.named_buyer_organisation_ids", "NOT_APPLICABLE",
                "Only with visibility NAMED; leave it out.");
        var named = CheckOrganisations(fields, "offer.named_buyer_organisation_ids", offer.NamedBuyerOrganisationIds,
            isNamed ? 1 : 0, NamedBuyersMax, providerId);
        var excluded = CheckOrganisations(fields, "offer.excluded_organisation_ids", offer.ExcludedOrganisationIds,
            0, ExcludedOrganisationsMax, providerId);
        for (var i = 0; i < excluded.Count; i++)
        {
            if (excluded[i] != Guid.Empty && named.Contains(excluded[i]))
                fields.Wrong($"offer.excluded_organisation_ids[{i}]", "NAMED_AND_EXCLUDED",
                    $"{excluded[i]} is a named buyer too; leave it out of one of the two.");
        }
    }

    private static List<Guid> CheckOrganisations(
        Fields fields, string field, RepeatedField<string> values, int min, int max, Guid providerId)
    {
        var ids = new List<Guid>();
        if (!fields.Count(field, values.Count, min, max)) return ids;
        var known = new HashSet<Guid>();
        for (var i = 0; i < values.Count; i++)
        {
            var id = fields.Id($"{field}[{i}]", values[i]);
            ids.Add(id);
            if (id == Guid.Empty) continue;
            if (!known.Add(id)) fields.Wrong($"{field}[{i}]", "REPEATED", $"{id} is given twice.");
            if (id == providerId)
                fields.Wrong($"{field}[{i}]", "COUNTERPARTY_IS_SELF", "The listing is your own; name others.");
        }
        return ids;
    }

    private static void CheckPrice(Fields fields, V1.ListingOffer offer)
    {
        if (offer.Price is not { } price)
        {
            fields.Wrong("offer.price", "REQUIRED", "Required.");
            return;
        }
        fields.Choice("offer.price.basis", price.Basis);
        var isFixed = price.Basis == Terms.V1.FeeBasis.FixedMonthly;
        if (isFixed && offer.MinimumLotKw != offer.MaximumLotKw)
            fields.Wrong("offer.maximum_lot_kw", "NOT_APPLICABLE",
                "A FIXED_MONTHLY price is for one lot: the smallest lot is the largest.");
        if (price.Amount is not { } amount)
        {
            fields.Wrong("offer.price.amount", "REQUIRED", "Required; a price.");
            return;
        }
        if (Currency.Find(amount.CurrencyCode) is not { } currency)
            fields.Wrong("offer.price.amount.currency_code", "UNKNOWN_CURRENCY",
                $"'{amount.CurrencyCode}' is not a currency of ISO 4217, such as USD.");
        else if (isFixed && amount.Nanos % (NanosPerUnit / currency.MinorUnitsPerUnit) != 0)
            fields.Wrong("offer.price.amount", "FRACTION_OF_MINOR_UNIT",
                $"Must be whole minor units, with at most {currency.Exponent} places.");
        var unitsMax = isFixed ? TermsLimits.AmountMax : TermsLimits.UnitPriceMax;
        if (amount.Units < 0 || amount.Nanos is < 0 or >= (int)NanosPerUnit || amount is { Units: 0, Nanos: 0 }
            || amount.Units > unitsMax || (amount.Units == unitsMax && amount.Nanos > 0))
            fields.Wrong("offer.price.amount", "OUT_OF_RANGE", $"Must be above 0 and at most {unitsMax}.");
    }

    private static void CheckNotices(Fields fields, V1.ListingOffer offer)
    {
        if (!fields.Count("offer.notice_offers", offer.NoticeOffers.Count, 0, NoticeOffersMax)) return;
        for (var i = 0; i < offer.NoticeOffers.Count; i++)
        {
            var (notice, path) = (offer.NoticeOffers[i], $"offer.notice_offers[{i}]");
            fields.Choice($"{path}.party", notice.Party);
            fields.RequiredNumber(
                $"{path}.notice_days", notice.HasNoticeDays, notice.NoticeDays, 0, TermsLimits.NoticeDaysMax);
            fields.Choice($"{path}.notice_basis", notice.NoticeBasis);
            if (notice.LockInCase == V1.NoticeOffer.LockInOneofCase.LockInMonths)
                fields.Number($"{path}.lock_in_months", notice.LockInMonths, 1, TermMonthsMax);
            if (notice.LockInCase == V1.NoticeOffer.LockInOneofCase.LockInDays)
                fields.Number($"{path}.lock_in_days", notice.LockInDays, 1, LockInDaysMax);
            fields.Choice($"{path}.alignment", notice.Alignment);
            if (notice.Fee is null) fields.Wrong($"{path}.fee", "REQUIRED", "Required.");
            else if (notice.Fee.Kind > Terms.V1.TerminationFeeKind.None)
                fields.Wrong($"{path}.fee.kind", TermsReasons.UnsupportedTerm, "Not supported yet: a termination fee.");
            else CheckNoFee(fields, path, notice.Fee);
        }
        if (offer.NoticeReceipt is { } receipt) CheckReceipt(fields, receipt);
        else if (offer.NoticeOffers.Count > 0)
            fields.Wrong("offer.notice_receipt", "REQUIRED", "Required with notice_offers.");
    }

    private static void CheckNoFee(Fields fields, string path, Terms.V1.TerminationFee fee)
    {
        fields.Choice($"{path}.fee.kind", fee.Kind);
        const string NotApplicable = "A termination fee of kind NONE has neither; leave it out.";
        if (fee.Amount is not null) fields.Wrong($"{path}.fee.amount", "NOT_APPLICABLE", NotApplicable);
        if (fee.Share is not null) fields.Wrong($"{path}.fee.share", "NOT_APPLICABLE", NotApplicable);
    }

    private static void CheckReceipt(Fields fields, Terms.V1.NoticeReceipt receipt)
    {
        fields.Choice("offer.notice_receipt.rule", receipt.Rule);
        var hasCutoff = receipt.Rule == Terms.V1.NoticeReceiptRule.BusinessDays;
        if (hasCutoff
            && receipt.CutoffTime is not { Hours: >= 0 and <= 23, Minutes: >= 0 and <= 59, Seconds: 0, Nanos: 0 })
            fields.Wrong("offer.notice_receipt.cutoff_time", "INVALID_TIME",
                "Required with BUSINESS_DAYS: a time from 00:00 to 23:59, to the minute.");
        if (!hasCutoff && receipt.CutoffTime is not null)
            fields.Wrong(
                "offer.notice_receipt.cutoff_time", "NOT_APPLICABLE", "Only with BUSINESS_DAYS; leave it out.");
    }

    private static void CheckBilling(Fields fields, Terms.V1.BillingTerms? billing)
    {
        if (billing is null)
        {
            fields.Wrong("offer.billing", "REQUIRED", "Required.");
            return;
        }
        fields.Choice("offer.billing.cycle", billing.Cycle);
        fields.Choice("offer.billing.timing", billing.Timing);
        fields.RequiredNumber("offer.billing.due_days", billing.HasDueDays, billing.DueDays, 0, TermsLimits.DueDaysMax);
        if (billing.Cycle == Terms.V1.BillingCycle.Anniversary)
            fields.Number("offer.billing.anniversary_day", billing.AnniversaryDay, 1, MonthDayMax);
        else if (billing.AnniversaryDay != 0)
            fields.Wrong("offer.billing.anniversary_day", "NOT_APPLICABLE", "Only with ANNIVERSARY; leave it out.");
    }
}
