using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Inventory.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Client.Tests;

/// <summary>A real gRPC server on loopback that does what a real service cannot be made to do.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication host;

    private ScriptedServer(WebApplication host) => (this.host, Address) = (host, new(host.Urls.Single()));

    public Uri Address { get; }

    public ScriptedAccounts Accounts => host.Services.GetRequiredService<ScriptedAccounts>();

    public ScriptedInventory Inventory => host.Services.GetRequiredService<ScriptedInventory>();

    public static async Task<ScriptedServer> StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<ScriptedAccounts>().AddSingleton<ScriptedInventory>();
        var host = builder.Build();
        host.MapGrpcService<ScriptedAccounts>();
        host.MapGrpcService<ScriptedInventory>();
        await host.StartAsync();
        return new(host);
    }

    /// <summary>Gives no answer for as long as the caller waits.</summary>
    public static Task<T> NeverAsync<T>(ServerCallContext context) =>
        new TaskCompletionSource<T>().Task.WaitAsync(context.CancellationToken);

    public MarketClient Client(TimeProvider? time = null) => new(Options(Address, time));

    /// <summary>All services at one address, waiting hardly at all where the test does not hold the clock.</summary>
    public static MarketClientOptions Options(ServiceAddress address, TimeProvider? time = null) => new()
    {
        Endpoints = new(address, address, address, address),
        ApiKey = "mk_test",
        TimeProvider = time ?? TimeProvider.System,
        BackoffMin = time is null ? TimeSpan.FromMilliseconds(1) : MarketClientOptions.BackoffMinDefault,
        BackoffMax = time is null ? TimeSpan.FromMilliseconds(20) : MarketClientOptions.BackoffMaxDefault,
    };

    public async ValueTask DisposeAsync() => await host.DisposeAsync();
}

/// <summary>Accounts as a test says; it keeps what it was asked.</summary>
internal sealed class ScriptedAccounts : AccountsService.AccountsServiceBase
{
    /// <summary>Answers with a clock; told how many times it was asked.</summary>
    public Func<int, ServerCallContext, Task<MarketClock>> Clock { get; set; } =
        (_, _) => Task.FromResult(new MarketClock());

    /// <summary>Answers with an organisation; told how many times it was asked.</summary>
    public Func<int, Task<Organisation>> Organisation { get; set; } = _ => Task.FromResult(new Organisation());

    /// <summary>Streams an advance; told how many times it was asked.</summary>
    public Func<int, IServerStreamWriter<ClockAdvance>, ServerCallContext, Task> Advance { get; set; } =
        (_, _, _) => Task.CompletedTask;

    /// <summary>The requests for an organisation, in order.</summary>
    public ConcurrentQueue<CreateOrganisationRequest> Creations { get; } = [];

    /// <summary>The calls for the clock, in order.</summary>
    public ConcurrentQueue<(Metadata Headers, DateTime Deadline)> ClockCalls { get; } = [];

    /// <summary>The requests for the advance, in order.</summary>
    public ConcurrentQueue<WatchClockAdvanceRequest> Watches { get; } = [];

    public override Task<MarketClock> GetMarketClock(GetMarketClockRequest request, ServerCallContext context)
    {
        ClockCalls.Enqueue((context.RequestHeaders, context.Deadline));
        return Clock(ClockCalls.Count, context);
    }

    public override Task<Organisation> CreateOrganisation(
        CreateOrganisationRequest request, ServerCallContext context)
    {
        Creations.Enqueue(request);
        return Organisation(Creations.Count);
    }

    public override Task WatchClockAdvance(
        WatchClockAdvanceRequest request, IServerStreamWriter<ClockAdvance> responseStream, ServerCallContext context)
    {
        Watches.Enqueue(request);
        return Advance(Watches.Count, responseStream, context);
    }
}

/// <summary>Inventory as a test says; it keeps what it was asked.</summary>
internal sealed class ScriptedInventory : InventoryService.InventoryServiceBase
{
    /// <summary>Streams changes; told how many times it was asked.</summary>
    public Func<int, IServerStreamWriter<InventoryChange>, ServerCallContext, Task> Changes { get; set; } =
        (_, _, _) => Task.CompletedTask;

    /// <summary>The sequences that were asked for, in order.</summary>
    public ConcurrentQueue<long> AfterSequences { get; } = [];

    public override Task WatchInventory(
        WatchInventoryRequest request, IServerStreamWriter<InventoryChange> responseStream, ServerCallContext context)
    {
        AfterSequences.Enqueue(request.AfterSequence);
        return Changes(AfterSequences.Count, responseStream, context);
    }
}
