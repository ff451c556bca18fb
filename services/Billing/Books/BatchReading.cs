using Dapper;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Books;

/// <summary>A batch of the hash chain as it is read.</summary>
internal sealed record BatchReading
{
    public long Sequence { get; init; }
    public required byte[] PreviousSha256 { get; init; }
    public required byte[] BatchSha256 { get; init; }
    public int EntryCount { get; init; }
    public Instant RecordTime { get; init; }

    /// <summary>Batches in sequence, one more than the page holds if there are more.</summary>
    public static async Task<List<BatchReading>> ListAsync(Transaction transaction, int pageSize, long after) =>
        (await transaction.Connection.QueryAsync<BatchReading>(
            "select * from ledger_batch where sequence > @after order by sequence limit @limit",
            new { after, limit = pageSize + 1 })).AsList();
}
