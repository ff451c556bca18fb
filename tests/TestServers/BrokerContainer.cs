#if TESTCONTAINERS
using DotNet.Testcontainers.Builders;
using Testcontainers.RabbitMq;

namespace Marketplace.TestServers;

/// <summary>A RabbitMQ of this process in a container, which Testcontainers removes after the process.</summary>
internal static class BrokerContainer
{
    // With its HTTP interface, over which virtual hosts are made.
    private const string Image = "rabbitmq:4-management";
    private const int HttpPort = 15672;

    /// <summary>Starts it.</summary>
    /// <returns>Where it is; nothing when no Docker engine answers.</returns>
    public static async Task<(Uri Amqp, Uri Http)?> TryStartAsync()
    {
        try
        {
            var container = new RabbitMqBuilder().WithImage(Image).WithPortBinding(HttpPort, true).Build();
            await container.StartAsync();
            var http = new UriBuilder("http", container.Hostname, container.GetMappedPublicPort(HttpPort)).Uri;
            return (new(container.GetConnectionString()), http);
        }
        catch (DockerUnavailableException)
        {
            return null;
        }
    }
}
#endif
