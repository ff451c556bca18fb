using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Marketplace.TestServers;

/// <summary>
/// A database of its own for the tests of one service. As in production the owner role makes the tables, and the
/// application role may do only what the owner grants: it cannot even make a temporary table.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // Any constant: it names the lock within the administrator's database.
    private const long LockId = 0x54_45_53_54;

    // Many test processes may be in front in the queue.
    private const int CommandSecondsMax = 120;

    private readonly string administrator;

    private TestDatabase(string administrator, string service)
    {
        this.administrator = administrator;
        Name = TestName.New(service);
        // Roles belong to the whole server. These are not those of a running Marketplace on the same server, whose
        // passwords they would change.
        OwnerRole = $"test_{service}_owner";
        ApplicationRole = $"test_{service}_app";
        OwnerConnectionString = As(OwnerRole);
        ApplicationConnectionString = As(ApplicationRole);
    }

    /// <summary>Such as <c>test_leasing_0199...</c>.</summary>
    public string Name { get; }

    /// <summary>The role that owns the database and may make tables in it.</summary>
    public string OwnerRole { get; }

    /// <summary>The role that a service runs as; has no right but to connect until the owner grants more.</summary>
    public string ApplicationRole { get; }

    /// <summary>Connects as <see cref="OwnerRole"/>.</summary>
    public string OwnerConnectionString { get; }

    /// <summary>Connects as <see cref="ApplicationRole"/>.</summary>
    public string ApplicationConnectionString { get; }

    /// <summary>Drops the database, whoever is connected to it.</summary>
    public async ValueTask DisposeAsync()
    {
        await using var source = NpgsqlDataSource.Create(administrator);
        await using var drop = source.CreateCommand(Drop(Name));
        await drop.ExecuteNonQueryAsync();
    }

    internal static async Task<TestDatabase> CreateAsync(
        string administrator, string service, CancellationToken cancellationToken)
    {
        var database = new TestDatabase(administrator, service);
        await using var source = NpgsqlDataSource.Create(administrator);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // Processes that change the same role or drop the same database at once would fail; closing ends the lock.
        await ExecuteAsync($"select pg_advisory_lock({LockId})");
        foreach (var stale in await StaleAsync(connection, cancellationToken)) await ExecuteAsync(Drop(stale));
        await ExecuteAsync(CreateRole(database.OwnerRole));
        await ExecuteAsync(CreateRole(database.ApplicationRole));
        await ExecuteAsync($"alter role {database.OwnerRole} login password '{database.Password(database.OwnerRole)}'");
        await ExecuteAsync(
            $"alter role {database.ApplicationRole} login password '{database.Password(database.ApplicationRole)}'");
        await ExecuteAsync($"create database {database.Name} owner {database.OwnerRole} template template0");
        await ExecuteAsync($"revoke all on database {database.Name} from public");
        await ExecuteAsync($"grant connect on database {database.Name} to {database.ApplicationRole}");
        return database;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = CommandSecondsMax };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<List<string>> StaleAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var stale = new List<string>();
        await using var command = new NpgsqlCommand("select datname from pg_database", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (TestName.IsStale(reader.GetString(0))) stale.Add(reader.GetString(0));
        }
        return stale;
    }

    private static string Drop(string name) => $"drop database if exists {name} with (force)";

    private static string CreateRole(string name) =>
        $"do $$ begin if to_regrole('{name}') is null then create role {name}; end if; end $$";

    private string As(string role) => new NpgsqlConnectionStringBuilder(administrator)
    {
        Database = Name,
        Username = role,
        Password = Password(role),
    }.ConnectionString;

    // Every process finds the same password by itself, and nobody finds it who does not know the administrator's.
    private string Password(string role)
    {
        var secret = new NpgsqlConnectionStringBuilder(administrator).Password;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{secret}:{role}")));
    }
}
