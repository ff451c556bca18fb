namespace Marketplace.Terms;

/// <summary>The one rounding of an invoice (contract semantics, Money).</summary>
public static class Rounding
{
    /// <summary>
    /// Rounds the exact total half away from zero and fits the lines to it by largest remainder: each line is floored,
    /// and the units that are missing go to the lines with the largest remainders, of equal ones to the earlier line.
    /// </summary>
    /// <param name="exact">The lines in minor units, not negative, in the order in which ties are settled.</param>
    /// <returns>The total and the lines, in whole minor units; the lines add up to the total.</returns>
    public static (long Total, long[] Lines) FitByLargestRemainder(ReadOnlySpan<Rational> exact)
    {
        var lines = new long[exact.Length];
        if (exact.Length == 1)
        {
            lines[0] = (long)exact[0].RoundHalfAwayFromZero();
            return (lines[0], lines);
        }

        var sum = Rational.Zero;
        long floors = 0;
        var remainders = new Rational[exact.Length];
        for (var i = 0; i < exact.Length; i++)
        {
            var floor = exact[i].Floor();
            lines[i] = (long)floor;
            floors += lines[i];
            remainders[i] = exact[i] - new Rational(floor, 1);
            sum += remainders[i];
        }

        var total = floors + (long)sum.RoundHalfAwayFromZero();
        if (total > floors)
        {
            var order = new int[exact.Length];
            for (var i = 0; i < order.Length; i++) order[i] = i;
            Array.Sort(order, (left, right) =>
                remainders[right].CompareTo(remainders[left]) is var larger and not 0 ? larger : left - right);
            for (var i = 0; i < total - floors; i++) lines[order[i]]++;
        }
        return (total, lines);
    }
}
