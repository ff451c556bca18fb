using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Leasing.Domain;

/// <summary>
/// Request ids of calls to other services, derived from what the call is for: asking again after a crash names the same
/// effect.
/// </summary>
internal static class DerivedId
{
    public static Guid Of(string purpose, params object[] subject)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\0{string.Join('\0', subject)}"));
        // The version and variant of an id that is computed and neither random nor a time (RFC 9562, version 8).
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new(hash.AsSpan(0, 16), bigEndian: true);
    }
}
