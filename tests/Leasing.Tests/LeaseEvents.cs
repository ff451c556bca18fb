using System.Text.Json;
using Marketplace.Contracts;
using Marketplace.TestServers;
using RabbitMQ.Client;

namespace Marketplace.Leasing.Tests;

/// <summary>Reads what Billing would read of one lease: as a consumer does, in the order of the versions.</summary>
internal sealed class LeaseEvents : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly Dictionary<long, (string Name, string Payload)> early = [];
    private long version;

    private LeaseEvents(IConnection connection, IChannel channel) =>
        (this.connection, this.channel) = (connection, channel);

    public static async Task<LeaseEvents> OfAsync(Market market)
    {
        var connection = await new ConnectionFactory { Uri = market.Broker }.CreateConnectionAsync();
        return new(connection, await connection.CreateChannelAsync());
    }

    /// <summary>The next event; its version among those of its lease, and what it says.</summary>
    public async Task<(long Version, TEvent Event)> NextAsync<TEvent>()
    {
        version++;
        await Eventually.AsyncThat(
            async () =>
            {
                if (await channel.BasicGetAsync("billing.lease", autoAck: true) is { } got) Keep(got.Body);
                return early.ContainsKey(version);
            },
            TimeSpan.FromSeconds(30));
        var (name, payload) = early[version];
        Assert.Equal(EventAttribute.Of(typeof(TEvent)).Name, name);
        return (version, JsonSerializer.Deserialize<TEvent>(payload, EventJson.Options)!);
    }

    // Events that leave together may come in any order, and each may come again.
    private void Keep(ReadOnlyMemory<byte> body)
    {
        using var message = JsonDocument.Parse(body);
        var envelope = message.RootElement.GetProperty("message");
        early[envelope.GetProperty("aggregateVersion").GetInt64()] =
            (envelope.GetProperty("messageName").GetString()!, envelope.GetProperty("payload").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
