using System.Security.Cryptography;
using Google.Protobuf;

namespace Marketplace.Accounts.Tests;

/// <summary>The secret of a key, as a client makes it from what the protos say.</summary>
internal sealed record Secret(byte[] Bytes)
{
    public ByteString Sha256 => ByteString.CopyFrom(SHA256.HashData(Bytes));

    public static Secret Make() => new(RandomNumberGenerator.GetBytes(32));

    public string TextOf(string apiKeyId) => $"mk_{apiKeyId}_{Convert.ToHexStringLower(Bytes)}";
}
