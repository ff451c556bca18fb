using Marketplace.Options.V1;

namespace Marketplace.Inventory.Tests;

/// <summary>What of a floor lies idle as time passes, on a server whose clock these tests move.</summary>
public sealed class IdleCapacityOverTimeTests(InventoryServer server) : IClassFixture<InventoryServer>
{
    private const int HoursPerWeek = 168;

    [Fact]
    public async Task GetIdleCapacity_FloorRaisedOrLoweredInTheWindow_CountsUpToItsLowest()
    {
        var provider = server.AddParty(Role.Provider);
        var raised = await PoolAsync(provider, ("2026-04-01", 40_000), ("2026-05-01", 90_000));
        var lowered = await PoolAsync(provider, ("2026-04-01", 90_000), ("2026-05-01", 40_000));
        await server.MoveClockAsync(new(2026, 6, 10, 12, 0, 0, DateTimeKind.Utc));
        foreach (var pool in new[] { raised, lowered })
            await provider.Inventory.RecordPoolUsageAsync(PoolUsageTests.Request(
                pool.PoolId, "2026-04-15T12:00:00Z", [.. Enumerable.Repeat(30_000, 8 * HoursPerWeek)]));

        var afterTheRaise = await IdleAsync(raised.PoolId, windowWeeks: 8);
        var sinceTheRaise = await IdleAsync(raised.PoolId, windowWeeks: 5);
        var afterTheCut = await IdleAsync(lowered.PoolId, windowWeeks: 8);
        // A change of today's floor counts at once.
        await provider.Inventory.SetProviderFloorAsync(new()
        {
            RequestId = Party.NewId(),
            PoolId = raised.PoolId,
            FloorSteps = { Party.Step("2026-06-10", 35_000) },
        });
        var cutToday = await IdleAsync(raised.PoolId, windowWeeks: 5);

        Assert.Equal(
            [(40_000, 10_000), (90_000, 60_000), (40_000, 10_000), (35_000, 5_000)],
            new[] { afterTheRaise, sinceTheRaise, afterTheCut, cutToday }.Select(idle =>
                (idle.JudgedFloorKw, idle.Suggestion.IdleKw)));
        Assert.Equal(
            [40_000, 90_000, 80_000, 90_000], afterTheRaise.Suggestion.FloorSteps.Select(step => step.PowerKw));

        Task<V1.IdleCapacity> IdleAsync(string poolId, int windowWeeks) => provider.Inventory.GetIdleCapacityAsync(
            new() { PoolId = poolId, Criteria = new() { WindowWeeks = windowWeeks } }).ResponseAsync;
    }

    private static async Task<V1.Pool> PoolAsync(Party provider, params (string Start, int Kw)[] floor)
    {
        var request = Party.PoolRequest((await provider.CreateSiteAsync()).SiteId, 100_000, 0);
        request.FloorSteps.Clear();
        request.FloorSteps.Add(floor.Select(step => Party.Step(step.Start, step.Kw)));
        return await provider.Inventory.CreatePoolAsync(request);
    }
}
