using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Marketplace.Billing.Domain;

/// <summary>
/// The hash of a batch: SHA-256 of the hash of the batch before, the batch's sequence, its record time and its entries
/// in order. Every field has a fixed length, so that no two batches are written alike: ids are their 16 bytes as they
/// read, an absent one is zeroes; numbers are big-endian; times are microseconds since 1970; a currency is its three
/// letters.
/// </summary>
internal sealed class LedgerChain : IDisposable
{
    public const int HashBytes = 32;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Begins a batch.</summary>
    public LedgerChain(ReadOnlySpan<byte> previous, long sequence, Instant recordTime)
    {
        hash.AppendData(previous);
        Append(sequence);
        Append(recordTime);
    }

    /// <summary>The hash before the first batch.</summary>
    public static byte[] Genesis => new byte[HashBytes];

    /// <summary>Adds the next entry.</summary>
    public void AppendEntry(Guid entryId, EntryKind kind, Guid sourceId, Guid? leaseId, Instant occurTime, int legCount)
    {
        Append(entryId);
        Append((long)kind);
        Append(sourceId);
        Append(leaseId ?? Guid.Empty);
        Append(occurTime);
        Append(legCount);
    }

    /// <summary>Adds the next leg of the entry.</summary>
    public void AppendLeg(Guid accountId, Account account, long amount)
    {
        Append(accountId);
        Append((long)account.Kind);
        Append(account.OrganisationId ?? Guid.Empty);
        hash.AppendData(Encoding.ASCII.GetBytes(account.CurrencyCode));
        Append(amount);
    }

    /// <summary>Ends the batch.</summary>
    public byte[] Finish() => hash.GetHashAndReset();

    public void Dispose() => hash.Dispose();

    private void Append(Guid id) => hash.AppendData(id.ToByteArray(bigEndian: true));

    private void Append(Instant instant) =>
        Append(instant.ToUnixTimeTicks() / (NodaConstants.TicksPerMillisecond / 1000));

    private void Append(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
