using Google.Protobuf;
using Marketplace.Terms;

namespace Marketplace.Benchmarks;

/// <summary>Contract mathematics on the 37-month reference deal, on one core.</summary>
internal static class TermsBenchmarks
{
    private const double ProjectionsPerSecondTarget = 20_000;

    public static Benchmark Project { get; } = new(
        "terms",
        "projects the 37-month reference deal, all invoices with their lines; one core",
        RunProject);

    private static IEnumerable<BenchmarkResult> RunProject()
    {
        var json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "reference-a.json"));
        var bytes = JsonParser.Default.Parse<Terms.V1.LeaseTerms>(json).ToByteArray();
        var terms = TermsReader.Read(Terms.V1.LeaseTerms.Parser.ParseFrom(bytes)).Terms!;
        var projection = Projection.Of(terms);
        var measured = Benchmark.Interleave(
            () => Projection.Of(terms),
            () => TermsReader.Read(Terms.V1.LeaseTerms.Parser.ParseFrom(bytes)),
            () => projection.CutAt(new(2027, 4, 2)));

        yield return AtLeast("terms.project", measured[0].Rate, ProjectionsPerSecondTarget, "terms/s");
        yield return Reported("terms.project.allocated", measured[0].AllocatedBytes, "bytes/terms");
        yield return Reported("terms.read", measured[1].Rate, "terms/s");
        yield return Reported("terms.read.allocated", measured[1].AllocatedBytes, "bytes/terms");
        yield return Reported("terms.cut", measured[2].Rate, "cuts/s");
    }

    private static BenchmarkResult AtLeast(string name, double ours, double target, string unit) =>
        new(name, ours, null, null, null, target, ours >= target, unit);

    private static BenchmarkResult Reported(string name, double ours, string unit) =>
        new(name, ours, null, null, null, null, true, unit);
}
