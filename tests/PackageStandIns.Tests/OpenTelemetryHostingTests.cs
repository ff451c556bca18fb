using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Marketplace.PackageStandIns.Tests;

public sealed class OpenTelemetryHostingTests
{
    private static readonly Dictionary<string, Func<OpenTelemetryBuilder, OpenTelemetryBuilder>> Calls = new()
    {
        ["ConfigureResource"] = builder => builder.ConfigureResource(_ => { }),
        ["WithTracing"] = builder => builder.WithTracing(),
        ["WithTracing, configured"] = builder => builder.WithTracing(_ => { }),
        ["WithMetrics"] = builder => builder.WithMetrics(),
        ["WithMetrics, configured"] = builder => builder.WithMetrics(_ => { }),
        ["WithLogging"] = builder => builder.WithLogging(),
        ["WithLogging, configured"] = builder => builder.WithLogging(_ => { }),
        ["WithLogging, with options"] = builder => builder.WithLogging(_ => { }, _ => { }),
    };

    private static readonly Dictionary<string, Action<OpenTelemetryBuilder>> NullCalls = new()
    {
        ["ConfigureResource"] = builder => builder.ConfigureResource(null!),
        ["WithTracing"] = builder => builder.WithTracing(null!),
        ["WithMetrics"] = builder => builder.WithMetrics(null!),
        ["WithLogging"] = builder => builder.WithLogging(null!),
    };

    private static readonly Dictionary<string, Action<OpenTelemetryBuilder, Action>> Callbacks = new()
    {
        ["WithTracing"] = (builder, callback) => builder.WithTracing(_ => callback()),
        ["WithMetrics"] = (builder, callback) => builder.WithMetrics(_ => callback()),
        ["WithLogging"] = (builder, callback) => builder.WithLogging(_ => callback()),
    };

    public static TheoryData<string> CallNames => [.. Calls.Keys];

    public static TheoryData<string> NullCallNames => [.. NullCalls.Keys];

    public static TheoryData<string> CallbackNames => [.. Callbacks.Keys];

    [Fact]
    public void AddOpenTelemetry_FirstCall_PutsOneHostedServiceFirst()
    {
        var services = new ServiceCollection().AddHostedService<Worker>();

        services.AddOpenTelemetry();

        Assert.Equal([typeof(IHostedService), typeof(IHostedService)], services.Select(service => service.ServiceType));
        Assert.NotEqual(typeof(Worker), services[0].ImplementationType);
    }

    [Fact]
    public void AddOpenTelemetry_SecondCall_AddsNoHostedService()
    {
        var services = new ServiceCollection();

        services.AddOpenTelemetry();
        services.AddOpenTelemetry();

        Assert.Single(services, service => service.ServiceType == typeof(IHostedService));
    }

    [Fact]
    public void AddOpenTelemetry_NullServices_Throws() =>
        Assert.Throws<ArgumentNullException>(() => default(IServiceCollection)!.AddOpenTelemetry());

    [Theory]
    [MemberData(nameof(NullCallNames))]
    public void Builder_NullCallback_Throws(string call)
    {
        var builder = new ServiceCollection().AddOpenTelemetry();

        Assert.Throws<ArgumentNullException>(() => NullCalls[call](builder));
    }

    [Theory]
    [MemberData(nameof(CallNames))]
    public void Builder_Call_ReturnsTheSameBuilder(string call)
    {
        var builder = new ServiceCollection().AddOpenTelemetry();

        Assert.Same(builder, Calls[call](builder));
    }

    [Theory]
    [MemberData(nameof(CallbackNames))]
    public void Builder_Callback_RunsAtOnce(string call)
    {
        var ran = false;

        Callbacks[call](new ServiceCollection().AddOpenTelemetry(), () => ran = true);

        Assert.True(ran);
    }

    [Fact]
    public async Task Start_OtherHostedServiceWasAddedBefore_ItsTelemetryIsCaptured()
    {
        var recorder = new Recorder();
        using var host = Build(services => services
            .AddHostedService<Worker>()
            .AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(Worker.SourceName).AddProcessor(recorder)));

        await host.StartAsync();

        Assert.Equal(["start"], recorder.Ended);
    }

    [Fact]
    public async Task Start_NothingConfigured_Starts()
    {
        using var host = Build(services => services.AddOpenTelemetry());

        var failure = await Record.ExceptionAsync(() => host.StartAsync());

        Assert.Null(failure);
    }

    [Fact]
    public async Task Start_ProviderCannotBeMade_Throws()
    {
        using var host = Build(services => services.AddOpenTelemetry().WithTracing(
            tracing => tracing.AddProcessor(_ => throw new InvalidOperationException("no processor"))));

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
    }

    [Fact]
    public async Task Stop_HostNotDisposed_ProvidersGoOn()
    {
        var recorder = new Recorder();
        using var host = Build(services => services.AddOpenTelemetry().WithTracing(
            tracing => tracing.AddProcessor(recorder)));
        await host.StartAsync();

        await host.StopAsync();

        Assert.False(recorder.IsShutDown);
    }

    [Fact]
    public async Task Dispose_HostStopped_EndsTheProviders()
    {
        var recorder = new Recorder();
        var host = Build(services => services.AddOpenTelemetry().WithTracing(
            tracing => tracing.AddProcessor(recorder)));
        await host.StartAsync();
        await host.StopAsync();

        host.Dispose();

        Assert.True(recorder.IsShutDown);
    }

    private static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        configure(builder.Services);
        return builder.Build();
    }

    /// <summary>A hosted service that traces its start.</summary>
    private sealed class Worker : IHostedService
    {
        public const string SourceName = "tests.worker";

        private static readonly ActivitySource Source = new(SourceName);

        public Task StartAsync(CancellationToken cancellationToken)
        {
            using var activity = Source.StartActivity("start");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Recorder : BaseProcessor<Activity>
    {
        public List<string> Ended { get; } = [];

        public bool IsShutDown { get; private set; }

        public override void OnEnd(Activity data) => Ended.Add(data.OperationName);

        protected override bool OnShutdown(int timeoutMilliseconds) => IsShutDown = true;
    }
}
