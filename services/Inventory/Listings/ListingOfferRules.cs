using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>What an offer has to say, whatever pool it is on.</summary>
internal static class ListingOfferRules
{
    private const int NameLengthMax = 200;
    private const int RampStepsMax = 300;
    private const int NoticeOffersMax = 32;
    private const int TermMonthsMax = 300;
    private const int LockInDaysMax = 9_131;
    private const int MonthDayMax = 31;
    private const long NanosPerUnit = 1_000_000_000;
    private const long TimestampSecondsMax = 253_402_300_799;

    /// <summary>Reports what is wrong with an offer.</summary>
    /// <param name="fields">Takes the reports.</param>
    /// <param name="offer">The offer.</param>
    /// <param name="calendar">The calendar of its pool.</param>
    public static void Check(Fields fields, V1.ListingOffer offer, DateRange calendar)
    {
        fields.Text("offer.display_name", offer.DisplayName, 0, NameLengthMax);
        CheckWindow(fields, offer, calendar);
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
        if (offer.ExpireTime is { } time
            && (time.Seconds is < 0 or > TimestampSecondsMax || time.Nanos is < 0 or >= (int)NanosPerUnit))
            fields.Wrong("offer.expire_time", "INVALID_TIME", "Must be an instant from 1970 to 9999.");
    }

    private static void CheckWindow(Fields fields, V1.ListingOffer offer, DateRange calendar)
    {
        var (start, end) =
            (fields.Date("offer.start_date", offer.StartDate), fields.Date("offer.end_date", offer.EndDate));
        if (fields.Range("offer.", start, end) is not { } window) return;
        if (window.Start < calendar.Start)
            fields.Wrong("offer.start_date", "OUTSIDE_CALENDAR", $"The pool's calendar is {calendar}.");
        if (window.End > calendar.End)
            fields.Wrong("offer.end_date", "OUTSIDE_CALENDAR", $"The pool's calendar is {calendar}.");
        if (!fields.Count("offer.offered_steps", offer.OfferedSteps.Count, 1, PowerCurve.StepsMax)) return;
        var curve = fields.Curve("offer.offered_steps", offer.OfferedSteps, Fields.PowerKwMax);
        if (curve.Steps.Count == 0) return;
        if (curve.Steps[0].Start != window.Start)
            fields.Wrong("offer.offered_steps[0].start_date", "GAP",
                $"The first step begins with the window, on {window.Start:O}.");
        if (curve.Steps[^1].Start >= window.End)
            fields.Wrong($"offer.offered_steps[{curve.Steps.Count - 1}].start_date", "OUT_OF_RANGE",
                $"The window ends on {window.End:O}.");
    }

    private static void CheckLots(Fields fields, V1.ListingOffer offer)
    {
        fields.Number("offer.minimum_lot_kw", offer.MinimumLotKw, 1, Fields.PowerKwMax);
        fields.Number("offer.maximum_lot_kw", offer.MaximumLotKw, Math.Max(1, offer.MinimumLotKw), Fields.PowerKwMax);
        fields.Number("offer.lot_step_kw", offer.LotStepKw, 0, Fields.PowerKwMax);
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
