using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// The text of an API key, <c>mk_&lt;id&gt;_&lt;secret&gt;</c>: the key's id and 256 random bits in lower-case
/// hexadecimal. Only the SHA-256 of those bits is ever stored.
/// </summary>
/// <param name="Id">The key's id.</param>
/// <param name="SecretSha256">The SHA-256 of the secret, 32 bytes.</param>
public sealed record ApiKeyText(Guid Id, byte[] SecretSha256)
{
    private const string Prefix = "mk_";
    private const int SecretBytes = 32;

    /// <summary>Makes a new secret for a key.</summary>
    /// <returns>The key to store and the text to show once.</returns>
    public static (ApiKeyText Key, string Text) Create(Guid id)
    {
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        return (new(id, SHA256.HashData(secret)), $"{Prefix}{id}_{Convert.ToHexStringLower(secret)}");
    }

    /// <summary>Reads a key's text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ApiKeyText? key)
    {
        key = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var parts = text[Prefix.Length..].Split('_');
        if (parts.Length != 2 || !Guid.TryParseExact(parts[0], "D", out var id)) return false;
        if (parts[1].Length != SecretBytes * 2 || !parts[1].All(char.IsAsciiHexDigitLower)) return false;
        key = new(id, SHA256.HashData(Convert.FromHexString(parts[1])));
        return true;
    }
}
