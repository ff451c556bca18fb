namespace Marketplace.Terms;

/// <summary>
/// Checks what the parts of the terms say together: cover of the term, references, contradictions and size.
/// </summary>
internal static class TermsConsistency
{
    public static void Check(V1.LeaseTerms source, FieldScope scope, Parts parts)
    {
        CheckTrancheNames(source, scope, parts);
        if (parts.Term is not { } term) return;
        CheckRights(scope, parts, term);
        CheckCommitments(scope, parts, term);
        if (parts.FeeIntervals.Contains(null)) return;
        CheckFeeCover(source, scope, parts, term);
        if (parts.Tranches.Contains(null)) return;
        CheckFeeHasCapacity(scope, parts);
        CheckTotal(scope, parts);
        CheckLines(scope, parts, term);
    }

    // A list that is too long has not been read, and is left alone here too.
    private static void CheckTrancheNames(V1.LeaseTerms source, FieldScope scope, Parts parts)
    {
        var known = source.Tranches.Select(tranche => tranche.TrancheId).ToHashSet();
        for (var i = 0; i < parts.FeeIntervals.Count; i++)
            CheckNames(scope.Item("fee_intervals", i), source.FeeIntervals[i].TrancheIds);
        for (var i = 0; i < parts.Commitments.Count; i++)
            CheckNames(scope.Item("commitments", i), source.Commitments[i].TrancheIds);
        for (var i = 0; i < source.Prepayments.Count && source.Prepayments.Count <= TermsLimits.CommitmentsMax; i++)
            CheckNames(scope.Item("prepayments", i), source.Prepayments[i].TrancheIds);

        void CheckNames(FieldScope clause, IReadOnlyList<string> names)
        {
            if (!clause.Count("tranche_ids", names.Count, TermsLimits.TranchesMax)) return;
            for (var i = 0; i < names.Count; i++)
            {
                if (!known.Contains(names[i]))
                    clause.Violation($"tranche_ids[{i}]", TermsReasons.UnknownTranche,
                        $"The lease has no tranche '{FieldScope.Shown(names[i])}'.");
                else if (names.Take(i).Contains(names[i]))
                    clause.Violation($"tranche_ids[{i}]", TermsReasons.DuplicateId,
                        $"'{FieldScope.Shown(names[i])}' is named twice.");
            }
        }
    }

    private static void CheckRights(FieldScope scope, Parts parts, DateRange term)
    {
        var businessDays = new BusinessCalendar(parts.Holidays);
        for (var i = 0; i < parts.Rights.Count; i++)
        {
            if (parts.Rights[i] is not { } right) continue;
            var item = scope.Item("termination_rights", i);
            // A notice received on the day before the start takes up the first days of the term.
            var isReadable = right.NoticeDays is >= 0 and <= TermsLimits.NoticeDaysMax;
            if (isReadable && NoticeRules.LastServiceDay(businessDays, right.NoticeBasis, right.NoticeDays,
                term.Start.AddDays(-1)) >= term.End)
                item.Violation("notice_days", TermsReasons.NoticeLongerThanTerm,
                    $"{right.NoticeDays} days' notice are longer than the term of {term.Days} days.");
            if (right.LockIn != LockIn.Dated) continue;
            if (right.EarliestServiceDate >= term.End)
                item.Violation("earliest_service_date", TermsReasons.LockInBeyondTerm,
                    $"The lease has ended by then, on {term.End:O}.");
            if (right.EarliestEffectiveDate >= term.End)
                item.Violation("earliest_effective_date", TermsReasons.LockInBeyondTerm,
                    $"The lease has ended by then, on {term.End:O}.");
        }
    }

    private static void CheckCommitments(FieldScope scope, Parts parts, DateRange term)
    {
        for (var i = 0; i < parts.Commitments.Count; i++)
        {
            if (parts.Commitments[i] is not { } commitment) continue;
            var item = scope.Item("commitments", i);
            TermCover.CheckInside(item, commitment.Days, term);
            var fixedFee = parts.FeeIntervals.FirstOrDefault(fee =>
                fee is { Basis: FeeBasis.FixedMonthly }
                && !fee.Days.Intersect(commitment.Days).IsEmpty
                && (commitment.TrancheIds.Count == 0 || fee.TrancheIds.Count == 0
                    || commitment.TrancheIds.Any(fee.Names)));
            if (fixedFee is not null)
                item.Violation("take_or_pay_share", TermsReasons.TakeOrPayOnFixedFee,
                    $"The fixed fee '{fixedFee.ClauseId}' is owed whether taken or not; "
                    + "leave out the commitment or price by MW-month.");
        }
    }

