using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace Marketplace.Benchmarks;

/// <summary>
/// What the same work comes to elsewhere: pgbench with the same statements under a row lock, pgbench with one SQL
/// function, and as the limit nothing but inserts of the same rows.
/// </summary>
internal sealed partial class ReservePeers : IAsyncDisposable
{
    private const int AnswerBytes = 320;
    private const int LimitBatches = 64;

    private const string RowLockScript =
        """
        begin;
        select 1 from pool where pool_id = '{pool}' for update;
        update pool_month set free_kw = array(select kw - 1 from unnest(free_kw) as kw)
            where pool_id = '{pool}' and month >= '{start}' and month < '{end}';
        update pool set version = version + 1 where pool_id = '{pool}';
        with made as (
            insert into reservation (reservation_id, lease_id, provider_organisation_id, buyer_organisation_id, state,
                start_date, end_date, original_end_date, content_hash, version, create_time, update_time)
            values (gen_random_uuid(), gen_random_uuid(), '{provider}', '{provider}', 'RESERVED',
                '{start}', '{end}', '{end}', decode(repeat('00', 32), 'hex'), 1, now(), now())
            returning reservation_id)
        insert into reservation_step (reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date,
            reserved_kw)
        select reservation_id, 0, 'hall', '{pool}', '{start}', '{end}', 1 from made;
        insert into request_log (organisation_id, request_id, method, content_hash, answer, keep_for_ever)
        values ('{provider}', gen_random_uuid(), '/ReserveCapacity', decode(repeat('00', 32), 'hex'),
            decode(repeat('00', {answer}), 'hex'), false);
        commit;
        """;

    private readonly NpgsqlDataSource source;
    private readonly NpgsqlConnectionStringBuilder connection;
    private readonly string folder = Directory.CreateTempSubdirectory("marketplace-bench-").FullName;
    private readonly (Guid ProviderId, Guid PoolId, DateOnly Start, DateOnly End) work;

    private ReservePeers(NpgsqlDataSource source, NpgsqlConnectionStringBuilder connection, Guid poolId)
    {
        var start = ReserveProvider.ThisMonth.AddMonths(1);
        (this.source, this.connection) = (source, connection);
        work = (Guid.CreateVersion7(), poolId, start, start.AddMonths(37));
    }

    /// <summary>Prepares the peers on a pool of their own.</summary>
    public static async Task<ReservePeers> CreateAsync(ReserveMarket market)
    {
        var provider = await market.AddProviderAsync(pools: 1);
        var peers = new ReservePeers(market.Owner, new(market.OwnerConnectionString), provider.PoolIds[0]);
        await peers.PrepareAsync();
        return peers;
    }

    /// <summary>How many connections suit the peer best.</summary>
    public async Task<int> BestClientCountAsync()
    {
        var best = (Clients: 0, Rate: 0.0);
        foreach (var clients in (int[])[1, 4, 16, 64])
        {
            var rate = await FunctionAsync(clients, TimeSpan.FromSeconds(1));
            if (rate > best.Rate) best = (clients, rate);
        }
        return best.Clients;
    }

    public Task<double> RowLockAsync(int clients, TimeSpan duration) =>
        PgbenchAsync("row-lock.sql", clients, duration);

    public Task<double> FunctionAsync(int clients, TimeSpan duration) =>
        PgbenchAsync("function.sql", clients, duration);

    /// <summary>Inserts the rows of reservations, a batch a transaction, on each of some connections.</summary>
    public async Task<double> BareInsertAsync(int connections, int batchSize, TimeSpan duration) =>
        (await Task.WhenAll(Enumerable.Range(0, connections).Select(_ =>
            Task.Run(() => BareInsertAsync(batchSize, duration))))).Sum();

