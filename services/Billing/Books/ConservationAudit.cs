using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Books;

/// <summary>
/// Checks the whole ledger in one reading: one statement sees one state of the database, and its rows are taken as they
/// come, so that the memory does not grow with the books.
/// </summary>
internal sealed class ConservationAudit : IDisposable
{
    private const int NamedMax = 100;

    private readonly Dictionary<string, (decimal Debit, decimal Credit)> totals = [];
    private readonly Dictionary<string, decimal> currencySums = [];
    private readonly List<Guid> unbalanced = [];
    private byte[] lastHash = LedgerChain.Genesis;
    private LedgerChain? chain;
    private Row? batch;
    private Row? entry;
    private int batchEntries;
    private long entryCount;
    private long batchCount;
    private long firstBroken;

    /// <summary>Runs the check.</summary>
    public static async Task<ConservationReport> RunAsync(Transaction transaction)
    {
        using var audit = new ConservationAudit();
        var rows = transaction.Connection.QueryUnbufferedAsync<Row>(
            """
            select batch.sequence, batch.previous_sha256, batch.batch_sha256, batch.entry_count, batch.record_time,
                   entry.ledger_entry_id, entry.batch_position, entry.kind, entry.source_id, entry.lease_id,
                   entry.occur_time,
                   (select count(*) from ledger_leg as of_entry
                    where of_entry.ledger_entry_id = entry.ledger_entry_id)::int as leg_count,
                   leg.ledger_account_id, leg.amount,
                   account.kind as account_kind, account.organisation_id, account.currency_code as account_currency_code
            from ledger_batch as batch
            left join ledger_entry as entry on entry.batch_sequence = batch.sequence
            left join ledger_leg as leg on leg.ledger_entry_id = entry.ledger_entry_id
            left join ledger_account as account on account.ledger_account_id = leg.ledger_account_id
            order by batch.sequence, entry.batch_position, leg.leg_position
            """);
        await foreach (var row in rows) audit.Take(row);
        return audit.Finish();
    }

    public void Dispose() => chain?.Dispose();

    private void Take(Row row)
    {
        if (batch?.Sequence != row.Sequence) BeginBatch(row);
        if (row.LedgerEntryId is { } entryId && entry?.LedgerEntryId != entryId) BeginEntry(row, entryId);
        if (row.LedgerAccountId is { } accountId) TakeLeg(row, accountId);
    }

    private void BeginBatch(Row row)
    {
        EndBatch();
        (batch, batchEntries) = (row, 0);
        batchCount++;
        if (row.Sequence != batchCount || !row.PreviousSha256.AsSpan().SequenceEqual(lastHash)) MarkBroken();
        chain = new(row.PreviousSha256, row.Sequence, row.RecordTime);
    }

    private void EndBatch()
    {
        EndEntry();
        if (batch is null) return;
        var isIntact = chain!.Finish().AsSpan().SequenceEqual(batch.BatchSha256);
        if (batchEntries != batch.EntryCount || !isIntact) MarkBroken();
        lastHash = batch.BatchSha256;
        chain.Dispose();
        chain = null;
    }

    private void BeginEntry(Row row, Guid entryId)
    {
        EndEntry();
        entry = row;
        entryCount++;
        if (row.BatchPosition != batchEntries++) MarkBroken();
        chain!.AppendEntry(
            entryId, (EntryKind)row.Kind!, row.SourceId!.Value, row.LeaseId, row.OccurTime!.Value, row.LegCount);
    }

    private void EndEntry()
    {
        if (entry is null) return;
        if ((entry.LegCount < 2 || currencySums.Values.Any(sum => sum != 0)) && unbalanced.Count < NamedMax)
            unbalanced.Add(entry.LedgerEntryId!.Value);
        currencySums.Clear();
        entry = null;
    }

    private void TakeLeg(Row row, Guid accountId)
    {
        var amount = row.Amount!.Value;
        var account = new Account((AccountKind)row.AccountKind!, row.OrganisationId, row.AccountCurrencyCode!);
        chain!.AppendLeg(accountId, account, amount);
        currencySums[account.CurrencyCode] = currencySums.GetValueOrDefault(account.CurrencyCode) + amount;
        var (debit, credit) = totals.GetValueOrDefault(account.CurrencyCode);
        totals[account.CurrencyCode] = amount > 0 ? (debit + amount, credit) : (debit, credit - amount);
    }

    private void MarkBroken()
    {
        if (firstBroken == 0) firstBroken = batch!.Sequence;
    }

    private ConservationReport Finish()
    {
        EndBatch();
        var isBalanced = firstBroken == 0 && unbalanced.Count == 0
            && totals.Values.All(total => total.Debit == total.Credit);
        return new(
            isBalanced, totals, entryCount, batchCount, unbalanced, firstBroken, batchCount == 0 ? [] : lastHash);
    }

    private sealed record Row
    {
        public long Sequence { get; init; }
        public required byte[] PreviousSha256 { get; init; }
        public required byte[] BatchSha256 { get; init; }
        public int EntryCount { get; init; }
        public Instant RecordTime { get; init; }
        public Guid? LedgerEntryId { get; init; }
        public int? BatchPosition { get; init; }
        public int? Kind { get; init; }
        public Guid? SourceId { get; init; }
        public Guid? LeaseId { get; init; }
        public Instant? OccurTime { get; init; }
        public int LegCount { get; init; }
        public Guid? LedgerAccountId { get; init; }
        public long? Amount { get; init; }
        public int? AccountKind { get; init; }
        public Guid? OrganisationId { get; init; }
        public string? AccountCurrencyCode { get; init; }
    }
}

/// <summary>What the check came to.</summary>
/// <param name="IsBalanced">Whether everything holds.</param>
/// <param name="Totals">Debits and credits of each currency, in minor units.</param>
/// <param name="EntryCount">The entries that were checked.</param>
/// <param name="BatchCount">The batches that were checked.</param>
/// <param name="UnbalancedEntryIds">Entries that do not sum to zero, the first 100.</param>
/// <param name="FirstBrokenBatch">The first batch whose hash does not follow; 0: none.</param>
/// <param name="LastHash">The hash of the last batch; empty: there is none.</param>
internal sealed record ConservationReport(
    bool IsBalanced,
    IReadOnlyDictionary<string, (decimal Debit, decimal Credit)> Totals,
    long EntryCount,
    long BatchCount,
    IReadOnlyList<Guid> UnbalancedEntryIds,
    long FirstBrokenBatch,
    byte[] LastHash);
