using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Marketplace.Terms.Tests;

/// <summary>The one rounding of an invoice.</summary>
public sealed class RoundingTests
{
    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(49, 100, 0)]
    [InlineData(-1, 2, -1)]
    [InlineData(-49, 100, 0)]
    [InlineData(-3, 2, -2)]
    public void RoundHalfAwayFromZero_Halves_GoAwayFromZero(int numerator, int denominator, int rounded) =>
        Assert.Equal(rounded, (int)new Rational(numerator, denominator).RoundHalfAwayFromZero());

    [Theory]
    [InlineData(new[] { 1, 1, 1 }, 3, 1, new long[] { 1, 0, 0 })] // thirds of a cent: the tie goes to the earlier line
    [InlineData(new[] { 1, 1 }, 4, 1, new long[] { 1, 0 })] // a half in all rounds up
    [InlineData(new[] { 1, 2, 2 }, 5, 1, new long[] { 0, 1, 0 })] // the largest remainder first
    [InlineData(new[] { 7, 9, 4 }, 4, 5, new long[] { 2, 2, 1 })]
    [InlineData(new[] { 0, 0 }, 1, 0, new long[] { 0, 0 })]
    public void FitByLargestRemainder_Lines_AddUpToTheRoundedTotal(int[] numerators, int denominator, long total,
        long[] lines)
    {
        var fitted =
            Rounding.FitByLargestRemainder([.. numerators.Select(numerator => new Rational(numerator, denominator))]);
        Assert.Equal(total, fitted.Total);
        Assert.Equal(lines, fitted.Lines);
    }

    [Fact]
    public void Rational_AnyFractions_ObeysTheLawsOfArithmetic()
    {
        var fractions =
            from numerator in Gen.Choose(-1_000_000, 1_000_000)
            from denominator in Gen.Choose(1, 1_000_000)
            select new Rational(numerator, denominator);
        Prop.ForAll(Arb.From(fractions.Three()), three =>
        {
            var (a, b, c) = three;
            return a + b == b + a && (a + b) + c == a + (b + c) && a * (b + c) == a * b + a * c
                && a - a == Rational.Zero
                && a.Reduced() == a && BigInteger.GreatestCommonDivisor(a.Reduced().Numerator, a.Reduced().Denominator)
                    .IsOne
                && new Rational(a.Floor(), 1) <= a && a < new Rational(a.Floor() + 1, 1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));
    }

    [Fact]
    public void Rational_OfDecimal_IsExact() => Prop.ForAll(
        Arb.From(from mantissa in Gen.Choose(-2_000_000_000, 2_000_000_000)
                 from scale in Gen.Choose(0,
            9)
                 select (mantissa, scale)),
        input => Rational.Of(new decimal(Math.Abs(input.mantissa), 0, 0, input.mantissa < 0, (byte)input.scale))
            == new Rational(input.mantissa, BigInteger.Pow(10, input.scale)))
                .Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Fact]
    public void Rational_ZeroDenominator_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Rational(1, 0));
}
