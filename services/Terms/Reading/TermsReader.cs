using NodaTime;

namespace Marketplace.Terms;

/// <summary>
/// The one reader of terms: from the wire form to the domain, with all findings at once. The comments of the wire
/// form's fields are the rules that it enforces.
/// </summary>
public static class TermsReader
{
    /// <summary>Reads terms.</summary>
    public static TermsReading Read(V1.LeaseTerms source)
    {
        var findings = new Findings();
        var currencyCode = source.CurrencyCode.Length == 0 ? null : source.CurrencyCode;
        var scope = new FieldScope(findings, null, "", -1, currencyCode);
        UnknownFields.Report(source, findings);

        var terms = Terms(source, scope);
        var isComplete = findings.Violations.Count == 0 && findings.Open.Count == 0;
        return new(isComplete ? terms : null, findings.Violations, findings.Open,
            [.. SupportedTerms.FindUnsupported(source)]);
    }

    private static LeaseTerms? Terms(V1.LeaseTerms source, FieldScope scope)
    {
        var title = scope.Text("title", source.Title, TermsLimits.TitleLengthMax);
        var comment = scope.Text("comment", source.Comment, TermsLimits.CommentLengthMax);
        var currency = Currency(source, scope);
        var zone = Zone(source, scope);
        var term = Term(source, scope);
        var holidays = Holidays(source, scope);
        var clauseIds = new ClauseIds();

        var tranches = TrancheReader.Tranches(source, scope, term);
        var feeIntervals = FeeReader.Intervals(source, scope, clauseIds);
        var dayCount = scope.OpenChoice<DayCount>(
            "day_count", (int)source.DayCount, "Say how part of a month is prorated; there is no default.");
        var billing = Billing(source.Billing, scope);
        var rights = TerminationReader.Rights(source, scope, clauseIds);
        var receipt = TerminationReader.Receipt(source, scope);
        var renewal = source.Renewal is null ? null : RenewalReader.Renewal(source.Renewal, scope.Message("renewal"));
        var options = RenewalReader.Options(source, scope, clauseIds);
        var commitments = CommitmentReader.Commitments(source, scope, clauseIds);
        var security = SecurityReader.Read(source, scope, clauseIds);

        TermsConsistency.Check(source, scope,
            new(currency, term, tranches, feeIntervals, rights, commitments, holidays));
        if (currency is null || zone is null || term is null || dayCount is null) return null;
        if (billing is null || security is null) return null;
        if (tranches.Contains(null) || feeIntervals.Contains(null) || rights.Contains(null)) return null;
        if (options.Contains(null) || commitments.Contains(null)) return null;
        if (renewal is null && source.Renewal is not null) return null;
        return new()
        {
            Title = title,
            Comment = comment,
            Currency = currency,
            Zone = zone,
            Term = term.Value,
            Tranches = tranches!,
            FeeIntervals = feeIntervals!,
            DayCount = dayCount.Value,
            Billing = billing,
            TerminationRights = rights!,
            NoticeReceipt = receipt,
            Holidays = holidays,
            Renewal = renewal,
            Options = options!,
            Commitments = commitments!,
            Deposit = security.Deposit,
            Prepayments = security.Prepayments,
            LettersOfCredit = security.LettersOfCredit,
            Escrows = security.Escrows,
            PaymentDefault = security.PaymentDefault,
        };
    }

    private static Currency? Currency(V1.LeaseTerms source, FieldScope scope)
    {
        if (source.CurrencyCode.Length == 0) scope.Open("currency_code", "Say in which currency is paid, such as USD.");
        else if (scope.Currency is null)
            scope.Violation("currency_code", TermsReasons.UnknownCurrency,
                $"ISO 4217 has no currency '{FieldScope.Shown(source.CurrencyCode)}' in circulation; "
                + "use a code such as USD.");
        return scope.Currency;
    }

    private static DateTimeZone? Zone(V1.LeaseTerms source, FieldScope scope)
    {
        if (source.TimeZone.Length == 0)
        {
            scope.Open("time_zone", "Say in which IANA time zone the contract's dates are, such as America/Chicago.");
            return null;
        }
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(source.TimeZone);
        // Fixed offsets such as UTC+5 resolve too, but are no entries of the database and have no civil rules.
        if (zone is not null && DateTimeZoneProviders.Tzdb.Ids.Contains(source.TimeZone)) return zone;
        scope.Violation("time_zone", TermsReasons.UnknownTimeZone,
            $"The IANA database has no zone '{FieldScope.Shown(source.TimeZone)}'; "
            + "use a name such as America/Chicago.");
        return null;
    }

    private static DateRange? Term(V1.LeaseTerms source, FieldScope scope)
    {
        if (source.StartDate is null) scope.Open("start_date", "Say which is the first service day.");
        if (source.EndDate is null) scope.Open("end_date", "Say which is the day after the last service day.");
        var (first, last) =
            (scope.OptionalDate("start_date", source.StartDate), scope.OptionalDate("end_date", source.EndDate));
        if (first is not { } start || last is not { } end) return null;
        if (end <= start)
        {
            scope.Violation("end_date", TermsReasons.EndNotAfterStart,
                $"{end:O} is not after {start:O}. The end is the day after the last service day.");
            return null;
        }
        if (end > start.AddYears(TermsLimits.TermYearsMax))
        {
            var latest = start.AddYears(TermsLimits.TermYearsMax);
            scope.Violation("end_date", TermsReasons.OutOfRange,
                $"The term may be at most {TermsLimits.TermYearsMax} years: up to {latest:O}.");
            return null;
        }
        return new(start, end);
    }

    private static BillingTerms? Billing(V1.BillingTerms? source, FieldScope parent)
    {
        if (source is null)
        {
            parent.Open("billing", "Say when fees are invoiced and due: cycle, timing and due days.");
            return null;
        }
        var scope = parent.Message("billing");
        var cycle = scope.OpenChoice<BillingCycle>("cycle", (int)source.Cycle, "Say where billing periods begin.");
        if (cycle == BillingCycle.CalendarMonth)
            scope.MustBeAbsent(source.AnniversaryDay != 0, "anniversary_day", "with cycle ANNIVERSARY");
        else if (cycle is not null || source.AnniversaryDay != 0)
            scope.RequiredNumber("anniversary_day", source.AnniversaryDay, 1, 31, "cycle ANNIVERSARY");
        var timing = scope.OpenChoice<BillingTiming>(
            "timing", (int)source.Timing, "Say whether a period is invoiced in advance or in arrears.");
        if (!source.HasDueDays) scope.Open("due_days", "Say how many days after issue an invoice is due.");
        var dueDays = scope.Number("due_days", source.DueDays, 0, TermsLimits.DueDaysMax);
        if (cycle is null || timing is null) return null;
        return new(cycle.Value, source.AnniversaryDay, timing.Value, dueDays);
    }

    private static List<DateOnly> Holidays(V1.LeaseTerms source, FieldScope scope)
    {
        var holidays = new List<DateOnly>(source.Holidays.Count);
        if (!scope.Count("holidays", source.Holidays.Count, TermsLimits.HolidaysMax)) return holidays;
        for (var i = 0; i < source.Holidays.Count; i++)
        {
            var field = $"holidays[{i}]";
            if (scope.Date(field, source.Holidays[i]) is not { } holiday) continue;
            if (holidays.Count > 0 && holiday <= holidays[^1])
                scope.Violation(field, TermsReasons.OutOfOrder,
                    $"{holiday:O} does not follow {holidays[^1]:O}; list each day once, ascending.");
            holidays.Add(holiday);
        }
        return holidays;
    }
}
