using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Benchmarks;

var asJson = args.Contains("--json");
var names = args.Where(argument => argument != "--json").ToArray();
var unknown = names.Except(Benchmark.All.Select(benchmark => benchmark.Name)).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"No benchmark is named {string.Join(", ", unknown)}; there are:");
    foreach (var benchmark in Benchmark.All) Console.Error.WriteLine($"  {benchmark.Name}  {benchmark.Description}");
    return 2;
}

var results = new List<BenchmarkResult>();
foreach (var benchmark in Benchmark.All.Where(benchmark => names.Length == 0 || names.Contains(benchmark.Name)))
{
    if (!asJson) Console.WriteLine($"{benchmark.Name}: {benchmark.Description}");
    foreach (var result in benchmark.Run())
    {
        results.Add(result);
        if (!asJson) Console.WriteLine($"  {result}");
    }
}
if (asJson)
{
    var json =
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };
    Console.WriteLine(new JsonObject
    {
        ["machine"] = JsonSerializer.SerializeToNode(Machine.Here, json),
        ["results"] = JsonSerializer.SerializeToNode(results, json),
    }.ToJsonString(json));
}
return results.All(result => result.Ok) ? 0 : 1;
