using System.Collections.Concurrent;
using System.Diagnostics;
using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Options.V1;
using Marketplace.TestServers;
using Xunit.Abstractions;
using Reservations = Marketplace.Inventory.V1.CapacityReservationService.CapacityReservationServiceClient;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// Two hundred buyers want the last megawatts of one pool, from two processes of Inventory, of which one is killed.
/// </summary>
public sealed class LastMegawattsTests(ITestOutputHelper output)
{
    private const int Buyers = 200;
    private const int LotKw = 100;

    [Theory]
    [InlineData(0, "production")]
    [InlineData(1, "production")]
    [InlineData(0, "sandbox")]
    public async Task ReserveCapacity_ReplicaKilledMidway_WinsExactlyTheCapacity(int killed, string clock)
    {
        var attempts = Soak.Count(daily: 1_000, full: 10_000);
        var lots = attempts * 3 / 10;
        await using var system = await MarketSystem.StartAsync(
            clock: clock, replicas: 2, names: ["accounts", "inventory"]);
        var (providerId, key) = await system.Operator.RegisterAsync("Provider", Role.Provider);
        using var provider = new MarketClient(system.Endpoints, key);
        var hall = await HallScene.CreateAsync(provider, providerId, lots * LotKw, floorKw: 0);
        var (next, answered, retried) = (0, 0, 0);
        using var service = new MarketClient(new MarketClientOptions
        {
            Endpoints = system.Endpoints,
            ApiKey = (await File.ReadAllTextAsync(system.KeyFile("service"))).Trim(),
            Retrying = (_, _) => Interlocked.Increment(ref retried),
        });
        var reservations = new Reservations(service.Invoker(MarketService.Inventory));
        var outcomes = new ConcurrentBag<Outcome>();
        var start = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, Buyers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= attempts)
            {
                var leaseId = Guid.CreateVersion7().ToString();
                var asked = Stopwatch.GetTimestamp();
                var isWon = await hall.IsWonAsync(reservations, leaseId, LotKw);
                outcomes.Add(new(
                    leaseId, isWon, Stopwatch.GetElapsedTime(asked), Stopwatch.GetElapsedTime(start)));
                // Midway is before the last lot is gone.
                if (Interlocked.Increment(ref answered) == lots / 2) system.Replicas("inventory")[killed].Kill();
            }
        })));

        var won = outcomes.Where(outcome => outcome.IsWon).ToList();
        Report(clock, outcomes, won.Count, killed, retried);
        Assert.Equal((attempts, lots), (outcomes.Count, won.Count));
        Assert.NotEqual(0, retried);
        var check = await system.Operator.Inventory.CheckCapacityAsync(new() { PoolId = hall.Pool.PoolId });
        Assert.Equal((0, 0, lots), (check.OversoldKw, check.MisbookedCount, (int)check.ReservationCount));
        Assert.All((await system.Operator.Inventory.GetPoolAvailabilityAsync(new()
        {
            PoolId = hall.Pool.PoolId,
            StartDate = hall.Start,
            EndDate = hall.End,
        })).Steps, step => Assert.Equal((lots * LotKw, 0), (step.ReservedKw, step.FreeKw)));

        // Who is left knows all of it: what one gives back, one other wins.
        await reservations.ReleaseReservationAsync(
            new() { RequestId = Guid.CreateVersion7().ToString(), LeaseId = won[0].LeaseId });
        Assert.True(await hall.IsWonAsync(reservations, LotKw));
        Assert.False(await hall.IsWonAsync(reservations, LotKw));
    }

    private void Report(string clock, ConcurrentBag<Outcome> outcomes, int won, int killed, int retried)
    {
        var times = outcomes.Select(outcome => outcome.Time).Order().ToArray();
        var answered = outcomes.Select(outcome => outcome.At).Order().ToArray();
        var silence = answered.Zip(answered.Skip(1), (before, after) => after - before).Max();
        output.WriteLine(
            $"{clock}: {outcomes.Count} attempts by {Buyers} buyers, process {killed} killed: {won} won, "
            + $"{outcomes.Count - won} refused, {retried} made again, in "
            + $"{answered[^1].TotalSeconds:0.0} s; p50 {times[times.Length / 2].TotalMilliseconds:0} ms, p99 "
            + $"{times[times.Length * 99 / 100].TotalMilliseconds:0} ms, longest silence "
            + $"{silence.TotalSeconds:0.00} s");
    }

    private sealed record Outcome(string LeaseId, bool IsWon, TimeSpan Time, TimeSpan At);
}
