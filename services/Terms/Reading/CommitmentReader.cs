namespace Marketplace.Terms;

/// <summary>Reads take-or-pay commitments.</summary>
internal static class CommitmentReader
{
    public static List<Commitment?> Commitments(V1.LeaseTerms source, FieldScope scope, ClauseIds clauseIds)
    {
        var commitments = new List<Commitment?>(source.Commitments.Count);
        if (!scope.Count("commitments", source.Commitments.Count, TermsLimits.CommitmentsMax)) return commitments;
        for (var i = 0; i < source.Commitments.Count; i++)
            commitments.Add(Commitment(source.Commitments[i], scope.Item("commitments", i), clauseIds));
        return commitments;
    }

    private static Commitment? Commitment(V1.Commitment source, FieldScope scope, ClauseIds clauseIds)
    {
        var clauseId = clauseIds.Read(scope, source.ClauseId);
        var days = scope.Range(source.StartDate, source.EndDate);
        var quantity = scope.RequiredDecimal("quantity", source.Quantity, 0, TermsLimits.QuantityMax);
        if (quantity == 0) scope.Violation("quantity", TermsReasons.OutOfRange, "Is 0; must be above 0.");
        var unit = scope.RequiredChoice<CommitmentUnit>("unit", (int)source.Unit);
        var share = scope.RequiredDecimal("take_or_pay_share", source.TakeOrPayShare, 0, 1);
        var price = scope.RequiredUnitPrice("price", source.Price);
        var makeUp = scope.Number("make_up_days", source.MakeUpDays, 0, TermsLimits.NoticeDaysMax);
        if (clauseId is null || days is null || quantity is null) return null;
        if (unit is null || share is null || price is null) return null;
        return new(clauseId, [.. source.TrancheIds], days.Value, quantity.Value, unit.Value, share.Value, price.Value,
            makeUp);
    }
}
