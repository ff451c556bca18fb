using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Marketplace.Billing.V1;
using Npgsql;

namespace Marketplace.Billing.Tests;

/// <summary>The books: double entry, append-only, and a chain that shows every change.</summary>
public sealed class LedgerTests(BillingHost billing) : IClassFixture<BillingHost>
{
    private const string ThirdEntry =
        "select ledger_entry_id from ledger_entry where batch_sequence = 1 and batch_position = 2";

    [Theory]
    [InlineData($"update ledger_leg set amount = amount * 2 where ledger_entry_id in ({ThirdEntry})")]
    [InlineData($"update ledger_leg set amount = 7 where leg_position = 0 and ledger_entry_id in ({ThirdEntry})")]
    [InlineData($"delete from ledger_leg where ledger_entry_id in ({ThirdEntry})")]
    [InlineData("update ledger_entry set occur_time = now() where batch_sequence = 1 and batch_position = 1")]
    [InlineData("update ledger_entry set batch_position = 100 - batch_position where batch_sequence = 1")]
    [InlineData("update ledger_entry set lease_id = null where batch_sequence = 1 and batch_position = 1")]
    [InlineData("update ledger_batch set record_time = record_time + interval '1 microsecond' where sequence = 1")]
    [InlineData("update ledger_batch set batch_sha256 = sha256('x') where sequence = 1")]
    [InlineData("update ledger_account set organisation_id = gen_random_uuid() where kind = 1")]
    [InlineData(
        """
        delete from ledger_leg where ledger_entry_id in (
            select ledger_entry_id from ledger_entry where batch_sequence = 1 and batch_position = 8);
        delete from ledger_entry where batch_sequence = 1 and batch_position = 8
        """)]
    public async Task CheckConservation_AnAdministratorTampers_IsBroken(string tampering)
    {
        await using var host = new Owned(new());
        var own = await host.StartAsync();
        var lease = await own.SignAsync();
        await own.DeliverAsync(lease.NoticeServed("2027-01-20"));
        Assert.True((await own.CheckAsync()).Balanced);

        await own.ExecuteAsync(tampering);
        var check = await own.CheckAsync();
        Assert.False(check.Balanced);
        Assert.False(check.ChainIntact);
        Assert.Equal(1, check.FirstBrokenBatchSequence);
    }

    [Fact]
    public async Task CheckConservation_OneSidedEntry_IsNamed()
    {
        await using var host = new Owned(new());
        var own = await host.StartAsync();
        await own.SignAsync();
        await own.ExecuteAsync(
            $"update ledger_leg set amount = amount + 1 where leg_position = 0 and ledger_entry_id in ({ThirdEntry})");
        var check = await own.CheckAsync();
        var entries = (await own.AsOperator.ListLedgerEntriesAsync(new())).LedgerEntries;
        Assert.Equal([entries[2].LedgerEntryId], check.UnbalancedLedgerEntryIds);
        var total = Assert.Single(check.CurrencyTotals);
        Assert.Equal(("10000000000.01", "10000000000.00"), (total.DebitAmount.Text(), total.CreditAmount.Text()));
    }

    [Fact]
    public async Task CheckConservation_EmptyBooks_Balance()
    {
        await using var host = new Owned(new());
        var check = await (await host.StartAsync()).CheckAsync();
        Assert.True(check.Balanced && check.ChainIntact);
        Assert.Equal((0L, 0L, ByteString.Empty), (check.EntryCount, check.BatchCount, check.LastBatchSha256));
    }

