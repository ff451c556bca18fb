using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Marketplace.Inventory;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Benchmarks;

/// <summary>How long a service takes to start, alone, on an empty database.</summary>
internal static class StartBenchmarks
{
    private const int Rounds = 5;
    private const double SecondsTarget = 2;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);

    public static Benchmark Start { get; } = new(
        "start", "starts Inventory on an empty database until it is SERVING", () => RunAsync().ToBlockingEnumerable());

    private static async IAsyncEnumerable<BenchmarkResult> RunAsync()
    {
        await using var database = await Servers.CreateDatabaseAsync("inventory");
        await using var broker = await Servers.CreateVirtualHostAsync("start");
        var migration = Stopwatch.GetTimestamp();
        await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole,
            typeof(ShardWriter).Assembly, NullLogger.Instance, default);
        var migrated = Stopwatch.GetElapsedTime(migration);
        var seconds = new List<double>();
        for (var round = 0; round < Rounds; round++) seconds.Add((await StartAsync(database, broker)).TotalSeconds);
        var median = seconds.Order().ElementAt(Rounds / 2);
        yield return new("start.inventory", median, null, null, null, SecondsTarget, median <= SecondsTarget, "s");
        yield return new("start.inventory.migrations", migrated.TotalSeconds, null, null, null, null, true, "s");
    }

    private static async Task<TimeSpan> StartAsync(TestDatabase database, TestVirtualHost broker)
    {
        var address = FreeAddress();
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, $"{typeof(ShardWriter).Assembly.GetName().Name}.dll")])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["MARKETPLACE_LISTEN"] = address.Authority,
                ["MARKETPLACE_DATABASE"] = database.ApplicationConnectionString,
                ["MARKETPLACE_BROKER"] = broker.Uri.ToString(),
                // Nobody is asked at the start.
                ["MARKETPLACE_ACCOUNTS"] = "http://127.0.0.1:1",
                ["Logging__LogLevel__Default"] = "Error",
            },
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            using var channel = GrpcChannel.ForAddress(address);
            var health = new Health.HealthClient(channel);
            using var timer = new PeriodicTimer(Poll);
            while (!await IsServingAsync(health))
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(began) > StartMax)
                    throw new InvalidOperationException("Inventory does not start.");
                await timer.WaitForNextTickAsync();
            }
            return Stopwatch.GetElapsedTime(began);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<bool> IsServingAsync(Health.HealthClient health)
    {
        try
        {
            return (await health.CheckAsync(new())).Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException)
        {
            // Not yet.
            return false;
        }
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}
