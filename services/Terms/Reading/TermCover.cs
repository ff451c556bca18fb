namespace Marketplace.Terms;

/// <summary>
/// Checks that intervals, added in order, follow one another without gap or overlap and cover the term exactly. A finding is
/// reported on the interval where it shows.
/// </summary>
internal sealed class TermCover(DateRange term, string gapMeaning, string overlapMeaning)
{
    private DateOnly covered = term.Start;
    private FieldScope? last;

    public void Add(FieldScope interval, DateRange days)
    {
        last = interval;
        var isInside = true;
        if (days.Start < term.Start)
            isInside = Beyond(interval, "start_date", $"{days.Start:O} is before the term, which starts on {term.Start:O}.");
        if (days.End > term.End)
            isInside = Beyond(interval, "end_date", $"{days.End:O} is after the term, which ends on {term.End:O}.");
        if (isInside && days.Start > covered)
            interval.Violation("start_date", TermsReasons.Gap, $"From {covered:O} to {days.Start.AddDays(-1):O} {gapMeaning}.");
        if (isInside && days.Start < covered)
            interval.Violation("start_date", TermsReasons.Overlap,
                $"From {days.Start:O} to {Min(covered, days.End).AddDays(-1):O} {overlapMeaning}.");
        if (days.End > covered) covered = days.End;
    }

    public void Close()
    {
        if (covered < term.End)
            last?.Violation("end_date", TermsReasons.Gap, $"From {covered:O} to {term.End.AddDays(-1):O} {gapMeaning}.");
    }

    private static bool Beyond(FieldScope interval, string field, string message)
    {
        interval.Violation(field, TermsReasons.RampBeyondTerm, message);
        return false;
    }

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;
}