    [Theory]
    [InlineData("update invoice set amount = amount")]
    [InlineData("update invoice_line set amount = amount")]
    [InlineData("update correction_note set amount = amount")]
    [InlineData("update correction_line set amount = amount")]
    [InlineData("update payment set amount = amount")]
    [InlineData("update ledger_account set kind = kind")]
    [InlineData("update ledger_batch set entry_count = entry_count")]
    [InlineData("update ledger_entry set kind = kind")]
    [InlineData("update ledger_leg set amount = amount")]
    [InlineData("update lease set terms_bytes = terms_bytes")]
    [InlineData("delete from invoice")]
    [InlineData("delete from invoice_line")]
    [InlineData("delete from correction_note")]
    [InlineData("delete from correction_line")]
    [InlineData("delete from payment")]
    [InlineData("delete from ledger_account")]
    [InlineData("delete from ledger_batch")]
    [InlineData("delete from ledger_entry")]
    [InlineData("delete from ledger_leg")]
    [InlineData("delete from lease")]
    [InlineData("truncate ledger_leg")]
    public async Task ApplicationRole_ChangesWhatWasIssued_IsRefusedByTheDatabase(string sql)
    {
        await using var source = NpgsqlDataSource.Create(billing.Database.ApplicationConnectionString);
        await using var command = source.CreateCommand(sql);
        var refused = await Assert.ThrowsAsync<PostgresException>(command.ExecuteNonQueryAsync);
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1, -2")]
    public async Task ApplicationRole_EntryThatDoesNotSumToZero_IsRefusedAtCommit(string amounts)
    {
        await billing.SignAsync();
        await using var source = NpgsqlDataSource.Create(billing.Database.ApplicationConnectionString);
        await using var command = source.CreateCommand(
            $"""
            with batch as (
                insert into ledger_batch
                select max(sequence) + 1000, sha256('a'), sha256('b'), 1, now() from ledger_batch returning sequence
            ), entry as (
                insert into ledger_entry
                select gen_random_uuid(), sequence, 0, 1, gen_random_uuid(), null, now() from batch
                returning ledger_entry_id
            )
            insert into ledger_leg
            select ledger_entry_id, ordinality, (select ledger_account_id from ledger_account limit 1), 'USD', amount
            from entry, unnest(array[{amounts}]) with ordinality as leg (amount, ordinality)
            """);
        var refused = await Assert.ThrowsAsync<PostgresException>(command.ExecuteNonQueryAsync);
        Assert.Equal(
            (PostgresErrorCodes.CheckViolation, "ledger_entry_balanced"), (refused.SqlState, refused.ConstraintName));
    }

    [Fact]
    public async Task ListLedgerBatches_RecomputedFromWhatTheApiGives_EveryHashFollows()
    {
        var lease = await billing.SignAsync();
        await billing.DeliverAsync(lease.NoticeServed("2027-01-20"));
        var accounts = (await billing.AsOperator.ListLedgerAccountsAsync(new() { PageSize = 1000 })).LedgerAccounts
            .ToDictionary(account => account.LedgerAccountId);
        var entries = (await billing.AsOperator.ListLedgerEntriesAsync(new() { PageSize = 1000 })).LedgerEntries
            .ToLookup(entry => entry.BatchSequence);
        var batches = (await billing.AsOperator.ListLedgerBatchesAsync(new() { PageSize = 1000 })).LedgerBatches;
        var previous = new byte[32];
        foreach (var batch in batches)
        {
            Assert.Equal(previous, batch.PreviousSha256.ToByteArray());
            previous = HashOf(batch, entries[batch.Sequence], accounts);
            Assert.Equal(previous, batch.BatchSha256.ToByteArray());
        }
        Assert.Equal(previous, (await billing.CheckAsync()).LastBatchSha256.ToByteArray());
    }

    [Fact]
    public async Task ListLedgerBatches_ByPages_GivesEachOnce()
    {
        await billing.SignAsync();
        await billing.SignAsync();
        await billing.SignAsync();
        var all = (await billing.AsOperator.ListLedgerBatchesAsync(new())).LedgerBatches;
        var paged = new List<LedgerBatch>();
        var token = "";
        do
        {
            var page = await billing.AsOperator.ListLedgerBatchesAsync(new() { PageSize = 2, PageToken = token });
            Assert.InRange(page.LedgerBatches.Count, 1, 2);
            paged.AddRange(page.LedgerBatches);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal(all, paged);
    }

    private static byte[] HashOf(
        LedgerBatch batch, IEnumerable<LedgerEntry> entries, Dictionary<string, LedgerAccount> accounts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(batch.PreviousSha256.Span);
        Number(batch.Sequence);
        Time(batch.RecordTime);
        foreach (var entry in entries)
        {
            Id(entry.LedgerEntryId);
            Number((long)entry.Kind);
            Id(entry.SourceId);
            Id(entry.LeaseId);
            Time(entry.OccurTime);
            Number(entry.Legs.Count);
            foreach (var leg in entry.Legs)
            {
                var account = accounts[leg.LedgerAccountId];
                Id(leg.LedgerAccountId);
                Number((long)account.Kind);
                Id(account.OrganisationId);
                hash.AppendData(Encoding.ASCII.GetBytes(account.CurrencyCode));
                var minorUnits = leg.Amount.Units * 100 + leg.Amount.Nanos / 10_000_000;
                Number(leg.Side == LedgerSide.Debit ? minorUnits : -minorUnits);
            }
        }
        return hash.GetHashAndReset();

        void Id(string id) =>
            hash.AppendData(
                Convert.FromHexString(
                    id.Length == 0 ? new string('0', 32) : id.Replace("-", "", StringComparison.Ordinal)));

        void Time(Google.Protobuf.WellKnownTypes.Timestamp time) =>
            Number(time.Seconds * 1_000_000 + time.Nanos / 1_000);

        void Number(long number)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }
}
