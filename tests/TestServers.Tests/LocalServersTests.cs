using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Marketplace.TestServers.Tests;

/// <summary>
/// The script that starts the private servers, on servers of its own, so that those of other tests live on. Every test
/// begins with 'up', whatever another one did to them.
/// </summary>
public sealed partial class LocalServersTests(LocalServersTests.OwnServers own)
    : IClassFixture<LocalServersTests.OwnServers>
{
    [Fact]
    public async Task Up_ManyAtOnce_StartOnePair()
    {
        var before = await own.UpAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => own.UpAsync()));

        Assert.Equal(before, await own.PidsAsync());
    }

    [Fact]
    public async Task Up_AfterPostgresWasKilled_RecoversWithWhatWasCommitted()
    {
        var before = await own.UpAsync();
        var (postgres, _) = await own.Script().UpAsync();
        await SqlAsync(postgres, "create table if not exists kept (id int); insert into kept values (1)");
        await KillAsync(before.Postgres);

        var after = await own.UpAsync();

        Assert.NotEqual(before.Postgres, after.Postgres);
        Assert.Equal(before.RabbitMq, after.RabbitMq);
        Assert.Equal(postgres, (await own.Script().UpAsync()).Postgres);
        Assert.Equal(1L, await SqlAsync(postgres, "select count(*) from kept"));
    }

    [Fact]
    public async Task Up_AfterRabbitMqWasKilled_Recovers()
    {
        var before = await own.UpAsync();
        var (postgres, rabbitMq) = await own.Script().UpAsync();
        var addresses = ServerAddresses.From(postgres, new(rabbitMq));
        await KillAsync(before.RabbitMq);

        var after = await own.UpAsync();

        Assert.NotEqual(before.RabbitMq, after.RabbitMq);
        Assert.Equal(before.Postgres, after.Postgres);
        Assert.Equal(rabbitMq, (await own.Script().UpAsync()).RabbitMq);
        await using var host = await TestVirtualHost.CreateAsync(
            addresses.RabbitMq, addresses.RabbitMqHttp, "sample", CancellationToken.None);
    }

    [Fact]
    public async Task Down_Running_LeavesNoProcessAndKeepsTheData()
    {
        await own.UpAsync();
        var addresses = await own.Script().UpAsync();
        await SqlAsync(addresses.Postgres, "create table if not exists lasting (id int)");

        Assert.Equal(0, (await own.Script().RunAsync("down")).ExitCode);

        Assert.Empty(own.Processes());
        Assert.Equal(3, (await own.Script().RunAsync("status")).ExitCode);
        Assert.Equal(1, (await own.Script().RunAsync("env")).ExitCode);
        Assert.Equal(addresses, await own.Script().UpAsync());
        await SqlAsync(addresses.Postgres, "select * from lasting");
    }

    [Fact]
    public async Task Vhost_AddAndDeleteTwice_Succeed()
    {
        await own.UpAsync();
        foreach (var verb in (string[])["add", "add", "delete", "delete"])
            Assert.Equal((0, "", ""), await own.Script().RunAsync("vhost", verb, "sample"));
    }

    [Fact]
    public async Task Up_BothGiven_StartsNothingAndPassesThemOn()
    {
        var home = OwnServers.NewHome();
        var script = OwnServers.ScriptIn(
            home, ("MARKETPLACE_POSTGRES", "Host=server"), ("MARKETPLACE_RABBITMQ", "amqp://broker"));

        Assert.Equal(0, (await script.RunAsync("up")).ExitCode);

        Assert.False(Path.Exists(home));
        Assert.Equal("MARKETPLACE_POSTGRES='Host=server'\nMARKETPLACE_RABBITMQ='amqp://broker'\n",
            (await script.RunAsync("env")).Output);
    }

    [Fact]
    public async Task UpAsync_NothingInstalled_FailsAndNamesMarketTest()
    {
        var home = OwnServers.NewHome();
        var script = OwnServers.ScriptIn(
            home, ("MARKETPLACE_POSTGRES_BIN", "/none"), ("MARKETPLACE_RABBITMQ_BIN", "/none"));

        var failure = await Assert.ThrowsAsync<ServersUnavailableException>(script.UpAsync);

        Assert.Contains("not installed: postgresql rabbitmq-server", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'./market test'", failure.Message, StringComparison.Ordinal);
        await script.RunAsync("down", "--delete");
    }

    [Fact]
    public async Task Up_FolderWithOtherFiles_LeavesItAlone()
    {
        var home = Directory.CreateTempSubdirectory();
        var file = Path.Combine(home.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var script = OwnServers.ScriptIn(home.FullName);

        Assert.Equal(1, (await script.RunAsync("up")).ExitCode);
        await script.RunAsync("down", "--delete");

        Assert.True(File.Exists(file));
        home.Delete(recursive: true);
    }

    private static async Task KillAsync(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static async Task<object?> SqlAsync(string postgres, string sql)
    {
        var addresses = ServerAddresses.From(postgres, new("amqp://unused"));
        await using var source = NpgsqlDataSource.Create(addresses.Postgres);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A pair of servers beside those of the checkout, started three times at once.</summary>
    public sealed partial class OwnServers : IAsyncLifetime
    {
        private readonly string home = NewHome();

        public static string NewHome() => $"/var/tmp/marketplace-test-{Guid.CreateVersion7():N}";

        internal static LocalServers ScriptIn(string home, params (string Name, string? Value)[] variables) => new(
        [
            ("MARKETPLACE_LOCAL_HOME", home),
            ("MARKETPLACE_POSTGRES", null),
            ("MARKETPLACE_RABBITMQ", null),
            .. variables,
        ]);

        public Task InitializeAsync() => Task.WhenAll(UpAsync(), UpAsync(), UpAsync());

        public async Task DisposeAsync()
        {
            await Script().RunAsync("down", "--delete");
            Assert.False(Path.Exists(home));
        }

        internal LocalServers Script() => ScriptIn(home);

        internal async Task<(int Postgres, int RabbitMq)> UpAsync()
        {
            var (exitCode, _, error) = await Script().RunAsync("up", "--no-install");
            Assert.True(exitCode == 0, error);
            return await PidsAsync();
        }

        internal async Task<(int Postgres, int RabbitMq)> PidsAsync()
        {
            var pids = Pid().Matches((await Script().RunAsync("status")).Output)
                .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(2, pids.Length);
            return (pids[0], pids[1]);
        }

        /// <summary>Every process that works in a folder of these servers.</summary>
        internal IEnumerable<string> Processes() =>
            from folder in Directory.EnumerateDirectories("/proc")
            where char.IsAsciiDigit(Path.GetFileName(folder)[0])
            where WorkingFolder(folder).StartsWith(home, StringComparison.Ordinal)
            select folder;

        private static string WorkingFolder(string process)
        {
            try
            {
                return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget ?? "";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }

        [GeneratedRegex(@"pid (\d+)")]
        private static partial Regex Pid();
    }
}
