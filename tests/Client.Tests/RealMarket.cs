using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Client.Tests;

/// <summary>The real Accounts and Inventory on servers of their own, each behind a gate that a test can cut.</summary>
public sealed class RealMarket : IAsyncLifetime
{
    private readonly string keysFolder = Directory.CreateTempSubdirectory("client-test").FullName;
    private readonly List<TestDatabase> databases = [];
    private readonly Uri accountsAddress = FreeAddress();
    private readonly Uri inventoryAddress = FreeAddress();
    private TestVirtualHost virtualHost = null!;
    private WebApplication accounts = null!;
    private WebApplication inventory = null!;

    internal ConnectionGate AccountsGate { get; private set; } = null!;

    internal ConnectionGate InventoryGate { get; private set; } = null!;

    /// <summary>Where the services are themselves.</summary>
    internal MarketEndpoints Endpoints => Of(accountsAddress, inventoryAddress);

    /// <summary>Where their gates are.</summary>
    internal MarketEndpoints Gates => Of(AccountsGate.Uri, InventoryGate.Uri);

    internal string OperatorKey => File.ReadAllText(Path.Combine(keysFolder, "operator.key")).Trim();

    public async Task InitializeAsync()
    {
        virtualHost = await Servers.CreateVirtualHostAsync("client");
        accounts = await StartAsync(
            accountsAddress, Marketplace.Accounts.Program.Compose, typeof(Marketplace.Accounts.Program).Assembly);
        inventory = await StartAsync(
            inventoryAddress, Marketplace.Inventory.Program.Compose, typeof(Marketplace.Inventory.Program).Assembly);
        (AccountsGate, InventoryGate) = (new(accountsAddress), new(inventoryAddress));
    }

    public async Task DisposeAsync()
    {
        await AccountsGate.DisposeAsync();
        await InventoryGate.DisposeAsync();
        foreach (var app in new[] { inventory, accounts })
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        foreach (var database in databases) await database.DisposeAsync();
        await virtualHost.DisposeAsync();
        Directory.Delete(keysFolder, recursive: true);
    }

    /// <summary>Stops Inventory as an update does, and starts it again where it was.</summary>
    internal async Task RestartInventoryAsync()
    {
        await inventory.StopAsync();
        await inventory.DisposeAsync();
        inventory = await StartAsync(
            inventoryAddress, Marketplace.Inventory.Program.Compose, databases[1]);
    }

    /// <summary>A key of a new organisation.</summary>
    internal async Task<string> RegisterAsync(params Role[] roles)
    {
        using var operators = new MarketClient(Endpoints, OperatorKey);
        var organisation = await operators.Accounts.CreateOrganisationAsync(
            new() { DisplayName = "Test", Roles = { roles } });
        var secret = new ApiKeySecret();
        var key = await operators.Accounts.CreateApiKeyAsync(new()
        {
            OrganisationId = organisation.OrganisationId,
            SecretSha256 = secret.Sha256,
            Scopes = { Scope.AccountsRead, Scope.InventoryRead, Scope.InventoryWrite },
        });
        return secret.KeyFor(key.ApiKeyId);
    }

    private async Task<WebApplication> StartAsync(Uri address, Func<string[], ServiceHost> compose, Assembly assembly)
    {
        var database = await Servers.CreateDatabaseAsync("client");
        databases.Add(database);
        await Migrations.ApplyAsync(
            database.OwnerConnectionString,
            database.ApplicationRole,
            assembly,
            NullLogger.Instance,
            CancellationToken.None);
        return await StartAsync(address, compose, database);
    }

    private async Task<WebApplication> StartAsync(
        Uri address, Func<string[], ServiceHost> compose, TestDatabase database)
    {
        var app = compose(
        [
            $"--MARKETPLACE_LISTEN={address.Authority}",
            $"--MARKETPLACE_DATABASE={database.ApplicationConnectionString};Maximum Pool Size=20",
            $"--MARKETPLACE_BROKER={virtualHost.Uri}",
            "--MARKETPLACE_CLOCK=sandbox",
            $"--MARKETPLACE_KEYS_FOLDER={keysFolder}",
            $"--MARKETPLACE_SERVICE_KEY_FILE={Path.Combine(keysFolder, "service.key")}",
            $"--MARKETPLACE_ACCOUNTS={accountsAddress}",
            $"--MARKETPLACE_INVENTORY={inventoryAddress}",
            // Only an advance of the market clock calls these two, and no test here makes one.
            $"--MARKETPLACE_LEASING={accountsAddress}",
            $"--MARKETPLACE_BILLING={accountsAddress}",
            "--Logging:LogLevel:Default=Critical",
        ]).Build();
        await app.StartAsync();
        return app;
    }

    private static MarketEndpoints Of(ServiceAddress accounts, ServiceAddress inventory) =>
        new(accounts, inventory, accounts, accounts);

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class SharedMarket : ICollectionFixture<RealMarket>
{
    public const string Name = "One market";
}
