namespace Marketplace.Terms;

/// <summary>
/// Checks that intervals, added in order, follow one another without gap or overlap and cover the term exactly. A
/// finding is reported on the interval where it shows.
/// </summary>
internal sealed class TermCover(DateRange term, string gapMeaning, string overlapMeaning)
{
    private DateOnly covered = term.Start;
    private FieldScope? last;

    /// <summary>Reports an interval that begins before the term or ends after it.</summary>
    public static void CheckInside(FieldScope interval, DateRange days, DateRange term)
    {
        if (days.Start < term.Start)
            interval.Violation("start_date", TermsReasons.RampBeyondTerm,
                $"{days.Start:O} is before the term, which starts on {term.Start:O}.");
        if (days.End > term.End)
            interval.Violation("end_date", TermsReasons.RampBeyondTerm,
                $"{days.End:O} is after the term, which ends on {term.End:O}.");
    }

    public void Add(FieldScope interval, DateRange days)
    {
        last = interval;
        // One that is not inside is reported by itself, and once, however many covers it is part of.
        var isInside = days.Start >= term.Start && days.End <= term.End;
        if (isInside && days.Start > covered)
            interval.Violation("start_date", TermsReasons.Gap,
                $"From {covered:O} to {days.Start.AddDays(-1):O} {gapMeaning}.");
        if (isInside && days.Start < covered)
            interval.Violation("start_date", TermsReasons.Overlap,
                $"From {days.Start:O} to {Min(covered, days.End).AddDays(-1):O} {overlapMeaning}.");
        if (days.End > covered) covered = days.End;
    }

    public void Close()
    {
        if (covered < term.End)
            last?.Violation("end_date", TermsReasons.Gap,
                $"From {covered:O} to {term.End.AddDays(-1):O} {gapMeaning}.");
    }

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;
}
