using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.Accounts.V1;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// Clients that nobody here wrote: the commands of README's "Calling from other languages", as they stand there, and a
/// public client of the reflection protocol.
/// </summary>
public sealed partial class LanguageTests(LanguageTests.OwnSystem own) : IClassFixture<LanguageTests.OwnSystem>
{
    // JavaScript, Python, and what both print.
    private static readonly IReadOnlyList<string> Blocks = Readme.Blocks("Calling from other languages");

    [Fact]
    public Task JavaScript_CommandsOfReadme_PrintWhatReadmeShows() => PrintWhatReadmeShowsAsync(Blocks[0]);

    [Fact]
    public Task Python_CommandsOfReadme_PrintWhatReadmeShows() => PrintWhatReadmeShowsAsync(Blocks[1]);

    [Fact]
    public async Task Reflection_PublicClient_FindsEveryServiceAndCallsOne()
    {
        var answer = JsonDocument.Parse(await RunAsync(
            "NODE_PATH=artifacts/javascript/node_modules node tests/EndToEnd/reflection.js")).RootElement;

        Assert.Equal(
            [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "marketplace.accounts.v1.AccountsService", "marketplace.accounts.v1.KeyResolutionService",
                "marketplace.accounts.v1.MarketClockService", "marketplace.operations.v1.ClockWindowService",
                "marketplace.operations.v1.ParkedMessageService",
            ],
            answer.GetProperty("services").EnumerateObject().Select(service => service.Name));
        Assert.Equal(
            AccountsReflection.Descriptor.Services[0].Methods.Select(method => method.Name),
            answer.GetProperty("services").GetProperty("marketplace.accounts.v1.AccountsService").EnumerateArray()
                .Select(method => method.GetString()!));
        Assert.Equal("CLOCK_MODE_SANDBOX", answer.GetProperty("clock").GetProperty("mode").GetString());
    }

    private async Task PrintWhatReadmeShowsAsync(string commands)
    {
        // What installs something is done by './market test'.
        var output = await RunAsync(Installation().Replace($"{commands}\n", ""));

        // The term begins in the month after that of the market clock, which every run moves on.
        Assert.Equal(WithoutMonths(Blocks[2]), WithoutMonths(output.TrimEnd()));
    }

    private Task<string> RunAsync(string commands)
    {
        var endpoints = own.System.Endpoints;
        return Shell.RunAsync(commands, new Dictionary<string, string>
        {
            ["MARKETPLACE_ACCOUNTS"] = endpoints.Accounts.ToString(),
            ["MARKETPLACE_INVENTORY"] = endpoints.Inventory.ToString(),
            ["MARKETPLACE_LEASING"] = endpoints.Leasing.ToString(),
            ["MARKETPLACE_BILLING"] = endpoints.Billing.ToString(),
            ["MARKETPLACE_OPERATOR_KEY_FILE"] = own.System.KeyFile("operator"),
            // Debian's packages are those of Debian's Python, whatever other one there is.
            ["PATH"] = $"/usr/bin:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }

    // Dates as months since the first one, and days.
    private static string WithoutMonths(string text)
    {
        int? first = null;
        return Date().Replace(text, date =>
        {
            var month = (int.Parse(date.Groups[1].ValueSpan) * 12) + int.Parse(date.Groups[2].ValueSpan);
            first ??= month;
            return $"+{month - first}-{date.Groups[3].Value}";
        });
    }

    [GeneratedRegex(@"^(npm|apt-get) install .*\n", RegexOptions.Multiline)]
    private static partial Regex Installation();

    [GeneratedRegex(@"\b(\d{4})-(\d{2})-(\d{2})\b")]
    private static partial Regex Date();

    /// <summary>A market whose clock the programs move.</summary>
    public sealed class OwnSystem : IAsyncLifetime
    {
        internal MarketSystem System { get; private set; } = null!;

        public async Task InitializeAsync() => System = await MarketSystem.StartAsync();

        public async Task DisposeAsync() => await System.DisposeAsync();
    }
}
