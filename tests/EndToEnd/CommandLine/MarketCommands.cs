using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Marketplace.Cli;
using Marketplace.Client;

namespace Marketplace.EndToEnd.Tests.CommandLine;

/// <summary>What a run of <c>market</c> came to.</summary>
internal sealed record CommandAnswer(ExitCode ExitCode, string Output, string Error);

/// <summary>A person at the command line, whose profiles are in a folder of their own.</summary>
internal sealed class MarketCommands : IDisposable
{
    private const string Offer =
        """
        display_name: Colossus 1, all of it
        start_date: 2026-05-01
        end_date: 2029-06-01
        offered_steps: [{start_date: 2026-05-01, power_kw: 300MW}]
        minimum_lot_kw: 300MW
        maximum_lot_kw: 300MW
        price: {basis: fixed-monthly, amount: 1250000000.00 USD}
        ramp_steps: [{step_months: 2, discount: 0.5}]
        notice_offers:
          - {party: either, notice_days: 90, notice_basis: calendar, alignment: exact, fee: {kind: none}}
        notice_receipt: {rule: any-time}
        day_count: act-month
        billing: {cycle: calendar-month, timing: advance, due_days: 30}
        """;

    /// <summary>What the buyer looks for: all of it.</summary>
    public static readonly string[] Wanted =
    [
        "--capacity-steps", "2026-05-01,2029-06-01,300MW", "--service-level", "bare-metal", "--currency-code", "USD",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("market-commands-").FullName;
    private readonly Dictionary<string, string> variables;

    public MarketCommands(MarketSystem system)
    {
        variables = new()
        {
            ["XDG_CONFIG_HOME"] = folder,
            ["MARKETPLACE_PROFILE"] = "operator",
            ["MARKETPLACE_ENDPOINT"] = string.Join(
                ' ', Enum.GetValues<MarketService>().Select(service =>
                    $"{service.ToString().ToLowerInvariant()}={system.Endpoints[service]}")),
        };
        Done("profile", "set", "operator", "--key-file", system.KeyFile("operator"));
    }

    /// <summary>The option that names a profile.</summary>
    public static string[] By(string profile) => ["--profile", profile];

    /// <summary>A path in the folder of the person.</summary>
    public string PathOf(string file) => Path.Combine(folder, file);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Runs it in this process.</summary>
    public CommandAnswer Run(params string[] args) => RunAnswering(null, args);

    /// <summary>Runs it on a terminal, where a person answers what it asks.</summary>
    public CommandAnswer RunAnswering(string? typed, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var input = new MemoryStream(Encoding.UTF8.GetBytes($"{typed}\n"));
        var terminal = new Terminal(input, output, error, IsStyled: false)
        {
            CanAsk = typed is not null,
            Variable = variables.GetValueOrDefault,
        };
        var code = MarketCommand.Run(args, terminal);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs it with <c>-o json</c>, which has to succeed.</summary>
    public JsonElement Json(params string[] args)
    {
        var answer = Run([.. args, "-o", "json"]);
        Assert.True(
            answer.ExitCode == ExitCode.Done, $"market {string.Join(' ', args)}: {answer.ExitCode} {answer.Error}");
        using var document = JsonDocument.Parse(answer.Output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs it with <c>-o id</c>, which has to succeed.</summary>
    public string Id(params string[] args)
    {
        var answer = Run([.. args, "-o", "id"]);
        Assert.True(
            answer.ExitCode == ExitCode.Done, $"market {string.Join(' ', args)}: {answer.ExitCode} {answer.Error}");
        return answer.Output.Trim();
    }

    /// <summary>Starts it as a process of its own.</summary>
    public Process Start(params string[] args)
    {
        // Beside the tests the program finds what it needs where they do.
        var tests = Path.Combine(AppContext.BaseDirectory, typeof(MarketCommands).Assembly.GetName().Name!);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", "--runtimeconfig", $"{tests}.runtimeconfig.json", "--depsfile", $"{tests}.deps.json",
                Path.Combine(AppContext.BaseDirectory, "market.dll"), .. args,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs it; it has to succeed.</summary>
    public void Done(params string[] args)
    {
        var answer = Run(args);
        Assert.True(
            answer.ExitCode == ExitCode.Done, $"market {string.Join(' ', args)}: {answer.ExitCode} {answer.Error}");
    }

    /// <summary>Runs it; it has to be refused, without an answer.</summary>
    /// <returns>What it says.</returns>
    public string Refused(ExitCode code, string error, string[] args, string? typed = null)
    {
        var answer = RunAnswering(typed, args);
        Assert.Equal((code, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(error, answer.Error, StringComparison.Ordinal);
        return answer.Error;
    }

    /// <summary>
    /// Registers both sides, whose profiles are 'provider' and 'buyer', lists capacity and waits until the search finds
    /// it.
    /// </summary>
    /// <returns>The listing.</returns>
    public async Task<string> ListAsync()
    {
        Register("provider", "provider,buyer",
            "accounts-read,inventory-read,inventory-write,leasing-read,leasing-write,leasing-sign,billing-read");
        Register("buyer", "buyer",
            "accounts-read,inventory-read,leasing-read,leasing-write,leasing-sign,billing-read");
        var site = Id(["site", "create", "--display-name", "Colossus 1", "--region", "us-tn", "--time-zone",
            "America/Chicago", .. By("provider")]);
        var pool = Id(["pool", "create", site, "--display-name", "Colossus 1", "--service-level", "bare-metal",
            "--nameplate-kw", "300MW", "--capacity-steps", "2026-04-01,300MW", "--floor-steps", "2026-04-01,120MW",
            "--floor-steps", "start-date=2026-05-01,power-kw=0", .. By("provider")]);
        await File.WriteAllTextAsync(PathOf("offer.yaml"), Offer);
        var listing = Id(["listing", "create", pool, "-f", PathOf("offer.yaml"), "--maximum-term-months",
            "60", .. By("provider")]);
        Json(["listing", "update", listing, "--display-name", "Colossus 1", .. By("provider")]);
        var published = Json(["listing", "publish", listing, .. By("provider")]);
        Assert.Equal("Colossus 1", published.GetProperty("offer").GetProperty("display_name").GetString());
        Assert.Equal(60, published.GetProperty("offer").GetProperty("maximum_term_months").GetInt32());
        await Eventually.AsyncThat(
            () => Json(["capacity", "search", .. Wanted, .. By("buyer")]).GetArrayLength() > 0,
            TimeSpan.FromSeconds(30));
        return listing;
    }

    private void Register(string profile, string roles, string scopes)
    {
        var organisation = Id("organisation", "create", "--display-name", profile, "--roles", roles);
        Done("api-key", "create", "--organisation-id", organisation, "--scopes", scopes, "--to-profile", profile);
    }
}
