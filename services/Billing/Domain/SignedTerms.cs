using System.Security.Cryptography;
using Google.Protobuf;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Billing.Domain;

/// <summary>The terms that were signed, read from their bytes, and what they come to.</summary>
internal sealed record SignedTerms(LeaseTerms Terms, Projection Projection)
{
    private static readonly byte[] HashPrefix = [.. "marketplace.terms.v1"u8, 0];

    /// <summary>Reads terms that were signed.</summary>
    /// <exception cref="TermsHashMismatchException">The bytes are not those that were signed.</exception>
    /// <exception cref="TermsNotBillableException">The bytes are no terms that can be billed.</exception>
    public static SignedTerms Read(byte[] bytes, byte[] sha256)
    {
        if (!SHA256.HashData([.. HashPrefix, .. bytes]).AsSpan().SequenceEqual(sha256))
            throw new TermsHashMismatchException();
        var reading = TermsReader.Read(Parse(bytes));
        TermsFinding[] findings = [.. reading.Violations, .. reading.Open, .. reading.Unsupported];
        if (reading.Terms is not { } terms || findings.Length > 0)
            throw new TermsNotBillableException(
                string.Join(" ", findings.Select(finding => $"{finding.Field}: {finding.Message}")));
        return new(terms, Projection.Of(terms));
    }

    /// <summary>When a civil date begins where the lease is; DST can skip midnight.</summary>
    public Instant FirstInstantOf(DateOnly date) => Terms.Zone.AtStartOfDay(LocalDate.FromDateOnly(date)).ToInstant();

    /// <summary>The civil date where the lease is.</summary>
    public DateOnly DateAt(Instant instant) => instant.InZone(Terms.Zone).Date.ToDateOnly();

    private static Terms.V1.LeaseTerms Parse(byte[] bytes)
    {
        try
        {
            return Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new TermsNotBillableException($"The bytes are no terms: {exception.Message}");
        }
    }
}

/// <summary>The bytes of terms do not have the hash that was signed.</summary>
internal sealed class TermsHashMismatchException()
    : Exception("The bytes of the terms do not have the hash that was signed.");

/// <summary>Terms can be read but not billed.</summary>
internal sealed class TermsNotBillableException(string message) : Exception(message);
