using System.Text.Json;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using MassTransit;
using RabbitMQ.Client;

namespace Marketplace.Leasing.Tests;

/// <summary>Publishes the events of schedules over the broker, as the relay of Billing does.</summary>
internal sealed class ScheduleStream : IAsyncDisposable
{
    private readonly IBusControl bus;

    private ScheduleStream(IBusControl bus) => this.bus = bus;

    public static async Task<ScheduleStream> OfAsync(Market market)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(market.Broker);
            rabbit.Message<Envelope>(message => message.SetEntityName("marketplace.events"));
            rabbit.Publish<Envelope>(message => message.ExchangeType = ExchangeType.Topic);
        });
        await bus.StartAsync();
        return new(bus);
    }

    public async Task PublishAsync(Guid leaseId, params long[] versions)
    {
        foreach (var version in versions)
        {
            var built = new ScheduleBuilt
            {
                LeaseId = leaseId,
                PeriodCount = 37,
                CurrencyCode = "USD",
                Amount = "45000000000.00",
            };
            var envelope = new Envelope
            {
                MessageId = Guid.CreateVersion7(),
                Stream = "schedule",
                MessageName = EventAttribute.Of(typeof(ScheduleBuilt)).Name,
                AggregateId = leaseId,
                AggregateVersion = version,
                MarketTime = Market.Start.ToDateTimeOffset(),
                Payload = JsonSerializer.Serialize(built, EventJson.Options),
            };
            await bus.Publish(envelope, context => context.SetRoutingKey("schedule"));
        }
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}
