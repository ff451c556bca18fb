using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Brings a database to the present schema: the numbered <c>migrations/*.sql</c> resources of ServiceDefaults and then
/// those of the service, each once, in its own transaction, as the owner role. Concurrent starts wait for each other.
/// </summary>
public static partial class Migrations
{
    // Any constant: it names the lock within the database.
    private const long LockId = 0x4D_49_47_52;

    /// <summary>Applies what is missing.</summary>
    /// <param name="ownerConnectionString">A connection as the role that owns the tables.</param>
    /// <param name="applicationRole">The role that the service runs as; <c>${app_role}</c> in the scripts.</param>
    /// <param name="service">The assembly with the service's own migrations.</param>
    /// <param name="logger">Says what is applied.</param>
    /// <param name="cancellationToken">Stops between two migrations.</param>
    /// <exception cref="InvalidOperationException">A migration that was applied has changed since.</exception>
    public static async Task ApplyAsync(
        string ownerConnectionString, string applicationRole, Assembly service, ILogger logger,
            CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(ownerConnectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync("select pg_advisory_lock(@LockId)", new { LockId });
        await connection.ExecuteAsync(
            """
            create table if not exists schema_migration (
                name       text primary key,
                sha256     bytea not null,
                apply_time timestamptz not null default now()
            )
            """);
        var applied =
            (await connection.QueryAsync<(string Name, byte[] Sha256)>("select name, sha256 from schema_migration"))
            .ToDictionary(row => row.Name, row => row.Sha256);

        foreach (var (name, sql) in Scripts(typeof(Migrations).Assembly).Concat(Scripts(service)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sha256 = SHA256.HashData(Encoding.UTF8.GetBytes(sql));
            if (applied.TryGetValue(name, out var before))
            {
                if (before.AsSpan().SequenceEqual(sha256)) continue;
                throw new InvalidOperationException(
                    $"Migration {name} was applied and has changed since; add a new one instead.");
            }
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await connection.ExecuteAsync(sql.Replace("${app_role}", applicationRole, StringComparison.Ordinal));
            await connection.ExecuteAsync("insert into schema_migration (name, sha256) values (@name, @sha256)",
                new { name, sha256 });
            await transaction.CommitAsync(cancellationToken);
            LogApplied(logger, name);
        }
    }

    // The assembly's name keeps apart migrations of the same number.
    private static IEnumerable<(string Name, string Sql)> Scripts(Assembly assembly)
    {
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("migrations/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return ($"{assembly.GetName().Name}/{resource["migrations/".Length..]}", reader.ReadToEnd());
        }
    }

    [LoggerMessage(EventId = 1, EventName = "migration.applied", Level = LogLevel.Information,
        Message = "Applied migration {Name}")]
    private static partial void LogApplied(ILogger logger, string name);
}
