using Npgsql;

namespace Marketplace.TestServers.Tests;

public sealed class TestDatabaseTests
{
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);

    [Fact]
    public async Task CreateDatabaseAsync_OwnerRole_MakesTablesAndGrantsThem()
    {
        await using var database = await Servers.CreateDatabaseAsync("sample");

        await SqlAsync(database.OwnerConnectionString,
            $"create table sample (id int); grant insert on sample to {database.ApplicationRole}");

        await SqlAsync(database.ApplicationConnectionString, "insert into sample values (1)");
        Assert.Equal(1L, await SqlAsync(database.OwnerConnectionString, "select count(*) from sample"));
    }

    [Theory]
    [InlineData("create table sample (id int)")]
    [InlineData("create temporary table sample (id int)")]
    [InlineData("create schema sample")]
    [InlineData("create role sample")]
    [InlineData("create database sample")]
    public async Task CreateDatabaseAsync_ApplicationRole_MakesNothing(string sql)
    {
        await using var database = await Servers.CreateDatabaseAsync("sample");

        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => SqlAsync(database.ApplicationConnectionString, sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task CreateDatabaseAsync_RoleOfAnotherService_CannotConnect()
    {
        await using var database = await Servers.CreateDatabaseAsync("sample");
        await using var other = await Servers.CreateDatabaseAsync("other");
        var intruder = new NpgsqlConnectionStringBuilder(other.OwnerConnectionString) { Database = database.Name };

        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => SqlAsync(intruder.ConnectionString, "select 1"));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task CreateDatabaseAsync_Server_WritesDurably()
    {
        await using var database = await Servers.CreateDatabaseAsync("sample");

        Assert.Equal("on", await SqlAsync(database.ApplicationConnectionString, "show fsync"));
        Assert.Equal("on", await SqlAsync(database.ApplicationConnectionString, "show synchronous_commit"));
    }

    [Fact]
    public async Task CreateDatabaseAsync_ProcessesAtOnce_EachHasItsOwn()
    {
        // A service that the server does not know yet, so that all of them find its roles missing.
        var service = $"race_{Guid.CreateVersion7():N}"[..20];
        try
        {
            var names = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SecondProcess.RunAsync(service)));

            Assert.Equal(4, names.Distinct().Count());
            Assert.All(names, name => Assert.StartsWith($"test_{service}_", name));
        }
        finally
        {
            await SqlAsync(await Servers.GetPostgresAsync(),
                $"drop role if exists test_{service}_owner, test_{service}_app");
        }
    }

    [Fact]
    public async Task CreateDatabaseAsync_DatabasesOfCrashedProcesses_AreDroppedAfterADay()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (stale, recent) = (TestName.New("sample", now - TwoDays), TestName.New("sample", now));
        var administrator = await Servers.GetPostgresAsync();
        await SqlAsync(administrator, $"create database {stale}");
        await SqlAsync(administrator, $"create database {recent}");

        await using (await Servers.CreateDatabaseAsync("sample"))
        {
            Assert.False(await ExistsAsync(stale));
            Assert.True(await ExistsAsync(recent));
        }

        await SqlAsync(administrator, $"drop database {recent}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sample")]
    [InlineData("sample; drop")]
    [InlineData("a_name_of_21_letters_")]
    public async Task CreateDatabaseAsync_UnusableName_Throws(string service) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Servers.CreateDatabaseAsync(service));

    [Fact]
    public async Task DisposeAsync_WhileConnected_DropsIt()
    {
        var database = await Servers.CreateDatabaseAsync("sample");
        await using var source = NpgsqlDataSource.Create(database.ApplicationConnectionString);
        await using var connection = await source.OpenConnectionAsync();

        await database.DisposeAsync();

        Assert.False(await ExistsAsync(database.Name));
    }

    private static async Task<bool> ExistsAsync(string name) => (bool)(await SqlAsync(
        await Servers.GetPostgresAsync(),
        $"select exists (select from pg_database where datname = '{name}')"))!;

    private static async Task<object?> SqlAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
