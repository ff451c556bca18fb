using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Marketplace.Benchmarks;

/// <summary>A named benchmark. It gives one result for each of its targets.</summary>
internal sealed record Benchmark(string Name, string Description, Func<IEnumerable<BenchmarkResult>> Run)
{
    private const int Rounds = 7;

    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(400);

    public static IReadOnlyList<Benchmark> All { get; } =
        [TermsBenchmarks.Project, ReserveBenchmarks.Durable, ReserveBenchmarks.Decision, StartBenchmarks.Start];

    /// <summary>
    /// Runs several pieces of work in turn, round by round, on one thread, so that a drift of the machine meets all of
    /// them alike.
    /// </summary>
    /// <returns>For each piece of work its rate in each round, and the bytes it allocates each time.</returns>
    public static Measurement[] Interleave(params Action[] works)
    {
        foreach (var work in works) Rate(work);
        var rates = works.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < works.Length; i++) rates[i][round] = Rate(works[i]);
        }
        return [.. works.Select((work, i) => new Measurement(rates[i], Allocated(work)))];
    }

    private static double Rate(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        long count = 0;
        TimeSpan elapsed;
        do
        {
            for (var i = 0; i < 16; i++) work();
            count += 16;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < RoundTime);
        return count / elapsed.TotalSeconds;
    }

    private static long Allocated(Action work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

/// <summary>
/// What one piece of work came to: its rate a second in each round, and the bytes it allocates each time.
/// </summary>
internal sealed record Measurement(double[] Rates, long AllocatedBytes)
{
    public double Rate => Median(Rates);

    /// <summary>The median over the rounds of this rate over the other's in the same round.</summary>
    public double RatioTo(Measurement other) => Median([.. Rates.Zip(other.Rates, (ours, theirs) => ours / theirs)]);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}

/// <summary>One target and how it was met.</summary>
/// <param name="Name">The benchmark's name and, after a dot, what was measured.</param>
/// <param name="Ours">Our figure, in <paramref name="Unit"/>.</param>
/// <param name="Peer">The peer's figure in the same run, if there is one.</param>
/// <param name="Limit">The figure of what cannot be beaten, in the same run, if there is one.</param>
/// <param name="Ratio">The median over the rounds of ours over the peer's, or over the limit's without a peer.</param>
/// <param name="Target">What the ratio, or without one our figure, has to reach.</param>
/// <param name="Ok">Whether it does.</param>
/// <param name="Unit">The unit of the figures.</param>
internal sealed record BenchmarkResult(
    string Name, double Ours, double? Peer, double? Limit, double? Ratio, double? Target, bool Ok, string Unit)
{
    public override string ToString()
    {
        var parts = new List<string> { $"{Name,-28} {Figure(Ours),14} {Unit}" };
        if (Peer is { } peer) parts.Add($"peer {Figure(peer)}");
        if (Limit is { } limit) parts.Add($"limit {Figure(limit)}");
        if (Ratio is { } ratio) parts.Add($"ratio {ratio.ToString("0.00", CultureInfo.InvariantCulture)}");
        if (Target is { } target) parts.Add($"target {Figure(target)} {(Ok ? "met" : "MISSED")}");
        return string.Join("  ", parts);
    }

    private static string Figure(double value) =>
        value.ToString(value < 100 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}

/// <summary>The machine that the figures are from.</summary>
internal sealed record Machine(int Cores, long MemoryBytes, string OperatingSystem, string Runtime)
{
    public static Machine Here { get; } = new(
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);
}
