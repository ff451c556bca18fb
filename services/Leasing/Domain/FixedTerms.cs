using System.Security.Cryptography;
using Google.Protobuf;

namespace Marketplace.Leasing.Domain;

/// <summary>
/// The bytes of one version of the terms, fixed once when it is made, and the hash that signatures name. Protobuf bytes
/// are not canonical: nobody serialises the terms again.
/// </summary>
/// <param name="Bytes">The bytes of a <c>marketplace.terms.v1.LeaseTerms</c>.</param>
/// <param name="Sha256">SHA-256 over <c>marketplace.terms.v1</c>, a zero byte and the bytes.</param>
internal sealed record FixedTerms(byte[] Bytes, byte[] Sha256)
{
    public static FixedTerms Fix(Terms.V1.LeaseTerms terms)
    {
        var bytes = terms.ToByteArray();
        return new(bytes, SHA256.HashData([.. "marketplace.terms.v1"u8, 0, .. bytes]));
    }
}
