using Marketplace.Terms;

namespace Marketplace.Leasing.Domain;

/// <summary>The states that a lease with delivery at its start goes through (contract semantics, States).</summary>
internal static class LeasePhases
{
    /// <summary>The state on a civil day of the lease.</summary>
    /// <param name="terms">The signed terms.</param>
    /// <param name="endDate">The day after the last service day as things stand.</param>
    /// <param name="date">The day.</param>
    /// <param name="isScheduled">Whether its billing schedule stands.</param>
    public static V1.LeaseState On(LeaseTerms terms, DateOnly endDate, DateOnly date, bool isScheduled)
    {
        if (date >= endDate) return V1.LeaseState.Ended;
        if (endDate < terms.Term.End) return V1.LeaseState.WindingDown;
        if (date < terms.Term.Start) return isScheduled ? V1.LeaseState.Scheduled : V1.LeaseState.Signed;
        return date < RampEnd(terms) ? V1.LeaseState.Ramping : V1.LeaseState.Active;
    }

    /// <summary>The days on which the state may change by itself, without any notice.</summary>
    public static IEnumerable<DateOnly> Turns(LeaseTerms terms) =>
        new[] { terms.Term.Start, RampEnd(terms), terms.Term.End }.Distinct();

    /// <summary>The first day from which neither power nor price rises any more.</summary>
    private static DateOnly RampEnd(LeaseTerms terms)
    {
        var rises =
            from tranche in terms.Tranches
            from rise in Rises(tranche.CapacitySteps, step => step.Days.Start, step => step.ContractedKw)
                .Concat(Rises(
                    [.. terms.FeeIntervals.Where(interval => interval.Names(tranche.Id)).OrderBy(
                        interval => interval.Days.Start)],
                    interval => interval.Days.Start,
                    interval => interval.Amount * (1 - (interval.Discount ?? 0))))
            select rise;
        return rises.Append(terms.Term.Start).Max();
    }

    private static IEnumerable<DateOnly> Rises<T>(
        IReadOnlyList<T> parts, Func<T, DateOnly> start, Func<T, decimal> height)
    {
        for (var i = 1; i < parts.Count; i++)
            if (height(parts[i]) > height(parts[i - 1])) yield return start(parts[i]);
    }
}
