using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Dapper;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Marketplace.Accounts.V1;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace Marketplace.Accounts.Tests;

/// <summary>
/// Accounts, on real servers, and the other services as far as they are ServiceDefaults: what moves the clock needs no
/// more of them.
/// </summary>
internal sealed class Market : IAsyncDisposable
{
    public static readonly Instant Start = Instant.FromUtc(2026, 4, 1, 0, 0);

    private static readonly string[] Names = ["accounts", "inventory", "leasing", "billing"];

    private readonly Dictionary<string, Uri> addresses = Names.ToDictionary(name => name, _ => FreeAddress());
    private readonly Dictionary<string, TestDatabase> databases = [];
    private readonly Dictionary<string, WebApplication> hosts = [];
    private readonly ConcurrentDictionary<string, GrpcChannel> channels = new();
    private readonly TestVirtualHost virtualHost;
    private readonly string clock;
    private Process? process;

    private Market(string clock, TestVirtualHost virtualHost) => (this.clock, this.virtualHost) = (clock, virtualHost);

    public string KeysFolder { get; } = Directory.CreateTempSubdirectory("accounts-test").FullName;

    public string OperatorKey => File.ReadAllText(Path.Combine(KeysFolder, "operator.key")).Trim();

    public string ServiceKey => File.ReadAllText(Path.Combine(KeysFolder, "service.key")).Trim();

    public AccountsService.AccountsServiceClient Operator => new(Invoker(OperatorKey));

    /// <summary>The work of the services that is done by the tests' own consumers.</summary>
    public TestWork Work { get; } = new();

    public static async Task<Market> CreateAsync(
        string clock = "sandbox", bool withServices = false, bool asProcess = false)
    {
        var market = new Market(clock, await Servers.CreateVirtualHostAsync("accounts"));
        foreach (var name in withServices ? Names : ["accounts"])
        {
            var database = await Servers.CreateDatabaseAsync(name);
            market.databases.Add(name, database);
            await Migrations.ApplyAsync(
                database.OwnerConnectionString,
                database.ApplicationRole,
                name == "accounts" ? typeof(Program).Assembly : Assembly.GetExecutingAssembly(),
                NullLogger.Instance,
                CancellationToken.None);
        }
        if (asProcess) await market.StartProcessAsync();
        else await market.StartAccountsAsync();
        if (withServices) foreach (var name in Names.Skip(1)) await market.StartServiceAsync(name);
        return market;
    }

