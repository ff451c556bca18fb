using Google.Type;
using Marketplace.Cli.Demo;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;

namespace Marketplace.EndToEnd.Tests;

/// <summary>More buyers sign at once than there is capacity for.</summary>
[Collection(SharedMarket.Name)]
public sealed class ConcurrentSigningTests(SharedSystem shared)
{
    private const int LotKw = 5_000;
    private const int Lots = DemoListing.ListedKw / LotKw;
    private const int Signers = 100;
    private const int PreparedAtOnce = 8;

    private readonly MarketSystem system = shared.System;

    [Fact]
    public async Task SignVersion_HundredAtOnceForSixtyLots_SixtyAreSignedAndFortyAreShort()
    {
        using var listing = await DemoListing.CreateAsync(system.Endpoints, system.Operator, "Contended", "0.5", LotKw);
        var deals = new DemoDeal[Signers];
        await Parallel.ForAsync(
            0, Signers, new ParallelOptions { MaxDegreeOfParallelism = PreparedAtOnce }, async (i, _) =>
            {
                deals[i] = await DemoDeal.AskAsync(listing);
                await deals[i].NegotiateAsync();
                await deals[i].SignAsync(listing.Provider);
            });

        await Task.WhenAll(deals.Select(deal => deal.SignAsync(listing.Buyer)));
        var negotiations = await Task.WhenAll(deals.Select(deal => deal.SettleAsync()));

        var signed = negotiations.Where(negotiation => negotiation.State == NegotiationState.Signed).ToList();
        var refused = negotiations.Where(negotiation => negotiation.State == NegotiationState.Short).ToList();
        Assert.Equal((Lots, Signers - Lots), (signed.Count, refused.Count));
        Assert.All(refused, negotiation =>
        {
            Assert.Empty(negotiation.LeaseId);
            var shortfall = Assert.Single(negotiation.Shortfalls);
            Assert.Equal(
                (listing.Pool.PoolId, LotKw, 0, LotKw),
                (shortfall.PoolId, shortfall.WantedKw, shortfall.FreeKw, shortfall.ShortKw));
            Assert.Equal((Day(2026, 5), Day(2029, 6)), (shortfall.StartDate, shortfall.EndDate));
        });

        // A lease for each reservation and a reservation for each lease.
        var leases = signed.Select(negotiation => negotiation.LeaseId).Order().ToList();
        Assert.Equal(leases, (await LeasesAsync(listing)).Order());
        Assert.Equal(leases, (await ReservationsAsync(listing)).Select(reservation => reservation.LeaseId).Order());
        var check = await system.Operator.Inventory.CheckCapacityAsync(new() { PoolId = listing.Pool.PoolId });
        Assert.Equal((0, Lots), (check.OversoldKw, check.ReservationCount));
        var term = new GetPoolAvailabilityRequest
        {
            PoolId = listing.Pool.PoolId,
            StartDate = Day(2026, 5),
            EndDate = Day(2029, 6),
        };
        var availability = await listing.Provider.Inventory.GetPoolAvailabilityAsync(term);
        var days = Assert.Single(availability.Steps);
        Assert.Equal((DemoListing.ListedKw, 0), (days.ReservedKw, days.FreeKw));
    }

    private static async Task<List<string>> LeasesAsync(DemoListing listing)
    {
        var listed = await listing.Buyer.Leasing.ListLeasesAsync(new() { PageSize = Signers });
        return [.. listed.Leases.Select(lease => lease.LeaseId)];
    }

    private static async Task<IReadOnlyList<Reservation>> ReservationsAsync(DemoListing listing)
    {
        var request = new ListReservationsRequest
        {
            PoolId = listing.Pool.PoolId,
            State = ReservationState.Reserved,
            PageSize = Signers,
        };
        return (await listing.Provider.Inventory.ListReservationsAsync(request)).Reservations;
    }

    private static Date Day(int year, int month) => new() { Year = year, Month = month, Day = 1 };
}
