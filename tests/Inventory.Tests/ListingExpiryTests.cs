using Grpc.Core;
using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>Has a server of its own, because it moves the market clock.</summary>
public sealed class ListingExpiryTests(InventoryServer server) : IClassFixture<InventoryServer>
{
    [Fact]
    public async Task MarketClock_PassesTheEndOfAWindow_ExpiresItsListing()
    {
        var provider = server.AddParty(Role.Provider);
        var pool = await provider.CreatePoolAsync();
        var (published, draft) =
            (await provider.CreateListingAsync(pool.PoolId), await provider.CreateListingAsync(pool.PoolId));
        await provider.PublishAsync(published.ListingId);

        // Midnight of the site is five hours after that of UTC.
        await server.MoveClockAsync(new(2029, 6, 1, 4, 59, 59, DateTimeKind.Utc));
        var before = await provider.Inventory.GetListingAsync(new() { ListingId = published.ListingId });
        await server.MoveClockAsync(new(2029, 6, 1, 5, 0, 0, DateTimeKind.Utc));
        var after = await provider.Inventory.GetListingAsync(new() { ListingId = published.ListingId });

        Assert.Equal((V1.ListingState.Published, V1.ListingState.Expired), (before.State, after.State));
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LISTING_NOT_PUBLISHABLE", provider.Inventory.PublishListingAsync(
            new() { RequestId = Party.NewId(), ListingId = draft.ListingId }));
        await Errors.RefusedAsync(
            StatusCode.FailedPrecondition, "LISTING_CLOSED", provider.Inventory.WithdrawListingAsync(
            new() { RequestId = Party.NewId(), ListingId = published.ListingId }));
    }

    [Fact]
    public async Task SetCapacityCurve_LowerFromToday_LeavesWhatIsPast()
    {
        var provider = server.AddParty(Role.Provider);
        var pool = await provider.CreatePoolAsync(100, 0);
        var today = pool.CalendarStartDate;
        var start = new DateOnly(today.Year, today.Month, today.Day);
        await server.Service.Reservations.ReserveCapacityAsync(Party.Reservation(
            provider, 100, $"{start:O}", $"{start.AddDays(3):O}", pool.PoolId));
        await server.MoveClockAsync(start.AddDays(3).ToDateTime(new(12, 0), DateTimeKind.Utc));

        var changed = await provider.Inventory.SetCapacityCurveAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = pool.PoolId,
            CapacitySteps = { Party.Step("2026-04-01", 10) },
        });

        Assert.Equal([100, 10], changed.CapacitySteps.Select(step => step.PowerKw));
        Assert.Equal(0, (await provider.Inventory.CheckCapacityAsync(new())).OversoldKw);
    }
}
