using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Marketplace.PackageStandIns.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.PackageStandIns.Tests;

/// <summary>What a test wants of its server and of the channel to it.</summary>
internal sealed record EchoServerSetup
{
    public string Name { get; init; } = "server";

    /// <summary>Zero takes a free port.</summary>
    public int Port { get; init; }

    public string Scheme { get; init; } = "http";

    public Action<GrpcServiceOptions> Grpc { get; init; } = _ => { };

    public Action<ListenOptions> Listen { get; init; } = _ => { };

    public Action<WebApplication> Map { get; init; } = _ => { };

    public Action<GrpcChannelOptions> Channel { get; init; } = _ => { };
}

/// <summary>A server on the loopback with the echo service, and a channel to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private EchoServer(WebApplication app, EchoServerSetup setup)
    {
        this.app = app;
        Port = new Uri(app.Urls.Single()).Port;
        var options = new GrpcChannelOptions();
        setup.Channel(options);
        Channel = GrpcChannel.ForAddress($"{setup.Scheme}://127.0.0.1:{Port}", options);
        Client = new Echo.EchoClient(Channel);
    }

    public int Port { get; }

    public GrpcChannel Channel { get; }

    public Echo.EchoClient Client { get; }

    public EchoJournal Journal => app.Services.GetRequiredService<EchoJournal>();

    public static async Task<EchoServer> StartAsync(EchoServerSetup? setup = null)
    {
        setup ??= new EchoServerSetup();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, setup.Port, endpoint =>
        {
            // Without TLS nothing negotiates the protocol, so it is HTTP/2 alone.
            endpoint.Protocols = HttpProtocols.Http2;
            setup.Listen(endpoint);
        }));
        builder.Services.AddSingleton(setup).AddSingleton<EchoJournal>().AddGrpc(setup.Grpc);
        var app = builder.Build();
        setup.Map(app);
        app.MapGrpcService<EchoService>();
        await app.StartAsync();
        return new EchoServer(app, setup);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        // A handler that still waits for its caller does not hold up the end.
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
