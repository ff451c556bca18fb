namespace Marketplace.Terms;

/// <summary>The invoice of one billing period as the terms alone give it.</summary>
/// <param name="Period">The service days, clipped to the term.</param>
/// <param name="FullPeriod">The whole billing period that they lie in.</param>
/// <param name="IssueDate">The day of issue.</param>
/// <param name="DueDate">The day by which it must be paid.</param>
/// <param name="Lines">The lines, by tranche id (ordinal) and then by start.</param>
/// <param name="AmountMinorUnits">The exact total, rounded once, half away from zero.</param>
public sealed record Invoice(
    DateRange Period,
    DateRange FullPeriod,
    DateOnly IssueDate,
    DateOnly DueDate,
    IReadOnlyList<InvoiceLine> Lines,
    long AmountMinorUnits);
