namespace Marketplace.Terms;

/// <summary>Reads tranches with their capacity steps, delivery and availability.</summary>
internal static class TrancheReader
{
    public static List<Tranche?> Tranches(V1.LeaseTerms source, FieldScope scope, DateRange? term)
    {
        var tranches = new List<Tranche?>(source.Tranches.Count);
        if (source.Tranches.Count == 0) scope.Open("tranches", "Say what is leased: at least one tranche.");
        if (!scope.Count("tranches", source.Tranches.Count, TermsLimits.TranchesMax)) return tranches;
        var ids = new HashSet<string>();
        for (var i = 0; i < source.Tranches.Count; i++)
            tranches.Add(Tranche(source.Tranches[i], scope.Item("tranches", i), term, ids));
        return tranches;
    }

    private static Tranche? Tranche(V1.Tranche source, FieldScope scope, DateRange? term, HashSet<string> ids)
    {
        var id = scope.Id("tranche_id", source.TrancheId);
        if (id is not null && !ids.Add(id))
            scope.Violation("tranche_id", TermsReasons.DuplicateId, $"Another tranche of the lease is named '{id}'.");
        var poolId = PoolId(source.PoolId, scope);
        var level = scope.OpenChoice<ServiceLevel>(
            "service_level", (int)source.ServiceLevel,
            "Say what the provider operates; prices are not compared across levels.");
        var steps = Steps(source, scope, term);
        var delivery = Delivery(source.Delivery, scope, term);
        var availability = source.Availability is null
            ? null
            : Availability(source.Availability, scope.Message("availability"));
        var model = scope.Text("accelerator_model", source.AcceleratorModel, TermsLimits.NameLengthMax);
        var count = scope.Number("accelerator_count", source.AcceleratorCount, 0, TermsLimits.AcceleratorsMax);
        if (id is null || level is null || steps is null || delivery is null) return null;
        return new(id, poolId, level.Value, steps, delivery, availability, model, count);
    }

    private static Guid? PoolId(string value, FieldScope scope)
    {
        if (value.Length == 0) return null;
        if (Guid.TryParseExact(value, "D", out var id) && value == id.ToString("D")) return id;
        scope.Violation("pool_id", TermsReasons.InvalidId, "Must be a UUID in lower case, as Inventory gives it.");
        return null;
    }

    private static List<CapacityStep>? Steps(V1.Tranche source, FieldScope scope, DateRange? term)
    {
        if (source.CapacitySteps.Count == 0)
        {
            scope.Open("capacity_steps", "Say how much power is contracted over the term.");
            return null;
        }
        if (!scope.Count("capacity_steps", source.CapacitySteps.Count, TermsLimits.CapacityStepsMax)) return null;
        var steps = new List<CapacityStep>(source.CapacitySteps.Count);
        for (var i = 0; i < source.CapacitySteps.Count; i++)
        {
            var step = scope.Item("capacity_steps", i);
            var days = step.Range(source.CapacitySteps[i].StartDate, source.CapacitySteps[i].EndDate);
            if (!source.CapacitySteps[i].HasContractedKw)
                step.Violation("contracted_kw", TermsReasons.Required, "Required; 0 is possible.");
            var kw = step.Number("contracted_kw", source.CapacitySteps[i].ContractedKw, 0, TermsLimits.ContractedKwMax);
            if (days is not null) steps.Add(new(days.Value, kw));
        }
        if (steps.Count < source.CapacitySteps.Count) return null;
        CheckOrderAndCover(steps, scope, term);
        var isPowerKnown = source.CapacitySteps.All(step =>
            step is { HasContractedKw: true, ContractedKw: >= 0 and <= TermsLimits.ContractedKwMax });
        return isPowerKnown ? steps : null;
    }

    private static void CheckOrderAndCover(List<CapacityStep> steps, FieldScope scope, DateRange? term)
    {
        for (var i = 1; i < steps.Count; i++)
        {
            if (steps[i].Days.Start < steps[i - 1].Days.Start)
                scope.Item("capacity_steps", i).Violation("start_date", TermsReasons.OutOfOrder,
                    $"{steps[i].Days.Start:O} is before the step listed above it; list steps in the order of days.");
        }
        if (term is null) return;
        var cover = new TermCover(term.Value, "the tranche has no capacity step", "the tranche has two capacity steps");
        foreach (var (i, step) in steps.Index().OrderBy(item => item.Item.Days.Start))
        {
            var item = scope.Item("capacity_steps", i);
            TermCover.CheckInside(item, step.Days, term.Value);
            cover.Add(item, step.Days);
        }
        cover.Close();
    }

