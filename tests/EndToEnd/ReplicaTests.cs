using Google.Type;
using Grpc.Core;
using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;
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
            var pool = await CreatePoolAsync(provider);
            Assert.False(await IsWonAsync(reservations, providerId, pool));

            await provider.Inventory.SetProviderFloorAsync(new() { PoolId = pool.PoolId });

            Assert.True(await IsWonAsync(reservations, providerId, pool));
            Assert.False(await IsWonAsync(reservations, providerId, pool));
        }
    }

    // The floor keeps all of it.
    private static async Task<Pool> CreatePoolAsync(MarketClient provider)
    {
        var site = await provider.Inventory.CreateSiteAsync(
            new() { DisplayName = "Site", Region = "us-tn", TimeZone = "America/Chicago" });
        var always = new CurveStep { StartDate = new Date { Year = 2025, Month = 1, Day = 1 }, PowerKw = PoolKw };
        return await provider.Inventory.CreatePoolAsync(new()
        {
            SiteId = site.SiteId,
            DisplayName = "Hall",
            ServiceLevel = ServiceLevel.BareMetal,
            NameplateKw = PoolKw,
            CapacitySteps = { always },
            FloorSteps = { always },
        });
    }

    private static async Task<bool> IsWonAsync(Reservations inventory, string providerId, Pool pool)
    {
        var start = pool.CalendarStartDate.Year + 1;
        try
        {
            await inventory.ReserveCapacityAsync(new()
            {
                RequestId = Guid.CreateVersion7().ToString(),
                LeaseId = Guid.CreateVersion7().ToString(),
                ProviderOrganisationId = providerId,
                BuyerOrganisationId = Guid.CreateVersion7().ToString(),
                Tranches =
                {
                    new TrancheProfile
                    {
                        TrancheId = "hall",
                        PoolId = pool.PoolId,
                        Steps =
                        {
                            new ReservedStep
                            {
                                StartDate = new() { Year = start, Month = 1, Day = 1 },
                                EndDate = new() { Year = start + 3, Month = 1, Day = 1 },
                                ReservedKw = PoolKw,
                            },
                        },
                    },
                },
            });
            return true;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }
}
