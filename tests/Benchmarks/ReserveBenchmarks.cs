using Marketplace.Inventory;

namespace Marketplace.Benchmarks;

/// <summary>Reserving for leases of 37 months, durable, in process at the use case.</summary>
internal static class ReserveBenchmarks
{
    private const int Rounds = 5;
    private const int ManyCallers = 200;
    private const int ManyPools = 1_000;
    private const double PeerTarget = 20;
    private const double LimitTarget = 0.7;
    private const double DecisionTarget = 1.3;
    private const int FewLeases = 10;
    private const int ManyLeases = 100_000;

    private static readonly TimeSpan ArmTime = TimeSpan.FromSeconds(3);

    public static Benchmark Durable { get; } = new(
        "reserve",
        "reserves 37 months for a lease, durable; beside PostgreSQL with a row lock and with a function",
        () => RunDurableAsync().ToBlockingEnumerable());

    public static Benchmark Decision { get; } = new(
        "reserve-decision",
        "decides in memory with 10 and with 100,000 leases on the pool",
        () => RunDecisionAsync().ToBlockingEnumerable());

    private static async IAsyncEnumerable<BenchmarkResult> RunDurableAsync()
    {
        await using var market = await ReserveMarket.CreateAsync();
        var hot = await market.AddProviderAsync(pools: 1);
        var wide = await market.AddProviderAsync(ManyPools);
        await using var peer = await ReservePeers.CreateAsync(market);
        var peerClients = await peer.BestClientCountAsync();

        await hot.RunAsync(ManyCallers, TimeSpan.FromSeconds(1));
        var (ours, rowLock, function, limit, alone) = (
            new List<ReserveRun>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            await ReserveMarket.CheckpointAsync();
            ours.Add(await hot.RunAsync(ManyCallers, ArmTime));
            await ReserveMarket.CheckpointAsync();
            rowLock.Add(await peer.RowLockAsync(peerClients, ArmTime));
            await ReserveMarket.CheckpointAsync();
            function.Add(await peer.FunctionAsync(peerClients, ArmTime));
            await ReserveMarket.CheckpointAsync();
            var batchSize = (int)ours[^1].MeanBatch;
            limit.Add(await peer.BareInsertAsync(ShardWriter.PendingMax, batchSize, ArmTime));
            await ReserveMarket.CheckpointAsync();
            alone.Add(await peer.BareInsertAsync(connections: 1, batchSize, ArmTime));
        }
        var rates = ours.Select(run => run.Rate).ToArray();
        var better = rowLock.Zip(function, Math.Max).ToArray();
        yield return Compared("reserve.hot.200", rates, better, PeerTarget, isLimit: false);
        yield return Compared("reserve.hot.200.limit", rates, limit, LimitTarget, isLimit: true);
        yield return Reported("reserve.limit.one-connection", Median(alone), "reservations/s");
        yield return Reported("reserve.peer.row-lock", Median(rowLock), "reservations/s");
        yield return Reported("reserve.peer.function", Median(function), "reservations/s");
        foreach (var result in Details("reserve.hot.200", ours)) yield return result;

        foreach (var callers in (int[])[1, 16])
        {
            await ReserveMarket.CheckpointAsync();
            var run = await hot.RunAsync(callers, ArmTime);
            yield return Reported($"reserve.hot.{callers}", run.Rate, "reservations/s");
            foreach (var result in Details($"reserve.hot.{callers}", [run])) yield return result;
        }
        await wide.RunAsync(ManyCallers, ArmTime);
        foreach (var callers in (int[])[1, 16, ManyCallers])
        {
            await ReserveMarket.CheckpointAsync();
            var run = await wide.RunAsync(callers, ArmTime);
            yield return Reported($"reserve.wide.{callers}", run.Rate, "reservations/s");
            foreach (var result in Details($"reserve.wide.{callers}", [run])) yield return result;
        }
        var refusals = await hot.RunAsync(ManyCallers, ArmTime, kw: ReserveProvider.TooMuchKw);
        yield return Reported("reserve.hot.200.refused", refusals.Rate, "refusals/s");
        var oversold = await market.OversoldKwAsync();
        yield return new("reserve.oversold", oversold, null, null, null, 0, oversold == 0, "kW");
    }

    private static async IAsyncEnumerable<BenchmarkResult> RunDecisionAsync()
    {
        await using var market = await ReserveMarket.CreateAsync();
        var (few, many) = (await market.AddProviderAsync(pools: 1), await market.AddProviderAsync(pools: 1));
        await few.ReserveAsync(FewLeases);
        await many.ReserveAsync(ManyLeases);
        var (decideFew, decideMany) = (await few.DecisionAsync(), await many.DecisionAsync());
        var measured = Benchmark.Interleave(decideFew, decideMany);
        // How much longer one takes is how much higher the rate of the other is.
        var ratio = measured[0].RatioTo(measured[1]);
        yield return new("reserve-decision.100000", measured[1].Rate, measured[0].Rate, null, ratio, DecisionTarget,
            ratio <= DecisionTarget, "decisions/s");
        yield return Reported("reserve-decision.allocated", measured[1].AllocatedBytes, "bytes/decision");
    }

    private static IEnumerable<BenchmarkResult> Details(string name, IReadOnlyList<ReserveRun> runs)
    {
        foreach (var share in (int[])[50, 99])
        {
            yield return Reported(
                $"{name}.p{share}", Median([.. runs.Select(run => run.Percentile(share).TotalMilliseconds)]), "ms");
        }
        yield return Reported($"{name}.batch", Median([.. runs.Select(run => run.MeanBatch)]), "reservations/batch");
        yield return Reported(
            $"{name}.allocated", Median([.. runs.Select(run => run.AllocatedBytes)]), "bytes/reservation");
    }

    private static BenchmarkResult Compared(
        string name, double[] ours, IReadOnlyList<double> other, double target, bool isLimit)
    {
        var ratio = Median([.. ours.Zip(other, (rate, against) => rate / against)]);
        return new(name, Median(ours), isLimit ? null : Median(other), isLimit ? Median(other) : null, ratio, target,
            ratio >= target, "reservations/s");
    }

    private static BenchmarkResult Reported(string name, double ours, string unit) =>
        new(name, ours, null, null, null, null, true, unit);

    private static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}

/// <summary>What some callers reached, each with one reservation after the other.</summary>
internal sealed record ReserveRun(
    long Count, TimeSpan Elapsed, TimeSpan[] Latencies, double MeanBatch, double AllocatedBytes)
{
    public double Rate => Count / Elapsed.TotalSeconds;

    public TimeSpan Percentile(int share) => Latencies[Latencies.Length * share / 100];
}
