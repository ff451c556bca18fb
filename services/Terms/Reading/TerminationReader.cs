namespace Marketplace.Terms;

/// <summary>Reads termination rights and the receipt of notices.</summary>
internal static class TerminationReader
{
    public static List<TerminationRight?> Rights(V1.LeaseTerms source, FieldScope scope, ClauseIds clauseIds)
    {
        var rights = new List<TerminationRight?>(source.TerminationRights.Count);
        if (!scope.Count("termination_rights", source.TerminationRights.Count, TermsLimits.TerminationRightsMax))
            return rights;
        for (var i = 0; i < source.TerminationRights.Count; i++)
            rights.Add(Right(source.TerminationRights[i], scope.Item("termination_rights", i), clauseIds));
        return rights;
    }

    public static NoticeReceipt? Receipt(V1.LeaseTerms source, FieldScope parent)
    {
        if (source.NoticeReceipt is not { } receipt)
        {
            if (source.TerminationRights.Count > 0)
                parent.Open("notice_receipt",
                    "Say when a notice counts as received: at any time, or on business days up to a cutoff.");
            return null;
        }
        var scope = parent.Message("notice_receipt");
        var rule =
            scope.OpenChoice<NoticeReceiptRule>("rule", (int)receipt.Rule, "Say which hours of which days count.");
        var cutoff = receipt.CutoffTime is null ? null : scope.Time("cutoff_time", receipt.CutoffTime);
        if (rule == NoticeReceiptRule.BusinessDays && receipt.CutoffTime is null)
            scope.Required("cutoff_time", "rule BUSINESS_DAYS");
        if (rule == NoticeReceiptRule.AnyTime)
            scope.MustBeAbsent(receipt.CutoffTime is not null, "cutoff_time", "with rule BUSINESS_DAYS");
        return rule is null ? null : new(rule.Value, cutoff);
    }

    private static TerminationRight? Right(V1.TerminationRight source, FieldScope scope, ClauseIds clauseIds)
    {
        var clauseId = clauseIds.Read(scope, source.ClauseId);
        var party = scope.OpenChoice<TerminationParty>("party", (int)source.Party, "Say who holds the right.");
        var kind = scope.OpenChoice<TerminationKind>("kind", (int)source.Kind, "Say what must have happened.");
        if (!source.HasNoticeDays) scope.Open("notice_days", "Say how many days' notice are given.");
        var noticeDays = scope.Number("notice_days", source.NoticeDays, 0, TermsLimits.NoticeDaysMax);
        var basis = scope.OpenChoice<NoticeBasis>("notice_basis", (int)source.NoticeBasis,
            "Say whether calendar or business days count.");
        var lockIn = scope.OpenChoice<LockIn>(
            "lock_in", (int)source.LockIn,
            "Say whether the right may be used at any time (NONE) or from a date (DATED).");
        var earliestService = scope.OptionalDate("earliest_service_date", source.EarliestServiceDate);
        var earliestEffective = scope.OptionalDate("earliest_effective_date", source.EarliestEffectiveDate);
        if (lockIn == LockIn.Dated && source.EarliestServiceDate is null && source.EarliestEffectiveDate is null)
            scope.Violation("lock_in", TermsReasons.Required,
                "DATED needs earliest_service_date, earliest_effective_date or both.");
        if (lockIn == LockIn.None)
        {
            scope.MustBeAbsent(source.EarliestServiceDate is not null, "earliest_service_date", "with lock_in DATED");
            scope.MustBeAbsent(source.EarliestEffectiveDate is not null, "earliest_effective_date",
                "with lock_in DATED");
        }
        var alignment = scope.OpenChoice<TerminationAlignment>(
            "alignment", (int)source.Alignment, "Say whether the end moves to the end of its billing period.");
        var fee = Fee(source.Fee, scope);
        if (kind == TerminationKind.Convenience)
            scope.MustBeAbsent(source.HasCureDays, "cure_days", "for kinds other than CONVENIENCE");
        var cureDays = source.HasCureDays
            ? scope.Number("cure_days", source.CureDays, 0, TermsLimits.PeriodDaysMax)
            : (int?)null;
        if (clauseId is null || party is null || kind is null || basis is null || lockIn is null || alignment is null
            || fee is null)
            return null;
        return new(clauseId, party.Value, kind.Value, noticeDays, basis.Value, lockIn.Value, earliestService,
            earliestEffective,
            alignment.Value, fee, cureDays);
    }

    private static TerminationFee? Fee(V1.TerminationFee? source, FieldScope parent)
    {
        if (source is null)
        {
            parent.Open("fee", "Say what the party that ends the lease pays; kind NONE if nothing.");
            return null;
        }
        var scope = parent.Message("fee");
        var kind = scope.OpenChoice<TerminationFeeKind>("kind", (int)source.Kind,
            "Say how the fee is found; NONE if there is none.");
        var amount = scope.AmountMinorUnits("amount", source.Amount);
        var share = scope.Decimal("share", source.Share, 0, 1);
        if (kind is null) return null;
        if (kind != TerminationFeeKind.WindDown)
            scope.MustBeAbsent(source.Amount is not null, "amount", "with kind WIND_DOWN");
        else if (source.Amount is null) scope.Required("amount", "kind WIND_DOWN");
        if (kind is TerminationFeeKind.None or TerminationFeeKind.WindDown)
            scope.MustBeAbsent(source.Share is not null, "share", "with kind MAKE_WHOLE or RAMP_CLAWBACK");
        else if (source.Share is null) scope.Required("share", $"kind {ProtoNames.Of(kind.Value)}");
        return new(kind.Value, amount, share);
    }
}
