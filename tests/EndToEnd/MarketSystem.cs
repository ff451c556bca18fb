using System.Net;
using System.Net.NetworkInformation;
using Dapper;
using Marketplace.Client;
using Marketplace.Operations.V1;
using Marketplace.TestServers;
using Npgsql;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// The whole marketplace as it runs: each service a process of its own with its own database and roles, on a virtual
/// host of RabbitMQ. Tests reach it through the public APIs, and may kill any service.
/// </summary>
internal sealed class MarketSystem : IAsyncDisposable
{
    /// <summary>The services; Accounts, which the others need, first.</summary>
    public static readonly IReadOnlyList<string> Names = ["accounts", "inventory", "leasing", "billing"];

    private readonly Dictionary<string, IReadOnlyList<Uri>> addresses = [];
    private readonly Dictionary<string, TestDatabase> databases = [];
    private readonly Dictionary<string, IReadOnlyList<ServiceProcess>> services = [];
    private readonly string folder = Directory.CreateTempSubdirectory("end-to-end-").FullName;
    private readonly TestVirtualHost virtualHost;

    private MarketSystem(TestVirtualHost virtualHost, BrokerGate gate) =>
        (this.virtualHost, Gate) = (virtualHost, gate);

    public MarketEndpoints Endpoints => new(
        new(addresses["accounts"]), new(addresses["inventory"]), new(addresses["leasing"]), new(addresses["billing"]));

    /// <summary>The market as one replica of Inventory has it.</summary>
    public MarketEndpoints EndpointsOf(int inventoryReplica) => new(
        new(addresses["accounts"]), new([addresses["inventory"][inventoryReplica]]), new(addresses["leasing"]),
        new(addresses["billing"]));

    /// <summary>Those who run the market.</summary>
    public MarketClient Operator { get; private set; } = null!;

    /// <summary>What Leasing's events have to pass on their way to the broker.</summary>
    public BrokerGate Gate { get; }

    /// <summary>Starts a market.</summary>
    /// <param name="otlp">Where its traces go; null: nowhere.</param>
    /// <param name="clock">The mode of the market clock.</param>
    /// <param name="replicas">How many processes each service has.</param>
    /// <param name="drainSeconds">How long a service still answers when it is told to stop.</param>
    /// <param name="names">The services that are started; none given: all.</param>
    public static async Task<MarketSystem> StartAsync(
        Uri? otlp = null, string clock = "sandbox", int replicas = 1, int drainSeconds = 0,
        params string[] names)
    {
        var virtualHost = await Servers.CreateVirtualHostAsync("end_to_end");
        var system = new MarketSystem(virtualHost, new(virtualHost.Uri));
        foreach (var (name, free) in Names.Zip(FreeAddresses().Chunk(replicas))) system.addresses.Add(name, free);
        var started = names.Length == 0 ? Names : names;
        foreach (var name in started)
        {
            var database = await Servers.CreateDatabaseAsync(name);
            system.databases.Add(name, database);
            var settings = system.Settings(name, database, otlp, clock);
            settings["MARKETPLACE_DRAIN_SECONDS"] = $"{drainSeconds}";
            system.services.Add(name, [.. system.addresses[name].Select((address, replica) => new ServiceProcess(
                name, address, settings, Path.Combine(system.folder, $"{name}-{replica}.log")))]);
        }
        await Task.WhenAll(system.services.Values.Select(service => service[0].MigrateAsync()));
        // Accounts writes the keys that the others call each other with.
        await system.StartAsync("accounts");
        await Task.WhenAll(started.Where(name => name != "accounts").Select(system.StartAsync));
        system.Operator = new(system.Endpoints, await system.KeyAsync("operator"));
        return system;
    }

    public Task StartAsync(string service) =>
        Task.WhenAll(services[service].Select(replica => replica.StartAsync()));

    public void Kill(string service)
    {
        foreach (var replica in services[service]) replica.Kill();
    }

    /// <summary>The processes of a service.</summary>
    public IReadOnlyList<ServiceProcess> Replicas(string service) => services[service];

    /// <summary>Kills a service and starts it again.</summary>
    public Task RestartAsync(string service)
    {
        Kill(service);
        return StartAsync(service);
    }

