namespace Marketplace.Client.Tests;

/// <summary>What README.md shows of the client package: the body of the method, word for word.</summary>
internal static class ReadmeExample
{
    public static async Task RunAsync(MarketEndpoints endpoints, string apiKey)
    {
        using var market = new MarketClient(endpoints, apiKey);
        try
        {
            // Without a request id it gets one that all attempts keep: there is one site, whatever breaks on the way.
            var site = await market.Inventory.CreateSiteAsync(
                new() { DisplayName = "Hall 1", Region = "us-tn", TimeZone = "America/Chicago" });
            Console.WriteLine($"site {site.SiteId}");

            // Goes on where it stopped when a connection breaks or a service restarts; here, to the snapshot's end.
            await foreach (var change in market.WatchInventoryAsync())
                if (change.SnapshotEnd is { } end) { Console.WriteLine($"{end.ListingCount} listings"); break; }
        }
        catch (MarketException refused)
        {
            Console.Error.WriteLine($"{refused.Reason}: {refused.Message}");
            foreach (var wrong in refused.FieldViolations) Console.Error.WriteLine($"{wrong.Field}: {wrong.Reason}");
        }
    }
}
