using System.Numerics;

namespace Marketplace.Terms;

/// <summary>
/// An exact fraction. Amounts stay in this form until the one place that rounds them (contract semantics, Money). It is
/// not kept reduced, because a line multiplies first and divides last.
/// </summary>
public readonly struct Rational : IEquatable<Rational>, IComparable<Rational>
{
    private readonly BigInteger numerator;

    // Zero stands for one, so that default(Rational) is the number 0.
    private readonly BigInteger denominator;

    /// <summary>The fraction <paramref name="numerator"/> / <paramref name="denominator"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The denominator is not positive.</exception>
    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.Sign <= 0) throw new ArgumentOutOfRangeException(nameof(denominator));
        (this.numerator, this.denominator) = (numerator, denominator);
    }

    /// <summary>The number 0.</summary>
    public static Rational Zero => default;

    /// <summary>The numerator.</summary>
    public BigInteger Numerator => numerator;

    /// <summary>The denominator, positive.</summary>
    public BigInteger Denominator => denominator.IsZero ? BigInteger.One : denominator;

    /// <summary>The exact value of a decimal.</summary>
    public static Rational Of(decimal value)
    {
        var scale = value.Scale;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var mantissa = new UInt128((uint)bits[2], (ulong)(uint)bits[1] << 32 | (uint)bits[0]);
        return new(value < 0 ? -(BigInteger)mantissa : mantissa, BigInteger.Pow(10, scale));
    }

    /// <summary>The same number in lowest terms.</summary>
    public Rational Reduced()
    {
        var divisor = BigInteger.GreatestCommonDivisor(Numerator, Denominator);
        return divisor.IsOne ? this : new(Numerator / divisor, Denominator / divisor);
    }

    /// <summary>The nearest whole number; a half goes away from zero.</summary>
    public BigInteger RoundHalfAwayFromZero()
    {
        var twice = BigInteger.Abs(Numerator) * 2 + Denominator;
        return Numerator.Sign * (twice / (Denominator * 2));
    }

    /// <summary>The greatest whole number that is not above this one.</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Numerator, Denominator, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The sum.</summary>
    public static Rational operator +(Rational left, Rational right)
    {
        if (left.numerator.IsZero) return right;
        if (right.numerator.IsZero) return left;
        if (left.Denominator == right.Denominator) return new(left.Numerator + right.Numerator, left.Denominator);

        // The least common multiple keeps the denominators of a long sum small.
        var divisor = BigInteger.GreatestCommonDivisor(left.Denominator, right.Denominator);
        var (leftFactor, rightFactor) = (right.Denominator / divisor, left.Denominator / divisor);
        return new(left.Numerator * leftFactor + right.Numerator * rightFactor, left.Denominator * leftFactor);
    }

    /// <summary>The difference.</summary>
    public static Rational operator -(Rational left, Rational right) =>
        left + new Rational(-right.Numerator, right.Denominator);

    /// <summary>The product.</summary>
    public static Rational operator *(Rational left, Rational right) =>
        new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    /// <inheritdoc/>
    public static bool operator ==(Rational left, Rational right) => left.CompareTo(right) == 0;

    /// <inheritdoc/>
    public static bool operator !=(Rational left, Rational right) => left.CompareTo(right) != 0;

    /// <inheritdoc/>
    public static bool operator <(Rational left, Rational right) => left.CompareTo(right) < 0;

    /// <inheritdoc/>
    public static bool operator >(Rational left, Rational right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public static bool operator <=(Rational left, Rational right) => left.CompareTo(right) <= 0;

    /// <inheritdoc/>
    public static bool operator >=(Rational left, Rational right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <inheritdoc/>
    public bool Equals(Rational other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var reduced = Reduced();
        return HashCode.Combine(reduced.Numerator, reduced.Denominator);
    }

    /// <summary>The fraction in lowest terms, as <c>29/31</c>.</summary>
    public override string ToString()
    {
        var reduced = Reduced();
        return $"{reduced.Numerator}/{reduced.Denominator}";
    }
}
