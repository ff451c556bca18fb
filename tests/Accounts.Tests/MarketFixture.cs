namespace Marketplace.Accounts.Tests;

/// <summary>
/// One Accounts for all tests of organisations, keys and identity; each makes organisations of its own.
/// </summary>
public sealed class MarketFixture : IAsyncLifetime
{
    internal Market Market { get; private set; } = null!;

    public async Task InitializeAsync() => Market = await Market.CreateAsync();

    public async Task DisposeAsync() => await Market.DisposeAsync();
}

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class SharedMarket : ICollectionFixture<MarketFixture>
{
    public const string Name = "One market";
}
