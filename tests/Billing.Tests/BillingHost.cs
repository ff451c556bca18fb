using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Billing.V1;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using BillingClient = Marketplace.Billing.V1.BillingService.BillingServiceClient;

namespace Marketplace.Billing.Tests;

/// <summary>
/// Billing as it runs, with a database and a virtual host of its own, and the callers that the tests need. The market
/// clock stands at <see cref="Start"/> until a test moves it.
/// </summary>
public sealed class BillingHost : IAsyncLifetime
{
    private const string ServiceName = "billing";

    private readonly Received received = new();
    private readonly TestKeys keys = new();
    private TestDatabase database = null!;
    private TestVirtualHost virtualHost = null!;
    private WebApplication app = null!;
    private LeaseStream leases = null!;

    /// <summary>Where the market clock begins: 2027-01-15, noon in Chicago.</summary>
    public DateTimeOffset Start { get; init; } = new(2027, 1, 15, 18, 0, 0, TimeSpan.Zero);

    public Guid Provider { get; } = Guid.CreateVersion7();

    public Guid Buyer { get; } = Guid.CreateVersion7();

    public TestDatabase Database => database;

    public Uri Broker => virtualHost.Uri;

    public BillingClient AsOperator { get; private set; } = null!;

    public BillingClient AsProvider { get; private set; } = null!;

    public BillingClient AsBuyer { get; private set; } = null!;

    public BillingClient AsStranger { get; private set; } = null!;

    public ParkedMessageService.ParkedMessageServiceClient Parked { get; private set; } = null!;

    public MarketClockDriver Clock { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync(ServiceName);
        virtualHost = await Servers.CreateVirtualHostAsync(ServiceName);
        await Migrations.ApplyAsync(
            database.OwnerConnectionString, database.ApplicationRole,
                typeof(Marketplace.Billing.BillingService).Assembly,
            NullLogger.Instance, CancellationToken.None);

        var host = Marketplace.Billing.BillingService.Compose(
        [
            "--MARKETPLACE_LISTEN=127.0.0.1:0",
            "--MARKETPLACE_CLOCK=sandbox",
            $"--MARKETPLACE_DATABASE={database.ApplicationConnectionString}",
            $"--MARKETPLACE_BROKER={virtualHost.Uri}",
            "--Logging:LogLevel:Default=None",
        ]);
        host.Services.AddSingleton<IKeyResolver>(keys);
        app = host.Build();
        await app.StartAsync();
        var bus = app.Services.GetRequiredService<IBusControl>();
        bus.ConnectReceiveObserver(received);
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(30));
        leases = await LeaseStream.StartAsync(virtualHost.Uri);

        var operatorKey = keys.Add(Guid.CreateVersion7(), Role.Operator);
        AsOperator = new(Invoker(operatorKey));
        AsProvider = new(Invoker(keys.Add(Provider, Role.Provider)));
        AsBuyer = new(Invoker(keys.Add(Buyer, Role.Buyer)));
        AsStranger = new(Invoker(keys.Add(Guid.CreateVersion7(), Role.Provider, Role.Buyer)));
        Parked = new(Invoker(operatorKey));
        Clock = new(new(Invoker(keys.Add(Guid.CreateVersion7(), Role.Service))));
        await Clock.AdvanceAsync(Start);
    }

    public async Task DisposeAsync()
    {
        await leases.DisposeAsync();
        await app.DisposeAsync();
        await database.DisposeAsync();
        await virtualHost.DisposeAsync();
    }

    /// <summary>Publishes events as the relay of Leasing does, and waits until Billing is done with each.</summary>
    internal async Task DeliverAsync(params LeaseEvent[] events)
    {
        var expected = received.Expect(events.Length);
        await leases.PublishAsync(events, Clock.Now);
        await expected.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Makes a lease between the provider and the buyer, and delivers its signing.</summary>
    internal async Task<TestLease> SignAsync(Deal? deal = null)
    {
        var lease = NewLease(deal);
        await DeliverAsync(lease.Signed());
        return lease;
    }

    internal TestLease NewLease(Deal? deal = null) => new(Provider, Buyer, deal ?? new());

    internal async Task<List<Invoice>> InvoicesAsync(TestLease lease)
    {
        var listed = await AsOperator.ListInvoicesAsync(new() { LeaseId = lease.Id.ToString(), PageSize = 1000 });
        return [.. listed.Invoices];
    }

    internal async Task<List<CorrectionNote>> NotesAsync(TestLease lease)
    {
        var listed = await AsOperator.ListCorrectionNotesAsync(
            new() { LeaseId = lease.Id.ToString(), PageSize = 1000 });
        var notes = new List<CorrectionNote>();
        foreach (var note in listed.CorrectionNotes)
            notes.Add(await AsOperator.GetCorrectionNoteAsync(new() { CorrectionNoteId = note.CorrectionNoteId }));
        return notes;
    }

    internal async Task<BillingSchedule> ScheduleAsync(TestLease lease) =>
        await AsOperator.GetBillingScheduleAsync(new() { LeaseId = lease.Id.ToString() });

    internal async Task<LeaseMeters> MetersAsync(TestLease lease, string? date = null) =>
        await AsOperator.GetLeaseMetersAsync(
            new() { LeaseId = lease.Id.ToString(), AtDate = date is null ? null : Deal.Wire(Deal.Day(date)) });

    internal async Task<ConservationCheck> CheckAsync() => await AsOperator.CheckConservationAsync(new());

    /// <summary>A connection as the database's owner, who may do what the service may not.</summary>
    internal NpgsqlDataSource AsOwner() => NpgsqlDataSource.Create(database.OwnerConnectionString);

    /// <summary>Does what only the database's owner may do.</summary>
    internal async Task ExecuteAsync(string sql)
    {
        await using var owner = AsOwner();
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private CallInvoker Invoker(string key) =>
        GrpcChannel.ForAddress(app.Urls.Single()).Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {key}");
            return headers;
        });

    // Counts the messages that Billing's consumer is done with, whether it applied, ignored, set aside or parked them.
    private sealed class Received : IReceiveObserver
    {
        private readonly Lock sync = new();
        private TaskCompletionSource done = new();
        private int left;

        public Task Expect(int count)
        {
            lock (sync)
            {
                (left, done) = (count, new(TaskCreationOptions.RunContinuationsAsynchronously));
                return done.Task;
            }
        }

        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context)
        {
            lock (sync)
            {
                if (--left == 0) done.TrySetResult();
            }
            return Task.CompletedTask;
        }

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(
            ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Task.CompletedTask;

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;
    }
}
