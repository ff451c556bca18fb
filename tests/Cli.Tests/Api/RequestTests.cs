using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests.Api;

/// <summary>What is wrong with a command before anything is sent.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("--display-name, --region, --time-zone: must be given.", "site", "create")]
    [InlineData("--region, --time-zone: must be given.", "site", "create", "--display-name", "A")]
    [InlineData("--capacity-steps, --service-level, --currency-code: must be given.", "capacity", "search",
        "--regions", "us-tn")]
    [InlineData("--file: must be given.", "request", "create")]
    [InlineData("--amount: must be given.", "payment", "record", "INVOICE")]
    [InlineData("--service-level: must be one of powered-shell, colocation, bare-metal, managed-cluster, not 'x'.",
        "listing", "list", "--service-level", "x")]
    [InlineData("--billing.due-days: must be a whole number, not 'soon'.", "listing", "create", "POOL",
        "--billing.due-days", "soon")]
    [InlineData("--capacity-steps: start-date must be a date such as 2026-05-01, not 'x'.", "pool", "set-curve", "POOL",
        "--capacity-steps", "x,1")]
    [InlineData("--region: is given 2 times; give it once.", "listing", "list", "--region", "a", "--region", "b")]
    [InlineData("VERSION: must be a whole number, not 'last'.", "negotiation", "accept", "NEGOTIATION", "last")]
    [InlineData("--capacity-request-id and --service-level exclude each other; give one of them.", "quote", "create",
        "LISTING", "--capacity-request-id", "A", "--service-level", "bare-metal")]
    [InlineData("nothing to change is named; give options, or a file with --file.", "site", "update", "SITE")]
    [InlineData("nothing to change is named; give options, or a file with --file.", "pool", "update", "POOL")]
    [InlineData("--samples: must be given.", "pool-usage", "record", "POOL")]
    [InlineData("--samples: power-kw must be a power such as 300000 (kW), 300MW or 1.5GW, not 'x'.", "pool-usage",
        "record", "POOL", "--samples", "2026-04-01T00:00:00Z,x")]
    [InlineData("nowhere.yaml: does not exist.", "listing", "create", "POOL", "-f", "nowhere.yaml")]
    [InlineData("say where the key is kept: --key-out FILE, --to-profile NAME or --show-key.", "api-key", "create",
        "--scopes", "accounts-read")]
    [InlineData("there is no API key. Name its file with --key-file", "lease", "list")]
    [InlineData("there is no API key.", "negotiation", "sign", "NEGOTIATION")]
    [InlineData("there is no profile 'prod', and no other; make it with", "lease", "list", "--profile", "prod")]
    [InlineData("--endpoint: 'nowhere' is not an address", "lease", "list", "--endpoint", "nowhere")]
    [InlineData("Nobody can request, quote, negotiate or sign until trading resumes. Confirm it with --yes",
        "trading", "halt", "--comment", "x")]
    public void Run_WrongRequest_IsRefusedWithTheWayOut(string message, params string[] args)
    {
        var answer = Run(args);

        Assert.Equal((ExitCode.Unusable, ""), (answer.ExitCode, answer.Output));
        Assert.StartsWith($"market: {message}", answer.Error, StringComparison.Ordinal);
        Assert.EndsWith($"See 'market {args[0]} {args[1]} --help'.\n", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Argument 'xml' not recognized.", "lease", "list", "-o", "xml")]
    [InlineData("--limit must be at least 1.", "lease", "list", "--limit", "0")]
    [InlineData("--timeout must be in [1, 3600].", "lease", "list", "--timeout", "0")]
    [InlineData("Option '--service' is required.", "parked-message", "list")]
    [InlineData("Unrecognized command or argument '--file'.", "lease", "list", "--file", "x")]
    public void Run_WrongUsage_IsRefused(string message, params string[] args)
    {
        var answer = Run(args);

        Assert.Equal((ExitCode.Unusable, ""), (answer.ExitCode, answer.Output));
        Assert.Contains($"market: {message}", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FileOnStandardInput_IsReadWithOptionsOverIt()
    {
        var answer = RunWith(
            "display_name: A\nregion: us-tn\nnobody: 1", "site", "create", "--file", "-", "--time-zone", "UTC");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith(
            "market: standard input:3: nobody: there is no such field in CreateSiteRequest", answer.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NobodyListens_NamesTheServiceTheAddressAndTheWayOut()
    {
        var key = Path.GetTempFileName();
        File.WriteAllText(key, $"mk_{Guid.CreateVersion7()}_{new string('0', 64)}");

        // Nothing listens on the ports that are reserved.
        var answer = Run(
            "lease", "list", "--endpoint", "leasing=http://127.0.0.1:1", "--key-file", key, "--timeout", "1");

        File.Delete(key);
        Assert.Equal((ExitCode.NoAnswer, ""), (answer.ExitCode, answer.Output));
        Assert.Matches("^market: (UNAVAILABLE|DEADLINE_EXCEEDED): [A-Z].+\n", answer.Error);
        Assert.Contains(
            "Leasing does not answer at http://127.0.0.1:1. Name another place with --endpoint, or start",
            answer.Error, StringComparison.Ordinal);
    }
}
