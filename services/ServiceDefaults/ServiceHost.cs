using System.Net;
using System.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Marketplace.Accounts.V1;
using Marketplace.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// What every service is made of: configuration, database, messaging, identity, clocks, health and telemetry. A service
/// adds its own RPCs, consumers and due work, and runs.
/// </summary>
/// <remarks>
/// <c>--migrate</c> brings the database to the present schema and exits; <c>--health</c> asks the running service on
/// the configured port and exits 0 if it serves. Configuration comes from <c>appsettings.json</c> and the environment;
/// <see cref="ServiceOptions"/> names every setting.
/// </remarks>
public sealed class ServiceHost
{
    private const int MessageBytesMax = 4 * 1024 * 1024;

    private readonly List<Action<WebApplication>> maps = [];
    private readonly List<Action<IServiceCollection>> workers = [];
    private readonly HashSet<string> called = [];
    private readonly string[] args;
    private readonly Assembly assembly;

    /// <summary>Begins a service.</summary>
    /// <param name="name">Its name, such as <c>billing</c>.</param>
    /// <param name="assembly">The assembly with its migrations.</param>
    /// <param name="args">The command line.</param>
    public ServiceHost(string name, Assembly assembly, string[] args)
    {
        (this.args, this.assembly) = (args, assembly);
        Builder = WebApplication.CreateSlimBuilder(args);
        // What every call says of itself belongs in its trace; the log is for what somebody has to know.
        Builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"), new("Logging:LogLevel:MassTransit", "Warning"),
                new("Logging:LogLevel:Grpc", "Warning"),
            ],
        });
        Options = ServiceOptions.Read(name, Builder.Configuration);
    }

    /// <summary>The services of the process.</summary>
    public IServiceCollection Services => Builder.Services;

    /// <summary>The settings.</summary>
    public ServiceOptions Options { get; }

    private WebApplicationBuilder Builder { get; }

    /// <summary>Adds a gRPC service.</summary>
    public ServiceHost AddRpc<TService>()
        where TService : class
    {
        maps.Add(app => app.MapGrpcService<TService>());
        return this;
    }

    /// <summary>Adds a consumer of events.</summary>
    public ServiceHost AddConsumer(EventConsumer consumer)
    {
        Services.AddSingleton(consumer);
        return this;
    }

    /// <summary>Adds a consumer of events that needs other parts of the service.</summary>
    public ServiceHost AddConsumer<TConsumer>()
        where TConsumer : EventConsumer
    {
        Services.AddSingleton<EventConsumer, TConsumer>();
        return this;
    }

    /// <summary>Adds a kind of due work.</summary>
    public ServiceHost AddDueWork<TWork>()
        where TWork : class, IDueWork
    {
        Services.AddSingleton<IDueWork, TWork>();
        return this;
    }

    /// <summary>Adds a worker, which runs for as long as the service does and is also a singleton.</summary>
    public ServiceHost AddWorker<TWorker>()
        where TWorker : class, IHostedService
    {
        Services.AddSingleton<TWorker>();
        workers.Add(services => services.AddHostedService(provider => provider.GetRequiredService<TWorker>()));
        return this;
    }

    /// <summary>Adds a client of another service, which calls it with this service's own key.</summary>
    /// <param name="service">
    /// The other service; <c>MARKETPLACE_&lt;SERVICE&gt;</c> says where it is: a URL, whose name may stand for several
    /// replicas, or the URLs of the replicas with commas between them. They are called in turn.
    /// </param>
    /// <param name="create">Makes the client.</param>
    public ServiceHost AddClient<TClient>(string service, Func<CallInvoker, TClient> create)
        where TClient : class
    {
        called.Add(service);
        Services.AddSingleton(_ => create(new ServiceChannels(Options).Create(AddressOf(service))));
        return this;
    }

    /// <summary>Runs the service, or what the command line asks for instead.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (args.Contains("--health")) return await AskHealthAsync();
        if (args.Contains("--migrate")) return await MigrateAsync();

        await using var app = Build();
        await app.RunAsync();
        return 0;
    }

    /// <summary>Builds the process without running it.</summary>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public WebApplication Build()
    {
        Options.CheckPlaintext(Options.Listen.ToString(), IPAddress.IsLoopback(Options.Listen.Address));
        Builder.Logging.Configure(logging =>
            logging.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        Builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Without TLS there is no negotiation, so the port speaks HTTP/2 alone.
            kestrel.Listen(Options.Listen, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        Services.AddSingleton(new ServiceIdentity(Options.Name));
        Services.AddSingleton(TimeProvider.System);
        var asksAccounts = !Services.Any(service => service.ServiceType == typeof(IKeyResolver));
        Services.AddSingleton(new MarketClock(Options.ClockMode, TimeProvider.System, asksAccounts));
        Services.AddSingleton(_ => NpgsqlDataSource.Create(Options.Database));
        Services.AddSingleton<OutboxSignal>();
        Services.AddSingleton<Database>();
        Services.AddSingleton<Idempotent>();
        Services.AddSingleton<Readiness>();
        Services.AddSingleton<ClockWindows>();
        Services.AddSingleton<DueWorkRunner>();
        Services.AddSingleton<ParkedMessageReplay>();
        Services.AddSingleton<KeyVerdicts>();
        Services.AddSingleton<DescribedServices>();
        if (asksAccounts)
        {
            AddClient("accounts", invoker => new KeyResolutionService.KeyResolutionServiceClient(invoker));
            AddClient("accounts", invoker => new MarketClockService.MarketClockServiceClient(invoker));
            Services.AddSingleton<IKeyResolver, RemoteKeyResolver>();
            AddWorker<ClockFollower>();
        }
        foreach (var service in called) AddressOf(service);
        AddWorker<DueWorkWorker>().AddWorker<Pruning>();
        Services.AddSingleton(Options);
        Services.AddSingleton<ServiceChannels>();
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = Options.DrainDelay + Drain.EndDurationMax);
        Services.AddHostedService<Drain>();
        // What starts first stops last: the relay brings out what calls and workers leave behind.
        Services.AddMessaging(Options.Broker);
        workers.ForEach(add => add(Services));
        Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MessageBytesMax;
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<AccessInterceptor>();
        });
        if (Options.OtlpEndpoint is not null)
        {
            Services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService($"marketplace-{Options.Name}"))
                .WithTracing(tracing => tracing.AddSource(Telemetry.SourceName, "Grpc.Net.Client", "MassTransit",
                    "Microsoft.AspNetCore", "Npgsql", "System.Net.Http"))
                .WithMetrics(metrics => metrics.AddMeter(Telemetry.SourceName, "Microsoft.AspNetCore.Hosting",
                    "Microsoft.AspNetCore.Server.Kestrel", "MassTransit", "Npgsql"))
                .UseOtlpExporter(OpenTelemetry.Exporter.OtlpExportProtocol.Grpc, Options.OtlpEndpoint);
        }

        var app = Builder.Build();
        app.Use(Telemetry.NameAsync);
        app.Use(OversizedMessages.ExplainAsync);
        app.MapGrpcService<HealthRpc>();
        if (Options.IsReflected) app.MapGrpcService<ReflectionRpc>();
        app.MapGrpcService<ClockWindowRpc>();
        app.MapGrpcService<ParkedMessageRpc>();
        maps.ForEach(map => map(app));
        return app;
    }

    private ServiceAddress AddressOf(string service)
    {
        var text = Options.Required(service.ToUpperInvariant());
        if (!ServiceAddress.TryParse(text, out var address))
            throw new InvalidOperationException(
                $"MARKETPLACE_{service.ToUpperInvariant()} is '{text}'; write it as http://127.0.0.1:7001, or with "
                + "commas between the replicas.");
        Options.CheckPlaintext(text, !address.IsExposed);
        return address;
    }

    private async Task<int> AskHealthAsync()
    {
        // Who listens on every address is asked on this machine's own.
        var address = Options.Listen.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        using var channel = GrpcChannel.ForAddress($"http://{new IPEndPoint(address, Options.Listen.Port)}");
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(
                new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2));
            Console.WriteLine(answer.Status);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? 0 : 1;
        }
        catch (RpcException exception)
        {
            Console.Error.WriteLine($"{Options.Name} does not answer on {Options.Listen}: {exception.Status.Detail}");
            return 1;
        }
    }

    private async Task<int> MigrateAsync()
    {
        using var logging = LoggerFactory.Create(logger => logger.AddConsole());
        var role = new NpgsqlConnectionStringBuilder(Options.Database).Username!;
        await Migrations.ApplyAsync(Options.DatabaseOwner, role, assembly, logging.CreateLogger("migrate"),
            CancellationToken.None);
        return 0;
    }
}
