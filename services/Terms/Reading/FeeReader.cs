namespace Marketplace.Terms;

/// <summary>Reads fee intervals.</summary>
internal static class FeeReader
{
    public static List<FeeInterval?> Intervals(V1.LeaseTerms source, FieldScope scope, ClauseIds clauseIds)
    {
        var intervals = new List<FeeInterval?>(source.FeeIntervals.Count);
        if (source.FeeIntervals.Count == 0) scope.Open("fee_intervals", "Say what is paid: at least one fee interval.");
        if (!scope.Count("fee_intervals", source.FeeIntervals.Count, TermsLimits.FeeIntervalsMax)) return intervals;
        for (var i = 0; i < source.FeeIntervals.Count; i++)
            intervals.Add(Interval(source.FeeIntervals[i], scope.Item("fee_intervals", i), clauseIds));
        return intervals;
    }

    private static FeeInterval? Interval(V1.FeeInterval source, FieldScope scope, ClauseIds clauseIds)
    {
        var clauseId = clauseIds.Read(scope, source.ClauseId);
        var days = scope.Range(source.StartDate, source.EndDate);
        var basis = scope.OpenChoice<FeeBasis>("basis", (int)source.Basis, "Say what the amount is paid for.");
        if (source.Amount is null) scope.Open("amount", "Say the price.");
        var amount = basis switch
        {
            FeeBasis.FixedMonthly => scope.Amount("amount", source.Amount),
            FeeBasis.PerMwMonth => scope.UnitPrice("amount", source.Amount),
            _ => scope.AnyPrice("amount", source.Amount),
        };
        var discount = scope.Decimal("discount", source.Discount, 0, 1);
        var anchor = scope.OpenChoice<FeeAnchor>(
            "anchor", (int)source.Anchor, "Say whether the interval stays or moves with service commencement.");
        if (clauseId is null || days is null || basis is null || amount is null || anchor is null) return null;
        return new(clauseId, days.Value, basis.Value, amount.Value, discount, anchor.Value, [.. source.TrancheIds]);
    }
}
