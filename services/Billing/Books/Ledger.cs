using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Books;

/// <summary>Posts journal entries: append-only, as one batch that the hash chain goes on with.</summary>
internal static class Ledger
{
    // Any constant: it names the lock within the database.
    private const long ChainLock = 0x4C_45_44_47;

    /// <summary>
    /// Posts entries. It is the last step of a transaction: from here to the commit all other postings wait.
    /// </summary>
    public static async Task PostAsync(Transaction transaction, IReadOnlyList<JournalEntry> entries)
    {
        if (entries.Count == 0) return;
        await transaction.Connection.ExecuteAsync($"select pg_advisory_xact_lock({ChainLock})");
        var accounts = new Dictionary<Account, Guid>();
        foreach (var account in entries.SelectMany(entry => entry.Legs).Select(leg => leg.Account).Distinct())
            accounts[account] = await AccountIdAsync(transaction, account);

        var (last, previous) = await transaction.Connection.QuerySingleOrDefaultAsync<(long, byte[]?)>(
            "select sequence, batch_sha256 from ledger_batch order by sequence desc limit 1");
        var (sequence, before) = (last + 1, previous ?? LedgerChain.Genesis);
        using var chain = new LedgerChain(before, sequence, transaction.Now);
        var (entryRows, legRows) = (new List<object>(), new List<object>());
        foreach (var (position, entry) in entries.Index())
        {
            var entryId = Guid.CreateVersion7();
            chain.AppendEntry(entryId, entry.Kind, entry.SourceId, entry.LeaseId, entry.OccurTime, entry.Legs.Count);
            entryRows.Add(new
            {
                entryId,
                sequence,
                position,
                Kind = (int)entry.Kind,
                entry.SourceId,
                entry.LeaseId,
                entry.OccurTime,
            });
            foreach (var (legPosition, leg) in entry.Legs.Index())
            {
                var accountId = accounts[leg.Account];
                chain.AppendLeg(accountId, leg.Account, leg.Amount);
                legRows.Add(new { entryId, legPosition, accountId, leg.Account.CurrencyCode, leg.Amount });
            }
        }
        await transaction.Connection.ExecuteAsync(
            """
            insert into ledger_batch (sequence, previous_sha256, batch_sha256, entry_count, record_time)
            values (@sequence, @before, @hash, @Count, @Now)
            """,
            new { sequence, before, hash = chain.Finish(), entries.Count, transaction.Now });
        await transaction.Connection.ExecuteAsync(
            """
            insert into ledger_entry (ledger_entry_id, batch_sequence, batch_position, kind, source_id, lease_id,
                occur_time)
            values (@entryId, @sequence, @position, @Kind, @SourceId, @LeaseId, @OccurTime)
            """,
            entryRows);
        await transaction.Connection.ExecuteAsync(
            """
            insert into ledger_leg (ledger_entry_id, leg_position, ledger_account_id, currency_code, amount)
            values (@entryId, @legPosition, @accountId, @CurrencyCode, @Amount)
            """,
            legRows);
    }

    // Under the chain's lock, so that two postings cannot each wait for an account that the other makes.
    private static async Task<Guid> AccountIdAsync(Transaction transaction, Account account)
    {
        var values = new
        {
            id = Guid.CreateVersion7(),
            Kind = (int)account.Kind,
            account.OrganisationId,
            account.CurrencyCode,
            transaction.Now,
        };
        var owner = account.OrganisationId is null ? "organisation_id is null" : "organisation_id = @OrganisationId";
        var find =
            $"""
            select ledger_account_id from ledger_account
            where kind = @Kind and currency_code = @CurrencyCode and {owner}
            """;
        if (await transaction.Connection.QuerySingleOrDefaultAsync<Guid?>(find, values) is { } known) return known;
        await transaction.Connection.ExecuteAsync(
            """
            insert into ledger_account (ledger_account_id, kind, organisation_id, currency_code, create_time)
            values (@id, @Kind, @OrganisationId, @CurrencyCode, @Now)
            """,
            values);
        return values.id;
    }
}
