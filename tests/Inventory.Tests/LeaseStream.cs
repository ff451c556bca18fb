using System.Text.Json;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using MassTransit;
using RabbitMQ.Client;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// Delivers the events of leases over the broker, as often and in the order that a test wants, and waits until
/// Inventory is done with each, whether it applied it, ignored it, set it aside or parked it.
/// </summary>
internal sealed class LeaseStream : IReceiveObserver, IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly Lock sync = new();
    private readonly IBusControl bus;
    private readonly ConnectHandle connection;
    private TaskCompletionSource done = new();
    private int left;

    private LeaseStream(IBusControl bus, IBusControl inventory) =>
        (this.bus, connection) = (bus, inventory.ConnectReceiveObserver(this));

    public static async Task<LeaseStream> StartAsync(Uri broker, IBusControl inventory)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            rabbit.Message<Envelope>(message => message.SetEntityName("marketplace.events"));
            rabbit.Publish<Envelope>(message => message.ExchangeType = ExchangeType.Topic);
        });
        await bus.StartAsync();
        await inventory.WaitForHealthStatus(BusHealthStatus.Healthy, Long);
        return new(bus, inventory);
    }

    /// <summary>Delivers events; all together, so that some are consumed at the same time.</summary>
    public async Task DeliverAsync(params Envelope[] events)
    {
        if (events.Length == 0) return;
        var all = Expect(events.Length);
        await Task.WhenAll(events.Select(happened => bus.Publish(happened, context =>
        {
            context.MessageId = happened.MessageId;
            context.SetRoutingKey(happened.Stream);
        })));
        await all.WaitAsync(Long);
    }

    /// <summary>An event of a lease, or of something else, as it is delivered.</summary>
    public static Envelope Envelope(Guid aggregate, long version, object happened) => new()
    {
        MessageId = Guid.CreateVersion7(),
        Stream = EventAttribute.Of(happened.GetType()).Stream,
        MessageName = EventAttribute.Of(happened.GetType()).Name,
        AggregateId = aggregate,
        AggregateVersion = version,
        MarketTime = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero),
        Payload = JsonSerializer.Serialize(happened, happened.GetType(), EventJson.Options),
    };

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

    public async ValueTask DisposeAsync()
    {
        connection.Disconnect();
        await bus.StopAsync();
    }

    private Task Expect(int count)
    {
        lock (sync)
        {
            (left, done) = (count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return done.Task;
        }
    }
}
