using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Leasing.V1;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using NodaTime.Text;

namespace Marketplace.Leasing.Tests;

/// <summary>
/// The real Leasing service with a database and a virtual host of its own, beside a scripted Inventory or the real one.
/// </summary>
public sealed class Market : IAsyncLifetime, IAsyncDisposable
{
    private readonly TestKeys keys = new();
    private readonly List<GrpcChannel> channels = [];
    private readonly string keyFile = Path.GetTempFileName();
    private TestDatabase? database;
    private TestVirtualHost? broker;
    private WebApplication? app;

    /// <summary>2026-04-15T09:00 in Chicago.</summary>
    public static Instant Start { get; } = At("2026-04-15T14:00:00Z");

    internal ScriptedInventory Inventory { get; private set; } = null!;

    internal RealInventory RealInventory { get; private set; } = null!;

    internal Uri Broker => broker!.Uri;

    internal Organisation Operator { get; private set; } = null!;

    private Organisation Service { get; set; } = null!;

    private bool HasRealInventory { get; init; }

    internal static Instant At(string iso) => InstantPattern.ExtendedIso.Parse(iso).Value;

    internal static async Task<Market> StartAsync(bool hasRealInventory = false)
    {
        var market = new Market { HasRealInventory = hasRealInventory };
        await market.InitializeAsync();
        return market;
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync("leasing");
        broker = await Servers.CreateVirtualHostAsync("leasing");
        await File.WriteAllTextAsync(keyFile, keys.Create(Role.Service).Key);
        if (HasRealInventory) RealInventory = await RealInventory.StartAsync(keys, broker.Uri);
        else Inventory = await ScriptedInventory.StartAsync();
        await Migrations.ApplyAsync(
            database.OwnerConnectionString,
            database.ApplicationRole,
            typeof(Rpc.LeasingRpc).Assembly,
            NullLogger.Instance,
            CancellationToken.None);
        await StartServiceAsync();
        (Operator, Service) = (Organisation(Role.Operator), Organisation(Role.Service));
        await AdvanceAsync(Start);
        if (HasRealInventory) await AdvanceAsync(RealInventory.Invoker(keys.Create(Role.Service).Key), Start);
    }

    /// <summary>Starts the service, for the first time or again on the same database.</summary>
    internal async Task StartServiceAsync()
    {
        var host = Program.Compose(
        [
            "--MARKETPLACE_LISTEN=127.0.0.1:0",
            $"--MARKETPLACE_DATABASE={database!.ApplicationConnectionString}",
            $"--MARKETPLACE_BROKER={broker!.Uri}",
            $"--MARKETPLACE_INVENTORY={RealInventory?.Address ?? Inventory.Address}",
            $"--MARKETPLACE_SERVICE_KEY_FILE={keyFile}",
            "--MARKETPLACE_CLOCK=sandbox",
            "--Logging:LogLevel:Default=Warning",
        ]);
        host.Services.AddSingleton<IKeyResolver>(keys);
        app = host.Build();
        await app.StartAsync();
    }

    /// <summary>Ends the service as it is, in the middle of whatever it does.</summary>
    internal async Task StopServiceAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app!.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    internal Organisation Organisation(params Role[] roles)
    {
        var (id, key) = keys.Create(roles);
        return new(
            id,
            () => Channel().Intercept(headers =>
            {
                headers.Add("authorization", $"Bearer {key}");
                return headers;
            }),
            key);
    }

    internal GrpcChannel Channel()
    {
        var channel = GrpcChannel.ForAddress(app!.Urls.Single());
        lock (channels) channels.Add(channel);
        return channel;
    }

    /// <summary>Moves the market clock as Accounts does, and has due work run.</summary>
    internal Task AdvanceAsync(Instant to) => AdvanceAsync(Service.Invoker(), to);

    private static async Task AdvanceAsync(CallInvoker service, Instant to)
    {
        var windows = new ClockWindowService.ClockWindowServiceClient(service);
        var advance = Id();
        await windows.OpenClockWindowAsync(new() { RequestId = Id(), ClockAdvanceId = advance });
        await windows.MoveClockAsync(
            new() { RequestId = Id(), ClockAdvanceId = advance, MarketTime = to.ToTimestamp() });
        await windows.RunDueWorkAsync(new() { RequestId = Id(), ClockAdvanceId = advance });
        await windows.CloseClockWindowAsync(new() { RequestId = Id(), ClockAdvanceId = advance });
    }

    /// <summary>What the service has left to do, and what it has done.</summary>
    internal async Task<Quiescence> QuiescenceAsync() =>
        await new ClockWindowService.ClockWindowServiceClient(Service.Invoker()).GetQuiescenceAsync(new());

    internal static string Id() => Guid.CreateVersion7().ToString();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in channels) channel.Dispose();
        if (app is not null) await StopServiceAsync();
        if (Inventory is not null) await Inventory.DisposeAsync();
        if (RealInventory is not null) await RealInventory.DisposeAsync();
        if (broker is not null) await broker.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        File.Delete(keyFile);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}

/// <summary>An organisation that calls the service with its own key.</summary>
internal sealed record Organisation(Guid OrganisationId, Func<CallInvoker> Invoker, string Key)
{
    public string Id => OrganisationId.ToString();

    public LeasingService.LeasingServiceClient Client { get; } = new(Invoker());
}