    /// <summary>The file with the key of the operator or of the services.</summary>
    public string KeyFile(string owner) => Path.Combine(folder, $"{owner}.key");

    /// <summary>A service's database as its owner.</summary>
    public NpgsqlConnection Database(string service) => new(databases[service].OwnerConnectionString);

    /// <summary>What a service has to do, has sent and has consumed.</summary>
    public async Task<Quiescence> QuiescenceAsync(string service)
    {
        using var client = new MarketClient(Endpoints, await KeyAsync("service"));
        var invoker = client.Invoker(Enum.Parse<MarketService>(service, ignoreCase: true));
        return await new ClockWindowService.ClockWindowServiceClient(invoker).GetQuiescenceAsync(new());
    }

    /// <summary>Waits until every event is sent, and consumed by all that consume it.</summary>
    public Task QuietAsync() => Eventually.AsyncThat(
        async () =>
        {
            var leasing = await QuiescenceAsync("leasing");
            var consumers = new[] { await QuiescenceAsync("inventory"), await QuiescenceAsync("billing") };
            return consumers.Append(leasing).All(service => service is { OutboxCount: 0, SetAsideCount: 0 })
                && consumers.All(service => service.Consumed.Sum(count => count.TotalCount)
                    == leasing.Sent.Sum(count => count.TotalCount));
        },
        TimeSpan.FromMinutes(1));

    /// <summary>A digest of all that the services have stored, but for the beats of their replicas.</summary>
    public async Task<string> DigestAsync()
    {
        var digests = new List<string>();
        foreach (var name in databases.Keys)
        {
            await using var connection = Database(name);
            digests.AddRange(await connection.QueryAsync<string>(
                """
                select table_name || ' ' || query_to_xml(
                    format('select md5(string_agg(t::text, chr(10) order by t::text)) from %I t', table_name),
                    true, true, '')::text
                from information_schema.tables
                where table_schema = 'public' and table_name <> 'replica' order by table_name
                """));
        }
        return string.Join("\n", digests);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in services.Values.SelectMany(replicas => replicas)) replica.Dispose();
        Operator?.Dispose();
        await Gate.DisposeAsync();
        foreach (var database in databases.Values) await database.DisposeAsync();
        await virtualHost.DisposeAsync();
    }

    private Dictionary<string, string> Settings(string name, TestDatabase database, Uri? otlp, string clock)
    {
        var settings = addresses.ToDictionary(
            address => $"MARKETPLACE_{address.Key.ToUpperInvariant()}",
            address => new ServiceAddress(address.Value).ToString());
        settings["MARKETPLACE_DATABASE"] = new NpgsqlConnectionStringBuilder(database.ApplicationConnectionString)
        {
            // The server has 300 for all processes of all tests.
            MaxPoolSize = 20,
            MinPoolSize = 0,
            Timeout = 60,
        }.ToString();
        settings["MARKETPLACE_DATABASE_OWNER"] = database.OwnerConnectionString;
        settings["MARKETPLACE_BROKER"] = (name == "leasing" ? Gate.Uri : virtualHost.Uri).ToString();
        settings["MARKETPLACE_CLOCK"] = clock;
        settings["MARKETPLACE_KEYS_FOLDER"] = folder;
        settings["MARKETPLACE_SERVICE_KEY_FILE"] = KeyFile("service");
        settings["MARKETPLACE_OTLP"] = otlp?.ToString() ?? "";
        settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        settings["DOTNET_gcServer"] = "0";
        settings["Logging__LogLevel__Default"] = "Warning";
        return settings;
    }

    private async Task<string> KeyAsync(string owner) => (await File.ReadAllTextAsync(KeyFile(owner))).Trim();

    // Below the ports that the system hands out by itself and those of the private servers, so that nothing takes the
    // port of a service while it is down.
    private static IEnumerable<Uri> FreeAddresses()
    {
        const int First = 10_000;
        const int Last = 14_999;
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Select(listener => listener.Port).ToHashSet();
        var start = Random.Shared.Next(First, Last);
        return from port in Enumerable.Range(start, Last - start).Concat(Enumerable.Range(First, start - First))
               where !taken.Contains(port)
               select new Uri($"http://{IPAddress.Loopback}:{port}");
    }
}
