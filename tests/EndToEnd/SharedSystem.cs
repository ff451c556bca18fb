using Marketplace.EndToEnd.Tests.Telemetry;

// Two markets at once would only take the processor from each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// One market for the tests that leave its clock alone; each has organisations of its own. Its traces are received.
/// </summary>
public sealed class SharedSystem : IAsyncLifetime
{
    internal MarketSystem System { get; private set; } = null!;

    internal SpanReceiver Spans { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Spans = await SpanReceiver.StartAsync();
        System = await MarketSystem.StartAsync(Spans.Uri);
    }

    public async Task DisposeAsync()
    {
        await System.DisposeAsync();
        await Spans.DisposeAsync();
    }
}

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class SharedMarket : ICollectionFixture<SharedSystem>
{
    public const string Name = "One market";
}
