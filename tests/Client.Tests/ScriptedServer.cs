using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Client.Tests;

/// <summary>A real gRPC server on loopback that answers as a test says: what a real service cannot be made to do.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication host;

    private ScriptedServer(WebApplication host) => this.host = host;

    public Uri Address => new(host.Urls.Single());

    public static async Task<ScriptedServer> StartAsync(ScriptedAccounts accounts, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(accounts);
        var host = builder.Build();
        host.MapGrpcService<ScriptedAccounts>();
        await host.StartAsync();
        return new(host);
    }

    /// <summary>A client of this server and perhaps of others that are replicas of it.</summary>
    public MarketClient Client(Func<MarketClientOptions, MarketClientOptions>? change = null) =>
        new((change ?? (options => options))(Options(Address)));

    public static MarketClientOptions Options(ServiceAddress address, TimeProvider? time = null) => new()
    {
        Endpoints = new(address, address, address, address),
        ApiKey = "mk_test",
        TimeProvider = time ?? TimeProvider.System,
    };

    public async ValueTask DisposeAsync() => await host.DisposeAsync();
}

/// <summary>Accounts as a test says; it keeps what it was asked.</summary>
internal sealed class ScriptedAccounts : AccountsService.AccountsServiceBase
{
    /// <summary>Answers with a clock.</summary>
    public Func<ServerCallContext, Task<MarketClock>> Clock { get; set; } = _ => Task.FromResult(new MarketClock());

    /// <summary>Answers with an organisation.</summary>
    public Func<CreateOrganisationRequest, Task<Organisation>> Organisation { get; set; } =
        request => Task.FromResult(new Organisation { DisplayName = request.DisplayName });

    /// <summary>The requests for an organisation, in order.</summary>
    public ConcurrentQueue<CreateOrganisationRequest> Creations { get; } = [];

    /// <summary>The headers of the requests for the clock, in order.</summary>
    public ConcurrentQueue<Metadata> ClockHeaders { get; } = [];

    public override Task<MarketClock> GetMarketClock(GetMarketClockRequest request, ServerCallContext context)
    {
        ClockHeaders.Enqueue(context.RequestHeaders);
        return Clock(context);
    }

    public override Task<Organisation> CreateOrganisation(
        CreateOrganisationRequest request, ServerCallContext context)
    {
        Creations.Enqueue(request);
        return Organisation(request);
    }
}
