using System.Security.Cryptography;
using Google.Protobuf;

namespace Marketplace.Client;

/// <summary>
/// The secret of a new API key. The caller makes it and sends only <see cref="Sha256"/>, in <c>CreateApiKey</c> or
/// <c>RotateApiKey</c>: it never leaves this process.
/// </summary>
public sealed class ApiKeySecret
{
    private const int SecretBytes = 32;

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(SecretBytes);

    /// <summary>The field <c>secret_sha256</c> of the request.</summary>
    public ByteString Sha256 => ByteString.CopyFrom(SHA256.HashData(secret));

    /// <summary>The key as calls carry it.</summary>
    /// <param name="apiKeyId">The id that the answer names.</param>
    public string KeyFor(string apiKeyId) => $"mk_{apiKeyId}_{Convert.ToHexStringLower(secret)}";
}
