using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Leasing.Tests;

/// <summary>The real Inventory with a database of its own, for what only the two services together can show.</summary>
internal sealed class RealInventory : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly WebApplication app;
    private readonly GrpcChannel channel;

    private RealInventory(TestDatabase database, WebApplication app)
    {
        (this.database, this.app) = (database, app);
        channel = GrpcChannel.ForAddress(Address);
    }

    public Uri Address => new(app.Urls.Single());

    public static async Task<RealInventory> StartAsync(IKeyResolver keys, Uri broker)
    {
        var database = await Servers.CreateDatabaseAsync("inventory");
        await Migrations.ApplyAsync(
            database.OwnerConnectionString,
            database.ApplicationRole,
            typeof(Marketplace.Inventory.InventoryRpc).Assembly,
            NullLogger.Instance,
            CancellationToken.None);
        var host = Marketplace.Inventory.Program.Compose(
        [
            "--MARKETPLACE_LISTEN=127.0.0.1:0",
            $"--MARKETPLACE_DATABASE={database.ApplicationConnectionString}",
            $"--MARKETPLACE_BROKER={broker}",
            "--MARKETPLACE_CLOCK=sandbox",
            "--Logging:LogLevel:Default=Warning",
        ]);
        host.Services.AddSingleton(keys);
        var app = host.Build();
        await app.StartAsync();
        return new(database, app);
    }

    public CallInvoker Invoker(string key) => channel.Intercept(headers =>
    {
        headers.Add("authorization", $"Bearer {key}");
        return headers;
    });

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await database.DisposeAsync();
    }
}
