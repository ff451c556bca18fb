using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Books;

/// <summary>A journal entry as it is read.</summary>
internal sealed record EntryReading
{
    public Guid LedgerEntryId { get; init; }
    public long BatchSequence { get; init; }
    public int BatchPosition { get; init; }
    public EntryKind Kind { get; init; }
    public Guid SourceId { get; init; }
    public Guid? LeaseId { get; init; }
    public Instant OccurTime { get; init; }
    public Instant RecordTime { get; init; }

    /// <summary>The legs that the caller may see, in order.</summary>
    public IReadOnlyList<LegReading> Legs { get; init; } = [];

    /// <summary>Entries in the order of the chain, one more than the page holds if there are more.</summary>
    public static async Task<List<EntryReading>> ListAsync(
        Transaction transaction, Page page, Guid? organisationId, Guid? accountId, Guid? leaseId, Guid? sourceId)
    {
        var entries = (await transaction.Connection.QueryAsync<EntryReading>(
            """
            select entry.*, batch.record_time
            from ledger_entry as entry join ledger_batch as batch on batch.sequence = entry.batch_sequence
            where (@organisationId::uuid is null or exists (
                    select from ledger_leg join ledger_account using (ledger_account_id)
                    where ledger_leg.ledger_entry_id = entry.ledger_entry_id and organisation_id = @organisationId))
              and (@accountId::uuid is null or exists (
                    select from ledger_leg
                    where ledger_leg.ledger_entry_id = entry.ledger_entry_id and ledger_account_id = @accountId))
              and (@leaseId::uuid is null or lease_id = @leaseId)
              and (@sourceId::uuid is null or source_id = @sourceId)
              and (@After::uuid is null or (batch_sequence, batch_position) >
                    (select batch_sequence, batch_position from ledger_entry where ledger_entry_id = @After))
            order by batch_sequence, batch_position limit @limit
            """,
            new { organisationId, accountId, leaseId, sourceId, page.After, limit = page.Size + 1 })).AsList();
        var legs = (await transaction.Connection.QueryAsync<LegReading>(
            """
            select ledger_leg.* from ledger_leg join ledger_account using (ledger_account_id)
            where ledger_entry_id = any(@ids) and (@organisationId::uuid is null or organisation_id = @organisationId)
            order by leg_position
            """,
            new { ids = entries.Select(entry => entry.LedgerEntryId).ToArray(), organisationId }))
            .ToLookup(leg => leg.LedgerEntryId);
        return [.. entries.Select(entry => entry with { Legs = [.. legs[entry.LedgerEntryId]] })];
    }
}

/// <summary>What an entry does to one account; a debit is positive.</summary>
internal sealed record LegReading
{
    public Guid LedgerEntryId { get; init; }
    public Guid LedgerAccountId { get; init; }
    public required string CurrencyCode { get; init; }
    public long Amount { get; init; }
}