    // Tranches that the same intervals name are checked, and reported, together.
    private static void CheckFeeCover(V1.LeaseTerms source, FieldScope scope, Parts parts, DateRange term)
    {
        if (parts.FeeIntervals.Count == 0 || source.Tranches.Count > TermsLimits.TranchesMax) return;
        for (var i = 0; i < parts.FeeIntervals.Count; i++)
            TermCover.CheckInside(scope.Item("fee_intervals", i), parts.FeeIntervals[i]!.Days, term);
        var groups = source.Tranches.Select(tranche => tranche.TrancheId).Distinct()
            .GroupBy(id => string.Join(',', IntervalsOf(id)));
        foreach (var tranches in groups)
        {
            var names = FieldScope.Shown(string.Join(", ", tranches));
            var intervals = IntervalsOf(tranches.First()).OrderBy(i => parts.FeeIntervals[i]!.Days.Start).ToArray();
            if (intervals.Length == 0)
                scope.Violation("fee_intervals", TermsReasons.Gap, $"No fee interval names {names}.");
            var cover = new TermCover(term, $"no fee is stated for {names}", $"two fees are stated for {names}");
            foreach (var i in intervals) cover.Add(scope.Item("fee_intervals", i), parts.FeeIntervals[i]!.Days);
            cover.Close();
        }

        IEnumerable<int> IntervalsOf(string trancheId) =>
            Enumerable.Range(0, parts.FeeIntervals.Count).Where(i => parts.FeeIntervals[i]!.Names(trancheId));
    }

    private static void CheckFeeHasCapacity(FieldScope scope, Parts parts)
    {
        for (var i = 0; i < parts.FeeIntervals.Count; i++)
        {
            var fee = parts.FeeIntervals[i]!;
            if (fee.Basis != FeeBasis.FixedMonthly || fee.Amount == 0 || fee.Discount == 1) continue;
            if (FirstDayWithoutPower(fee, parts.Tranches.Where(tranche => fee.Names(tranche!.Id))!) is { } date)
                scope.Item("fee_intervals", i).Violation("amount", TermsReasons.FeeWithoutCapacity,
                    $"From {date:O} a fixed fee is owed and none of its tranches has power; "
                    + "let the fee start when the power does.");
        }
    }

    // Sweeps over the steps once: asking every tranche for its power on every date takes a minute for a sheet of full
    // size.
    private static DateOnly? FirstDayWithoutPower(FeeInterval fee, IEnumerable<Tranche> tranches)
    {
        var (fine, unpoweredUntil) = (fee.Days.Start, fee.Days.Start);
        var steps = tranches
            .SelectMany(tranche => tranche.CapacitySteps)
            .Where(step => step.Days.Start < fee.Days.End && fee.Days.Start < step.Days.End)
            .Select(step => (Days: step.Days.Intersect(fee.Days), HasPower: step.ContractedKw > 0))
            .OrderBy(step => step.Days.Start);
        foreach (var (days, hasPower) in steps)
        {
            if (days.Start > fine)
            {
                if (unpoweredUntil > fine) return fine;
                // No tranche has a step on the days between, which is reported as a gap.
                fine = days.Start;
            }
            if (hasPower) fine = Max(fine, days.End);
            else unpoweredUntil = Max(unpoweredUntil, days.End);
        }
        return unpoweredUntil > fine ? fine : null;
    }

    private static DateOnly Max(DateOnly left, DateOnly right) => left > right ? left : right;

    // An upper bound is enough: no fraction of a month exceeds 1.1, and a range of days touches no more than days / 28
    // + 2 months.
    private static void CheckTotal(FieldScope scope, Parts parts)
    {
        if (parts.Currency is null) return;
        decimal bound = 0;
        foreach (var fee in parts.FeeIntervals)
        {
            var mw = parts.Tranches.Where(tranche => fee!.Names(tranche!.Id))
                .Sum(tranche => tranche!.CapacitySteps.Max(step => step.ContractedKw) / 1000m);
            var monthly = fee!.Amount * (fee.Basis == FeeBasis.PerMwMonth ? mw : 1);
            bound += monthly * (fee.Days.Days / 28 + 2) * 1.1m * parts.Currency.MinorUnitsPerUnit;
        }
        if (bound > TermsLimits.TotalMinorUnitsMax)
            scope.Violation("fee_intervals", TermsReasons.TotalTooLarge,
                $"The contract may be worth more than {parts.Currency.Format(TermsLimits.TotalMinorUnitsMax)} "
                + $"{parts.Currency.Code}.");
    }

    // Every boundary of any step or interval divides the lines of all tranches, so few clauses can make many lines.
    private static void CheckLines(FieldScope scope, Parts parts, DateRange term)
    {
        var boundaries = parts.Tranches.SelectMany(tranche => tranche!.CapacitySteps).Select(step => step.Days.Start)
            .Concat(parts.FeeIntervals.Select(fee => fee!.Days.Start)).Distinct().Count();
        var lines = (long)parts.Tranches.Count * (boundaries + term.Days / 28 + 2);
        if (lines > TermsLimits.LinesMax)
            scope.Violation("tranches", TermsReasons.TooLong,
                $"Steps and intervals divide the term into up to {lines} invoice lines; at most {TermsLimits.LinesMax} "
                + "are allowed. Let steps and intervals of different tranches share their dates.");
    }

    /// <summary>What has been read so far; null entries could not be used.</summary>
    public sealed record Parts(
        Currency? Currency,
        DateRange? Term,
        IReadOnlyList<Tranche?> Tranches,
        IReadOnlyList<FeeInterval?> FeeIntervals,
        IReadOnlyList<TerminationRight?> Rights,
        IReadOnlyList<Commitment?> Commitments,
        IReadOnlyList<DateOnly> Holidays);
}
