namespace Marketplace.Billing.Domain;

/// <summary>What an invoice is to be corrected by. Amounts are minor units.</summary>
/// <param name="Kind">The direction.</param>
/// <param name="Amount">By how much, above 0: the sum of the lines.</param>
/// <param name="Lines">The lines by number.</param>
internal sealed record Correction(CorrectionKind Kind, long Amount, IReadOnlyList<CorrectedLine> Lines)
{
    /// <summary>Compares what an invoice says by now with what is due for its period.</summary>
    /// <param name="stated">Its lines by number, as corrected so far; at least those that it was issued with.</param>
    /// <param name="due">The lines that are due, in their order; none if nothing is due any more.</param>
    /// <returns>The correction, or null if the invoice is right.</returns>
    /// <remarks>
    /// A line that is due and that the invoice never had, because it was issued when the lease was to end earlier, is
    /// added under the number that follows the last one.
    /// </remarks>
    public static Correction? Between(IReadOnlyList<StatedLine> stated, IReadOnlyList<ChargeLine> due)
    {
        var missing = due.ToDictionary(line => line.Segment);
        var changes = new List<(int Number, ChargeLine? Line, long Change)>();
        foreach (var line in stated)
        {
            var target = missing.Remove(line.Segment, out var found)
                ? found with { LineNumber = line.LineNumber }
                : null;
            if (target != line.Line)
                changes.Add((line.LineNumber, target, (target?.Amount ?? 0) - (line.Line?.Amount ?? 0)));
        }
        var next = stated.Max(line => line.LineNumber) + 1;
        foreach (var line in due.Where(line => missing.ContainsKey(line.Segment)))
        {
            changes.Add((next, line with { LineNumber = next }, line.Amount));
            next++;
        }

        var total = changes.Sum(change => change.Change);
        if (total == 0) return null;
        var kind = total < 0 ? CorrectionKind.Credit : CorrectionKind.Debit;
        var sign = Math.Sign(total);
        var lines = changes.Select(change => new CorrectedLine(change.Number, change.Line, sign * change.Change));
        return new(kind, Math.Abs(total), [.. lines]);
    }
}

/// <summary>A line of an invoice as it stands after all corrections.</summary>
/// <param name="LineNumber">Its number.</param>
/// <param name="Segment">The tranche and the day that it begins on.</param>
/// <param name="Line">What it comes to; null if nothing is left of it.</param>
internal sealed record StatedLine(int LineNumber, (string TrancheId, DateOnly StartDate) Segment, ChargeLine? Line);

/// <summary>A line as a note corrects it.</summary>
/// <param name="LineNumber">The number of the line that is corrected.</param>
/// <param name="Line">What it comes to; null if nothing is left of it.</param>
/// <param name="Amount">By how much it is corrected in the direction of the note.</param>
internal sealed record CorrectedLine(int LineNumber, ChargeLine? Line, long Amount);

/// <summary>The direction of a correction.</summary>
internal enum CorrectionKind
{
    /// <summary>The buyer owes less.</summary>
    Credit = 1,

    /// <summary>The buyer owes more.</summary>
    Debit = 2,
}