    private static Delivery? Delivery(V1.Delivery? source, FieldScope parent, DateRange? term)
    {
        if (source is null)
        {
            parent.Open("delivery", "Say how the tranche comes into service.");
            return null;
        }
        var scope = parent.Message("delivery");
        var kind = scope.OpenChoice<DeliveryKind>("kind", (int)source.Kind, "Say what starts the tranche's service.");
        if (kind != DeliveryKind.AtStart)
        {
            // While the kind is open nothing is required, and what is given is read.
            var acceptance = AcceptanceTerms(source, scope, term, isRequired: kind is not null);
            return kind is null || acceptance is null ? null : new(kind.Value, acceptance);
        }

        const string Meaning = "with kind ACCEPTANCE";
        scope.MustBeAbsent(source.TargetReadyDate is not null, "target_ready_date", Meaning);
        scope.MustBeAbsent(source.GuaranteedReadyDate is not null, "guaranteed_ready_date", Meaning);
        scope.MustBeAbsent(source.LongstopDate is not null, "longstop_date", Meaning);
        scope.MustBeAbsent(source.HasAcceptanceDays, "acceptance_days", Meaning);
        scope.MustBeAbsent(source.DelayDamages is not null, "delay_damages", Meaning);
        return new(kind.Value, null);
    }

    private static AcceptanceTerms? AcceptanceTerms(
        V1.Delivery source, FieldScope scope, DateRange? term, bool isRequired)
    {
        var target = Date("target_ready_date", source.TargetReadyDate);
        var guaranteed = Date("guaranteed_ready_date", source.GuaranteedReadyDate);
        var longstop = Date("longstop_date", source.LongstopDate);
        if (isRequired && !source.HasAcceptanceDays) scope.Required("acceptance_days", "kind ACCEPTANCE");
        var days = scope.Number("acceptance_days", source.AcceptanceDays, 0, TermsLimits.DueDaysMax);
        var damages = source.DelayDamages is null
            ? null
            : DelayDamages(source.DelayDamages, scope.Message("delay_damages"));
        if (guaranteed < target)
            scope.Violation("guaranteed_ready_date", TermsReasons.OutOfOrder,
                $"{guaranteed:O} is before the target, {target:O}.");
        if (longstop < guaranteed)
            scope.Violation("longstop_date", TermsReasons.OutOfOrder,
                $"{longstop:O} is before the guaranteed date, {guaranteed:O}.");
        if (term?.End <= guaranteed)
            scope.Violation("guaranteed_ready_date", TermsReasons.EndBeforeGuaranteedDelivery,
                $"The lease ends on {term?.End:O}, before the tranche need be ready on {guaranteed:O}.");
        if (target is null || guaranteed is null || longstop is null) return null;
        return new(target.Value, guaranteed.Value, longstop.Value, days, damages);

        DateOnly? Date(string field, Google.Type.Date? value) =>
            isRequired ? scope.RequiredDate(field, value) : scope.OptionalDate(field, value);
    }

    private static DelayDamages? DelayDamages(V1.DelayDamages source, FieldScope scope)
    {
        var amount = scope.RequiredUnitPrice("amount_per_mw_day", source.AmountPerMwDay);
        var cap = scope.AmountMinorUnits("cap", source.Cap);
        return amount is null ? null : new(amount.Value, cap);
    }

    private static Availability Availability(V1.Availability source, FieldScope scope)
    {
        if (source.Tiers.Count == 0) scope.Violation("tiers", TermsReasons.Required, "Required; at least one tier.");
        var tiers = new List<CreditTier>(source.Tiers.Count);
        if (scope.Count("tiers", source.Tiers.Count, TermsLimits.CreditTiersMax))
        {
            for (var i = 0; i < source.Tiers.Count; i++)
            {
                var tier = scope.Item("tiers", i);
                var below = tier.RequiredDecimal("availability_below", source.Tiers[i].AvailabilityBelow, 0, 1);
                var credit = tier.RequiredDecimal("credit", source.Tiers[i].Credit, 0, 1);
                if (below is null || credit is null) continue;
                if (tiers.Count > 0 && below >= tiers[^1].AvailabilityBelow)
                    tier.Violation("availability_below", TermsReasons.OutOfOrder,
                        "Must be below the threshold of the tier before.");
                if (tiers.Count > 0 && credit <= tiers[^1].Credit)
                    tier.Violation("credit", TermsReasons.OutOfOrder, "Must be above the credit of the tier before.");
                tiers.Add(new(below.Value, credit.Value));
            }
        }
        var cap = scope.Decimal("monthly_cap", source.MonthlyCap, 0, 1);
        var maintenance = scope.Number(
            "maintenance_minutes_per_month", source.MaintenanceMinutesPerMonth, 0, TermsLimits.MaintenanceMinutesMax);
        var chronic = scope.Number("chronic_months", source.ChronicMonths, 0, TermsLimits.ChronicMonthsMax);
        if (chronic == 0)
            scope.MustBeAbsent(source.ChronicWindowMonths != 0, "chronic_window_months", "with chronic_months");
        else if (chronic is > 0 and <= TermsLimits.ChronicMonthsMax)
            scope.RequiredNumber("chronic_window_months", source.ChronicWindowMonths,
                chronic, TermsLimits.ChronicMonthsMax, "chronic_months");
        return new(tiers, cap, maintenance, chronic, source.ChronicWindowMonths);
    }
}
