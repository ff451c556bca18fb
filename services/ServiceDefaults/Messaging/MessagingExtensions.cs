using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>A queue on the events of a stream.</summary>
/// <param name="Name">The consumer's name, which is the queue's.</param>
/// <param name="Stream">The stream.</param>
public sealed record KnownConsumer(string Name, string Stream)
{
    /// <summary>
    /// All consumers of the marketplace. Every service declares their queues before its relay starts, so that no event
    /// is lost to one that has not run yet.
    /// </summary>
    public static IReadOnlyList<KnownConsumer> All { get; } =
    [
        new("inventory.lease", "lease"),
        new("inventory.disclosure", "disclosure"),
        new("billing.lease", "lease"),
        new("leasing.schedule", "schedule"),
    ];
}

internal static class MessagingExtensions
{
    public const string ExchangeName = "marketplace.events";

    // A message is delivered until it is applied or parked; the receiver counts its failures itself.
    internal const int DeliveryLimit = 1_000_000;
    private const int PrefetchCount = 64;

    /// <summary>Connects consumers and relay to the broker.</summary>
    /// <exception cref="InvalidOperationException">
    /// A consumer is not among the known ones, found when the bus starts.
    /// </exception>
    public static void AddMessaging(this IServiceCollection services, Uri broker)
    {
        services.AddSingleton(new BrokerTopology(broker));
        services.AddSingleton<Inbox>();
        services.AddSingleton<ParkedMessages>();
        services.AddSingleton<EventReceiver>();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(broker);
                rabbit.Message<Envelope>(message => message.SetEntityName(ExchangeName));
                rabbit.Publish<Envelope>(message => message.ExchangeType = ExchangeType.Topic);
                foreach (var consumer in context.GetServices<EventConsumer>())
                {
                    if (!KnownConsumer.All.Contains(new(consumer.Name, consumer.Stream)))
                        throw new InvalidOperationException(
                            $"{consumer.Name} on {consumer.Stream} is not among the known consumers.");
                    rabbit.ReceiveEndpoint(consumer.Name, endpoint =>
                    {
                        endpoint.ConfigureConsumeTopology = false;
                        endpoint.PrefetchCount = PrefetchCount;
                        endpoint.SetQuorumQueue();
                        endpoint.SetQueueArgument("x-delivery-limit", DeliveryLimit);
                        endpoint.Bind(ExchangeName, binding =>
                        {
                            binding.ExchangeType = ExchangeType.Topic;
                            binding.RoutingKey = consumer.Stream;
                        });
                        var receiver = context.GetRequiredService<EventReceiver>();
                        endpoint.Handler<Envelope>(received =>
                            receiver.ReceiveAsync(consumer, received.Message, received.CancellationToken));
                    });
                }
            });
        });
        services.AddHostedService<Relay>();
    }
}

/// <summary>Declares the exchange and the queues of all known consumers as their own services declare them.</summary>
internal sealed class BrokerTopology(Uri broker)
{
    public async Task DeclareAsync(CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = broker };
        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(MessagingExtensions.ExchangeName, ExchangeType.Topic, durable: true,
            cancellationToken: cancellationToken);
        foreach (var (name, stream) in KnownConsumer.All)
        {
            var arguments = new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-delivery-limit"] = MessagingExtensions.DeliveryLimit,
            };
            await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments,
                cancellationToken: cancellationToken);
            await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true,
                cancellationToken: cancellationToken);
            await channel.QueueBindAsync(name, name, "", cancellationToken: cancellationToken);
            await channel.ExchangeBindAsync(name, MessagingExtensions.ExchangeName, stream,
                cancellationToken: cancellationToken);
        }
    }
}
