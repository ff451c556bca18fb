namespace Marketplace.Terms;

/// <summary>Reads renewal, options and the price rules of both.</summary>
internal static class RenewalReader
{
    public static Renewal? Renewal(V1.Renewal source, FieldScope scope)
    {
        var kind =
            scope.OpenChoice<RenewalKind>("kind", (int)source.Kind, "Say whether and how often the lease is renewed.");
        var holdover = scope.Decimal("holdover_multiple", source.HoldoverMultiple, 0, TermsLimits.HoldoverMultipleMax);
        var decommissioning =
            scope.Number("decommissioning_days", source.DecommissioningDays, 0, TermsLimits.PeriodDaysMax);
        if (kind == RenewalKind.Cancel)
        {
            const string Meaning = "with a kind other than CANCEL";
            scope.MustBeAbsent(source.TermMonths != 0, "term_months", Meaning);
            scope.MustBeAbsent(source.HasNonRenewalNoticeDays, "non_renewal_notice_days", Meaning);
            scope.MustBeAbsent(source.PriceRule is not null, "price_rule", Meaning);
            return new(kind.Value, 0, null, null, holdover, decommissioning);
        }
        // While the kind is open nothing is required, and what is given is read.
        var months = kind is null && source.TermMonths == 0
            ? 0
            : scope.RequiredNumber(
                "term_months", source.TermMonths, 1, TermsLimits.RenewalMonthsMax, "a kind other than CANCEL");
        if (kind is not null && !source.HasNonRenewalNoticeDays)
            scope.Required("non_renewal_notice_days", $"kind {ProtoNames.Of(kind.Value)}");
        var notice = scope.Number("non_renewal_notice_days", source.NonRenewalNoticeDays, 0, TermsLimits.NoticeDaysMax);
        var rule = kind is null && source.PriceRule is null ? null : RequiredPriceRule(source.PriceRule, scope);
        if (kind is null || rule is null) return null;
        return new(kind.Value, months, notice, rule, holdover, decommissioning);
    }

    public static List<LeaseOption?> Options(V1.LeaseTerms source, FieldScope scope, ClauseIds clauseIds)
    {
        var options = new List<LeaseOption?>(source.Options.Count);
        if (!scope.Count("options", source.Options.Count, TermsLimits.OptionsMax)) return options;
        for (var i = 0; i < source.Options.Count; i++)
            options.Add(Option(source.Options[i], scope.Item("options", i), clauseIds));
        return options;
    }

    private static LeaseOption? Option(V1.LeaseOption source, FieldScope scope, ClauseIds clauseIds)
    {
        var clauseId = clauseIds.Read(scope, source.ClauseId);
        var kind = scope.RequiredChoice<LeaseOptionKind>("kind", (int)source.Kind);
        var party = scope.RequiredChoice<TerminationParty>("party", (int)source.Party);
        var window = scope.Range(
            source.ExerciseStartDate, source.ExerciseEndDate, "exercise_start_date", "exercise_end_date");
        if (kind == LeaseOptionKind.Extension)
        {
            scope.RequiredNumber(
                "extension_months", source.ExtensionMonths, 1, TermsLimits.RenewalMonthsMax, "kind EXTENSION");
            scope.MustBeAbsent(source.ExpansionKw != 0, "expansion_kw", "with kind EXPANSION");
        }
        if (kind == LeaseOptionKind.Expansion)
        {
            scope.RequiredNumber("expansion_kw", source.ExpansionKw, 1, TermsLimits.ContractedKwMax, "kind EXPANSION");
            scope.MustBeAbsent(source.ExtensionMonths != 0, "extension_months", "with kind EXTENSION");
        }
        var rule = RequiredPriceRule(source.PriceRule, scope);
        if (clauseId is null || kind is null || party is null || window is null || rule is null) return null;
        return new(clauseId, kind.Value, party.Value, window.Value, source.ExtensionMonths, source.ExpansionKw, rule);
    }

    private static PriceRule? RequiredPriceRule(V1.PriceRule? source, FieldScope parent)
    {
        if (source is null)
        {
            parent.Violation("price_rule", TermsReasons.Required,
                "Required; say how the later price follows from the last one.");
            return null;
        }
        var scope = parent.Message("price_rule");
        var kind = scope.RequiredChoice<PriceRuleKind>("kind", (int)source.Kind);
        var escalator = scope.Decimal("escalator", source.Escalator, -1, 1);
        var index = scope.Text("index_name", source.IndexName, TermsLimits.NameLengthMax);
        var cap = scope.Decimal("index_cap", source.IndexCap, -1, 1);
        var floor = scope.Decimal("index_floor", source.IndexFloor, -1, 1);
        if (kind is null) return null;
        if (kind != PriceRuleKind.Escalator)
            scope.MustBeAbsent(source.Escalator is not null, "escalator", "with kind ESCALATOR");
        else if (source.Escalator is null) scope.Required("escalator", "kind ESCALATOR");
        if (kind != PriceRuleKind.Index)
        {
            scope.MustBeAbsent(index.Length > 0, "index_name", "with kind INDEX");
            scope.MustBeAbsent(source.IndexCap is not null, "index_cap", "with kind INDEX");
            scope.MustBeAbsent(source.IndexFloor is not null, "index_floor", "with kind INDEX");
        }
        else
        {
            if (index.Length == 0) scope.Required("index_name", "kind INDEX");
            if (cap < floor)
                scope.Violation("index_cap", TermsReasons.OutOfOrder, $"The cap {cap} is below the floor {floor}.");
        }
        return new(kind.Value, escalator, index, cap, floor);
    }
}
