using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// The real service on a database and a virtual host of its own; its market clock stands at 2026-04-01T12:00Z.
/// </summary>
public sealed class InventoryServer : IAsyncLifetime
{
    private readonly FixedKeys keys = new();
    private TestDatabase database = null!;
    private TestVirtualHost broker = null!;
    private WebApplication app = null!;
    private GrpcChannel channel = null!;

    internal Party Operator { get; private set; } = null!;

    internal Party Service { get; private set; } = null!;

    internal string OwnerConnectionString => database.OwnerConnectionString;

    internal Uri Broker => broker.Uri;

    internal IBusControl Bus => app.Services.GetRequiredService<IBusControl>();

    internal ChangePruning Pruning => app.Services.GetRequiredService<ChangePruning>();

    internal CapacityAuditor Auditor => app.Services.GetRequiredService<CapacityAuditor>();

    internal Database Database => app.Services.GetRequiredService<Database>();

    public async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync("inventory");
        broker = await Servers.CreateVirtualHostAsync("inventory");
        await Migrations.ApplyAsync(
            database.OwnerConnectionString, database.ApplicationRole, typeof(InventoryRpc).Assembly,
                NullLogger.Instance, default);
        var application =
            new NpgsqlConnectionStringBuilder(database.ApplicationConnectionString) { MaxPoolSize = 30, Timeout = 60 };
        var host = Program.Compose(
        [
            "--MARKETPLACE_LISTEN=127.0.0.1:0",
            $"--MARKETPLACE_DATABASE={application}",
            $"--MARKETPLACE_BROKER={broker.Uri}",
            "--MARKETPLACE_CLOCK=sandbox",
            "--Logging:LogLevel:Default=Warning",
        ]);
        host.Services.AddSingleton<IKeyResolver>(keys);
        app = host.Build();
        await app.StartAsync();
        channel = GrpcChannel.ForAddress(app.Urls.Single());
        (Operator, Service) = (AddParty(Role.Operator), AddParty(Role.Service));
        await MoveClockAsync(new DateTime(2026, 4, 1, 12, 0, 0, DateTimeKind.Utc));
    }

    public async Task DisposeAsync()
    {
        channel.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await broker.DisposeAsync();
        await database.DisposeAsync();
    }

    internal Party AddParty(params Role[] roles)
    {
        var (organisationId, key) = keys.Add(roles);
        return new(organisationId, channel.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {key}");
            return headers;
        }));
    }

    /// <summary>What the market clock says.</summary>
    internal DateTime MarketTime { get; private set; }

    internal CallInvoker WithoutKey => channel.CreateCallInvoker();

    /// <summary>Waits until every change so far has its place in the sequence that watchers follow.</summary>
    internal async Task ChangesSequencedAsync()
    {
        await using var owner = new NpgsqlConnection(OwnerConnectionString);
        await owner.OpenAsync();
        await Eventually.AsyncThat(
            async () => !await ChangeRows.HasUnsequencedAsync(owner), TimeSpan.FromSeconds(30));
    }

    /// <summary>Moves the market clock as Accounts does, and lets the work run that becomes due.</summary>
    internal async Task MoveClockAsync(DateTime marketTime)
    {
        MarketTime = marketTime;
        var clock = new ClockWindowService.ClockWindowServiceClient(Service.Invoker);
        var advanceId = Guid.CreateVersion7().ToString();
        await clock.OpenClockWindowAsync(new() { RequestId = Party.NewId(), ClockAdvanceId = advanceId });
        await clock.MoveClockAsync(new()
        {
            RequestId = Party.NewId(),
            ClockAdvanceId = advanceId,
            MarketTime = Timestamp.FromDateTime(marketTime),
        });
        await clock.RunDueWorkAsync(new() { RequestId = Party.NewId(), ClockAdvanceId = advanceId });
        await clock.CloseClockWindowAsync(new() { RequestId = Party.NewId(), ClockAdvanceId = advanceId });
    }
}

/// <summary>Tests that share one server; its clock stands still.</summary>
[CollectionDefinition(Name)]
public sealed class SharedInventoryServer : ICollectionFixture<InventoryServer>
{
    public const string Name = "Inventory server";
}
