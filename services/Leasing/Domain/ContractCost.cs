using System.Numerics;
using Marketplace.Terms;

namespace Marketplace.Leasing.Domain;

/// <summary>What terms cost over their whole term.</summary>
/// <param name="Total">The sum of all rounded invoices, in minor units.</param>
/// <param name="Firm">The part that cannot be walked away from on the day of the computation, in minor units.</param>
/// <param name="MwMonth">The cost of an MW over a month on average, in currency units with nine places.</param>
internal sealed record ContractCost(long Total, long Firm, decimal MwMonth)
{
    private const int NanosPerUnit = 1_000_000_000;
    private const int KwPerMw = 1_000;

    public static ContractCost Of(LeaseTerms terms, DateOnly at)
    {
        var projection = Projection.Of(terms);
        return new(projection.TotalMinorUnits, Meters.Read(terms, projection, at).Firm, MwMonthOf(terms, projection));
    }

    private static decimal MwMonthOf(LeaseTerms terms, Projection projection)
    {
        var kwMonths = Rational.Zero;
        foreach (var step in terms.Tranches.SelectMany(tranche => tranche.CapacitySteps))
        {
            for (var first = step.Days.Start; first < step.Days.End;)
            {
                var month = new DateOnly(first.Year, first.Month, 1);
                var last = month.AddMonths(1) < step.Days.End ? month.AddMonths(1) : step.Days.End;
                var days = last.DayNumber - first.DayNumber;
                kwMonths += new Rational(
                    (BigInteger)step.ContractedKw * days, DateTime.DaysInMonth(month.Year, month.Month));
                first = last;
            }
            kwMonths = kwMonths.Reduced();
        }
        if (kwMonths == Rational.Zero) return 0;
        var numerator = (BigInteger)projection.TotalMinorUnits * KwPerMw * NanosPerUnit * kwMonths.Denominator;
        var denominator = kwMonths.Numerator * terms.Currency.MinorUnitsPerUnit;
        return (decimal)new Rational(numerator, denominator).RoundHalfAwayFromZero() / NanosPerUnit;
    }
}
