using Google.Type;
using Grpc.Core;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Terms.V1;
using Reservations = Marketplace.Inventory.V1.CapacityReservationService.CapacityReservationServiceClient;

namespace Marketplace.EndToEnd.Tests;

/// <summary>A pool of one provider, and leases of three years on it that Leasing would ask for.</summary>
internal sealed class HallScene(string providerId, Pool pool)
{
    private const int TermYears = 3;

    // Long enough for every attempt that the client makes.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(1);

    public Pool Pool => pool;

    public Date Start { get; } = FirstOf(pool.CalendarStartDate.Year + 1);

    public Date End { get; } = FirstOf(pool.CalendarStartDate.Year + 1 + TermYears);

    /// <summary>Describes a site with one pool, of which the floor keeps a part.</summary>
    public static async Task<HallScene> CreateAsync(
        MarketClient provider, string providerId, int capacityKw, int floorKw)
    {
        var site = await provider.Inventory.CreateSiteAsync(
            new() { DisplayName = "Site", Region = "us-tn", TimeZone = "America/Chicago" });
        return new(providerId, await provider.Inventory.CreatePoolAsync(new()
        {
            SiteId = site.SiteId,
            DisplayName = "Hall",
            ServiceLevel = ServiceLevel.BareMetal,
            NameplateKw = capacityKw,
            CapacitySteps = { new CurveStep { StartDate = FirstOf(2025), PowerKw = capacityKw } },
            FloorSteps = { new CurveStep { StartDate = FirstOf(2025), PowerKw = floorKw } },
        }));
    }

    /// <summary>Asks for a lease; the client makes a call of unknown outcome again, with its id.</summary>
    /// <returns>Whether it is won, and not refused for want of capacity.</returns>
    public async Task<bool> IsWonAsync(Reservations inventory, string leaseId, int kw)
    {
        try
        {
            await inventory.ReserveCapacityAsync(
                new()
                {
                    RequestId = Guid.CreateVersion7().ToString(),
                    LeaseId = leaseId,
                    ProviderOrganisationId = providerId,
                    BuyerOrganisationId = Guid.CreateVersion7().ToString(),
                    Tranches =
                    {
                        new TrancheProfile
                        {
                            TrancheId = "hall",
                            PoolId = pool.PoolId,
                            Steps = { new ReservedStep { StartDate = Start, EndDate = End, ReservedKw = kw } },
                        },
                    },
                },
                deadline: (TimeProvider.System.GetUtcNow() + AnswerMax).UtcDateTime);
            return true;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }

    /// <inheritdoc cref="IsWonAsync(Reservations, string, int)"/>
    public Task<bool> IsWonAsync(Reservations inventory, int kw) =>
        IsWonAsync(inventory, Guid.CreateVersion7().ToString(), kw);

    private static Date FirstOf(int year) => new() { Year = year, Month = 1, Day = 1 };
}