    private async Task<double> BareInsertAsync(int batchSize, TimeSpan duration)
    {
        await using var opened = await source.OpenConnectionAsync();
        var prepared = Enumerable.Range(0, LimitBatches).Select(_ => Rows(batchSize)).ToArray();
        var (count, elapsed) = (0L, TimeSpan.Zero);
        while (elapsed < duration)
        {
            foreach (var rows in prepared)
            {
                await using var batch = new NpgsqlBatch(opened);
                foreach (var (sql, parameters) in rows)
                {
                    var command = new NpgsqlBatchCommand(sql);
                    foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
                    batch.BatchCommands.Add(command);
                }
                var start = Stopwatch.GetTimestamp();
                await batch.PrepareAsync();
                await batch.ExecuteNonQueryAsync();
                elapsed += Stopwatch.GetElapsedTime(start);
                count += batchSize;
                if (elapsed >= duration) break;
            }
            // Ids are new for the next round, outside the time that counts.
            prepared = [.. prepared.Select(_ => Rows(batchSize))];
        }
        return count / elapsed.TotalSeconds;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task PrepareAsync()
    {
        var script = RowLockScript
            .Replace("{pool}", work.PoolId.ToString(), StringComparison.Ordinal)
            .Replace("{provider}", work.ProviderId.ToString(), StringComparison.Ordinal)
            .Replace("{start}", work.Start.ToString("O", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{end}", work.End.ToString("O", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{answer}", AnswerBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "row-lock.sql"), script);
        await File.WriteAllTextAsync(Path.Combine(folder, "function.sql"), "select peer_reserve();");
        var body = script.Replace("begin;", "", StringComparison.Ordinal)
            .Replace("commit;", "", StringComparison.Ordinal)
            .Replace("select 1 from", "perform 1 from", StringComparison.Ordinal);
        await using var opened = await source.OpenConnectionAsync();
        await opened.ExecuteAsync(
            $"create function peer_reserve() returns void language plpgsql as $$ begin {body} end $$");
    }

    private (string Sql, object[] Parameters)[] Rows(int batchSize)
    {
        var ids = Enumerable.Range(0, batchSize).Select(_ => Guid.CreateVersion7()).ToArray();
        var (starts, ends) =
            (Enumerable.Repeat(work.Start, batchSize).ToArray(), Enumerable.Repeat(work.End, batchSize).ToArray());
        var now = Enumerable.Repeat(TimeProvider.System.GetUtcNow().UtcDateTime, batchSize).ToArray();
        var hashes = Enumerable.Repeat(new byte[32], batchSize).ToArray();
        return
        [
            ("""
             insert into reservation (reservation_id, lease_id, provider_organisation_id, buyer_organisation_id, state,
                 start_date, end_date, original_end_date, content_hash, version, create_time, update_time)
             select id, lease_id, $3, $3, 'RESERVED', start_date, end_date, end_date, content_hash, 1, made, made
             from unnest($1, $2, $4, $5, $6, $7) as made (id, lease_id, start_date, end_date, content_hash, made)
             """,
                [
                    ids, ids.Select(_ => Guid.CreateVersion7()).ToArray(), work.ProviderId, starts, ends, hashes, now,
                ]),
            ("""
             insert into reservation_step (reservation_id, tranche_index, tranche_id, pool_id, start_date, end_date,
                 reserved_kw)
             select id, 0, 'hall', $2, start_date, end_date, 1
             from unnest($1, $3, $4) as made (id, start_date, end_date)
             """,
                [ids, work.PoolId, starts, ends]),
            ("""
             insert into request_log (organisation_id, request_id, method, content_hash, answer, keep_for_ever)
             select $1, id, '/ReserveCapacity', content_hash, answer, false
             from unnest($2, $3, $4) as made (id, content_hash, answer)
             """,
                [work.ProviderId, ids, hashes, Enumerable.Repeat(new byte[AnswerBytes], batchSize).ToArray()]),
        ];
    }

    private async Task<double> PgbenchAsync(string script, int clients, TimeSpan duration)
    {
        var start = new ProcessStartInfo(Program())
        {
            ArgumentList =
            {
                "--no-vacuum", "--protocol=prepared", $"--client={clients}", $"--jobs={Math.Min(2, clients)}",
                $"--time={Math.Max(1, (int)duration.TotalSeconds)}", $"--file={Path.Combine(folder, script)}",
                $"--host={connection.Host}", $"--port={connection.Port}", $"--username={connection.Username}",
                connection.Database!,
            },
            Environment = { ["PGPASSWORD"] = connection.Password },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var found = TransactionsPerSecond().Match(output);
        if (process.ExitCode != 0 || !found.Success)
            throw new InvalidOperationException($"pgbench failed: {errors}{output}");
        return double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    // PostgreSQL keeps it beside its servers, of which only the newest may be on the path.
    private static string Program() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetFiles("/usr/lib/postgresql", "pgbench", SearchOption.AllDirectories).Order().Last()
            : "pgbench";

    [GeneratedRegex(@"tps = ([0-9.]+) \(without initial connection time\)")]
    private static partial Regex TransactionsPerSecond();
}
