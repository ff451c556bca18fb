using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Marketplace.Cli;
using static Marketplace.EndToEnd.Tests.CommandLine.MarketCommands;

namespace Marketplace.EndToEnd.Tests.CommandLine;

/// <summary>What the command line shows and refuses of a real market.</summary>
[Collection(SharedMarket.Name)]
public sealed class CommandLineTests(SharedSystem shared) : IDisposable
{
    private static readonly TimeSpan WatchDurationMax = TimeSpan.FromMinutes(2);

    private readonly MarketCommands market = new(shared.System);

    public void Dispose() => market.Dispose();

    [Fact]
    public async Task Market_Refusals_NameTheWayOut()
    {
        var listing = await market.ListAsync();
        var pool = Text(market.Json(["listing", "get", listing, .. By("provider")]), "pool_id");

        var wrong = market.Refused(ExitCode.No, "INVALID_ARGUMENT INVALID_FIELDS: The request is wrong:",
            ["listing", "create", pool, "-f", market.PathOf("offer.yaml"), "--billing.due-days", "900",
            "--ramp-steps", "2,1.5", .. By("provider")]);
        Assert.Contains("\n  --billing.due-days: Is 900; must be in [0, 180].\n", wrong, StringComparison.Ordinal);
        Assert.Matches("\n  --ramp-steps\\[0\\].discount.*: ", wrong);

        var floor = market.Refused(ExitCode.No, "RESOURCE_EXHAUSTED CAPACITY_SHORT",
            ["pool", "set-floor", pool, "--floor-steps", "2026-04-01,301MW", .. By("provider")]);
        Assert.Contains("Wanted kW  Free kW  Short kW", floor, StringComparison.Ordinal);
        Assert.Contains("  301,000  300,000     1,000", floor, StringComparison.Ordinal);

        var missing = Guid.CreateVersion7().ToString();
        market.Refused(
            ExitCode.No, $"NOT_FOUND LEASE_NOT_FOUND: There is no lease {missing}", ["lease", "get", missing]);

        File.WriteAllText(market.PathOf("wrong.key"), $"mk_{missing}_{new string('0', 64)}");
        Close(market.PathOf("wrong.key"));
        var unknown = market.Refused(ExitCode.No, "UNAUTHENTICATED API_KEY_INVALID",
            ["lease", "list", "--key-file", market.PathOf("wrong.key")]);
        Assert.Contains("wrong.key. Use another with --key-file FILE", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Market_Lists_ArePagedUpToTheLimit()
    {
        for (var i = 0; i < 3; i++)
            market.Id("organisation", "create", "--display-name", $"Organisation {i}", "--roles", "buyer");

        var some = market.Run("organisation", "list", "--limit", "2", "-o", "json");
        var all = market.Run("organisation", "list", "--all");

        using var listed = JsonDocument.Parse(some.Output);
        Assert.Equal(2, listed.RootElement.GetArrayLength());
        Assert.Equal(
            "market: these are the first 2, and there are more: show them with --limit N or --all.\n", some.Error);
        // A header, its rule, the operator, the services and those three at least.
        Assert.InRange(all.Output.TrimEnd().Split('\n').Length, 2 + 2 + 3, int.MaxValue);
        Assert.Empty(all.Error);
    }

    [Fact]
    public async Task Market_KeyMade_IsInItsFileAndNowhereElse()
    {
        var buyer = market.Id("organisation", "create", "--display-name", "Buyer", "--roles", "buyer");
        var path = market.PathOf("new.key");
        string[] making = ["api-key", "create", "--organisation-id", buyer, "--scopes", "accounts-read,accounts-write"];

        var made = market.Run([.. making, "--key-out", path, "-o", "json"]);
        var again = market.Run([.. making, "--key-out", path]);

        Assert.Equal(ExitCode.Done, made.ExitCode);
        var key = (await File.ReadAllTextAsync(path)).Trim();
        Assert.DoesNotContain(key.Split('_')[2], made.Output + made.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(path));
        Assert.Equal(ExitCode.Unusable, again.ExitCode);
        Assert.Contains("is there already", again.Error, StringComparison.Ordinal);
        // It is the key that the market knows, and its successor replaces it.
        using var document = JsonDocument.Parse(made.Output);
        var keyId = Text(document.RootElement, "api_key_id");
        var successor = market.Json("api-key", "rotate", keyId, "--to-profile", "buyer", "--key-file", path);
        Assert.Equal(keyId, Text(successor, "predecessor_api_key_id"));
        Assert.Equal(buyer, Text(market.Json(["organisation", "get", buyer, .. By("buyer")]), "organisation_id"));
        market.Refused(
            ExitCode.Unusable, "Services refuse the key within a second, for good.", ["api-key", "revoke", keyId]);
        Assert.Equal("API_KEY_STATE_REVOKED", Text(market.Json("api-key", "revoke", keyId, "--yes"), "state"));
    }

    [Fact]
    public void Market_RequestId_HasOneEffect()
    {
        string[] creating =
        [
            "organisation", "create", "--display-name", "Once", "--roles", "buyer", "--request-id",
            Guid.CreateVersion7().ToString(),
        ];

        Assert.Equal(market.Id(creating), market.Id(creating));
    }

    [Fact]
    public async Task Market_Watch_WritesOneObjectALineUntilItIsInterrupted()
    {
        var listing = await market.ListAsync();
        using var watch = market.Start(["inventory", "watch", "-o", "json", .. By("buyer")]);
        using var limit = new CancellationTokenSource(WatchDurationMax);
        using var end = limit.Token.Register(watch.Kill);

        var line = "";
        while (!line.Contains(listing, StringComparison.Ordinal))
        {
            line = await watch.StandardOutput.ReadLineAsync(limit.Token)
                ?? throw new InvalidOperationException($"It ended: {await watch.StandardError.ReadToEndAsync()}");
        }
        using var change = JsonDocument.Parse(line);
        // Not SIGINT, which is ignored by whatever is started in the background, and so by what that starts.
        using var interrupt = Process.Start("kill", ["-TERM", watch.Id.ToString(CultureInfo.InvariantCulture)]);
        await watch.WaitForExitAsync(limit.Token);

        Assert.Equal("LISTING_STATE_PUBLISHED", Text(change.RootElement.GetProperty("listing"), "state"));
        Assert.Equal((0, ""), (watch.ExitCode, await watch.StandardError.ReadToEndAsync()));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void Close(string path)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
