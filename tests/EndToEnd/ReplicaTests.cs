using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Options.V1;
using Reservations = Marketplace.Inventory.V1.CapacityReservationService.CapacityReservationServiceClient;

namespace Marketplace.EndToEnd.Tests;

/// <summary>Two processes of Inventory, each asked by itself, whichever of them owns a provider's books.</summary>
public sealed class ReplicaTests
{
    private const int Providers = 6;
    private const int PoolKw = 1_000;

    [Fact]
    public async Task ReserveCapacity_FreedThroughTheOtherReplica_IsWonAtOnce()
    {
        // In production what is refused is refused from memory.
        await using var system =
            await MarketSystem.StartAsync(clock: "production", replicas: 2, names: ["accounts", "inventory"]);
        var serviceKey = (await File.ReadAllTextAsync(system.KeyFile("service"))).Trim();
        var replicas = Enumerable.Range(0, 2).Select(system.EndpointsOf).ToArray();
        using var first = new MarketClient(replicas[0], serviceKey);
        using var second = new MarketClient(replicas[1], serviceKey);
        for (var i = 0; i < Providers; i++)
        {
            // The change goes to one replica, and what depends on it to the other, by turns.
            var (changed, asked) = i % 2 == 0 ? (replicas[0], second) : (replicas[1], first);
            var reservations = new Reservations(asked.Invoker(MarketService.Inventory));
            var (providerId, key) = await system.Operator.RegisterAsync($"Provider {i}", Role.Provider);
            using var provider = new MarketClient(changed, key);
            var hall = await HallScene.CreateAsync(provider, providerId, PoolKw, floorKw: PoolKw);
            Assert.False(await hall.IsWonAsync(reservations, PoolKw));

            await provider.Inventory.SetProviderFloorAsync(new() { PoolId = hall.Pool.PoolId });

            Assert.True(await hall.IsWonAsync(reservations, PoolKw));
            Assert.False(await hall.IsWonAsync(reservations, PoolKw));
        }
    }
}