    public CallInvoker Invoker(string? key, string service = "accounts")
    {
        var channel = channels.GetOrAdd(service, name => GrpcChannel.ForAddress(addresses[name], new()
        {
            // A message that is too large for the server must reach it.
            MaxSendMessageSize = null,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(200),
        }));
        return key is null ? channel.CreateCallInvoker() : channel.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {key}");
            return headers;
        });
    }

    /// <summary>A caller of a new organisation.</summary>
    public async Task<(Organisation Organisation, string Key)> RegisterAsync(Role[] roles, params Scope[] scopes)
    {
        var organisation = await Operator.CreateOrganisationAsync(new()
        {
            RequestId = NewId(),
            DisplayName = "Test",
            Roles = { roles },
        });
        var (_, text) = await CreateKeyAsync(organisation.OrganisationId, scopes);
        return (organisation, text);
    }

    public async Task<(ApiKey Key, string Text)> CreateKeyAsync(string organisationId, params Scope[] scopes)
    {
        var secret = Secret.Make();
        var key = await Operator.CreateApiKeyAsync(new()
        {
            RequestId = NewId(),
            OrganisationId = organisationId,
            Scopes = { scopes.Length == 0 ? AllScopes : scopes },
            SecretSha256 = secret.Sha256,
        });
        return (key, secret.TextOf(key.ApiKeyId));
    }

    public static IEnumerable<Scope> AllScopes => Enum.GetValues<Scope>().Where(scope => scope != Scope.Unspecified);

    public static string NewId() => Guid.CreateVersion7().ToString();

    /// <summary>Makes work due at a service.</summary>
    public async Task ScheduleAsync(string service, string key, Instant dueTime, string payload)
    {
        await using var transaction = await hosts[service].Services.GetRequiredService<Database>().BeginAsync(default);
        await transaction.ScheduleAsync(TestWork.Kind, key, dueTime, payload);
        await transaction.CommitAsync(default);
    }

    public async Task<Quiescence> QuiescenceAsync(string service) =>
        await new ClockWindowService.ClockWindowServiceClient(Invoker(ServiceKey, service)).GetQuiescenceAsync(new());

    /// <summary>Advances the clock and follows the advance to its end, or to where it stops.</summary>
    public async Task<ClockAdvance> AdvanceAsync(Instant target)
    {
        var advance = await Operator.AdvanceClockAsync(
            new() { RequestId = NewId(), TargetMarketTime = target.ToTimestamp() });
        return await FollowAsync(advance.ClockAdvanceId);
    }

    public async Task<ClockAdvance> FollowAsync(string advanceId)
    {
        using var watch = Operator.WatchClockAdvance(
            new() { ClockAdvanceId = advanceId }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));
        ClockAdvance? last = null;
        await foreach (var advance in watch.ResponseStream.ReadAllAsync()) last = advance;
        return last!;
    }

    public async Task StartAccountsAsync()
    {
        var host = Program.Compose(Arguments("accounts")).Build();
        hosts["accounts"] = host;
        await host.StartAsync();
    }

    public async Task StopAccountsAsync()
    {
        if (!hosts.Remove("accounts", out var host)) return;
        await host.StopAsync();
        await host.DisposeAsync();
    }

    /// <summary>Takes back what the first start wrote in the database.</summary>
    public Task EmptyAsync() => ExecuteAsync("accounts", "truncate organisation, api_key");

    /// <summary>Changes the database of a service as its owner.</summary>
    public async Task ExecuteAsync(string service, string sql)
    {
        await using var connection = new NpgsqlConnection(databases[service].OwnerConnectionString);
        await connection.ExecuteAsync(sql);
    }

    /// <summary>A number from the database of a service.</summary>
    public async Task<long> CountAsync(string service, string table)
    {
        await using var connection = new NpgsqlConnection(databases[service].OwnerConnectionString);
        return await connection.QuerySingleAsync<long>($"select count(*) from {table}");
    }

    /// <summary>Stops a service and starts it again.</summary>
    public async Task RestartAsync(string service)
    {
        await hosts[service].StopAsync();
        await hosts[service].DisposeAsync();
        await (service == "accounts" ? StartAccountsAsync() : StartServiceAsync(service));
    }

    public async Task StartProcessAsync()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (var argument in Arguments("accounts")) start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var health = new Health.HealthClient(Invoker(null));
        await Eventually.AsyncThat(
            async () => (await health.CheckAsync(new(), new CallOptions().WithWaitForReady())).Status
                == HealthCheckResponse.Types.ServingStatus.Serving,
            TimeSpan.FromMinutes(1));
    }

    /// <summary>Ends Accounts as a crash would.</summary>
    public async Task KillProcessAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillProcessAsync();
        foreach (var channel in channels.Values) channel.Dispose();
        foreach (var name in hosts.Keys.ToList().Where(name => name != "accounts"))
        {
            await hosts[name].StopAsync();
            await hosts[name].DisposeAsync();
        }
        await StopAccountsAsync();
        foreach (var database in databases.Values) await database.DisposeAsync();
        await virtualHost.DisposeAsync();
        Directory.Delete(KeysFolder, recursive: true);
    }

    private async Task StartServiceAsync(string name)
    {
        var host = new ServiceHost(name, Assembly.GetExecutingAssembly(), Arguments(name));
        host.Services.AddSingleton(Work);
        host.AddDueWork<PublishWork>();
        if (name != "leasing") host.AddConsumer(new TestConsumer($"{name}.lease", Work));
        hosts[name] = host.Build();
        await hosts[name].StartAsync();
    }

    private string[] Arguments(string name) =>
    [
        $"--MARKETPLACE_LISTEN={addresses[name].Authority}",
        $"--MARKETPLACE_DATABASE={databases[name].ApplicationConnectionString};Maximum Pool Size=20",
        $"--MARKETPLACE_BROKER={virtualHost.Uri}",
        $"--MARKETPLACE_CLOCK={clock}",
        $"--MARKETPLACE_KEYS_FOLDER={KeysFolder}",
        $"--MARKETPLACE_SERVICE_KEY_FILE={Path.Combine(KeysFolder, "service.key")}",
        "--Logging:LogLevel:Default=Critical",
        .. addresses.Select(pair => $"--MARKETPLACE_{pair.Key.ToUpperInvariant()}={pair.Value}"),
    ];

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}
