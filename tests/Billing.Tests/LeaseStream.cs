using System.Text.Json;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using MassTransit;
using RabbitMQ.Client;

namespace Marketplace.Billing.Tests;

/// <summary>Publishes the events of leases over the broker, as the relay of Leasing does.</summary>
internal sealed class LeaseStream : IAsyncDisposable
{
    private readonly IBusControl bus;

    private LeaseStream(IBusControl bus) => this.bus = bus;

    public static async Task<LeaseStream> StartAsync(Uri broker)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            rabbit.Message<Envelope>(message => message.SetEntityName("marketplace.events"));
            rabbit.Publish<Envelope>(message => message.ExchangeType = ExchangeType.Topic);
        });
        await bus.StartAsync();
        return new(bus);
    }

    /// <summary>Publishes events one after the other.</summary>
    public async Task PublishAsync(IEnumerable<LeaseEvent> events, DateTimeOffset marketTime)
    {
        foreach (var happened in events)
        {
            var envelope = new Envelope
            {
                MessageId = happened.MessageId,
                Stream = "lease",
                MessageName = EventAttribute.Of(happened.Event.GetType()).Name,
                AggregateId = happened.LeaseId,
                AggregateVersion = happened.Version,
                MarketTime = marketTime,
                Payload = JsonSerializer.Serialize(happened.Event, happened.Event.GetType(), EventJson.Options),
            };
            await bus.Publish(envelope, context =>
            {
                context.MessageId = happened.MessageId;
                context.SetRoutingKey("lease");
            });
        }
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}

/// <summary>An event of a lease on its way.</summary>
internal sealed record LeaseEvent(Guid MessageId, Guid LeaseId, long Version, object Event);
