using System.Diagnostics;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("le", "lease ledger")]
    [InlineData("lease ", "changes get list terms")]
    [InlineData("lease l", "list")]
    [InlineData("lease list --st", "--state")]
    [InlineData("lease list --state ", "active commissioning ended ramping scheduled signed winding-down")]
    [InlineData("lease list --state wi", "winding-down")]
    [InlineData("lease list --state=wi", "--state=winding-down")]
    [InlineData("lease list -o ", "id json table")]
    [InlineData("negotiation offer x --billing.c", "--billing.cycle")]
    [InlineData("negotiation sign x --n", "--no-wait")]
    [InlineData("parked-message list --service ", "accounts billing inventory leasing")]
    [InlineData("terms ", "check diff meters notice project")]
    [InlineData("completion ", "bash fish zsh")]
    public void Suggest_Line_IsWhatMayFollow(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', Run($"[suggest:{line.Length}]", line).Lines));

    [Fact]
    public void Suggest_NothingYet_IsEveryResource() =>
        Assert.Contains("negotiation", Run("[suggest:0]", "").Lines);

    [Fact]
    public void Suggest_CursorWithinTheLine_IsWhatMayFollowThere() =>
        Assert.Equal(["lease", "ledger"], Run("[suggest:2]", "lease list").Lines);

    [Fact]
    public void Suggest_Profiles_AreTheirNames()
    {
        var folder = Directory.CreateTempSubdirectory("completion-").FullName;
        var variables = new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = folder };
        foreach (var name in new[] { "buyer", "provider" }) RunWith(variables, "", "profile", "set", name);

        var used = RunWith(variables, "", "[suggest:12]", "profile use ").Lines;
        var called = RunWith(variables, "", "[suggest:21]", "lease list --profile ").Lines;

        Directory.Delete(folder, recursive: true);
        Assert.Equal(["buyer", "provider"], used);
        Assert.Equal(["buyer", "provider"], called);
    }

    [Theory]
    [InlineData("market lea", "lease")]
    [InlineData("market lease list --state win", "winding-down")]
    [InlineData("market lease list --state=win", "winding-down")]
    [InlineData("market negotiation offer x --day-count act-m", "act-month")]
    [InlineData("market clock ", "advance get get-advance resume watch")]
    public void Completion_Bash_CompletesAsItsUserTypes(string line, string expected)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "market.dll");
        var script =
            $$"""
            market() { dotnet '{{program}}' "$@"; }
            source <(market completion bash)
            complete -p market >/dev/null || exit 1
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=(market)
            _market
            echo "${COMPREPLY[*]}"
            """;
        using var bash = new Process();
        bash.StartInfo = new("bash", ["--norc", "-c", script]) { RedirectStandardOutput = true };
        bash.Start();
        var completed = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();

        Assert.Equal((0, expected), (bash.ExitCode, completed.Trim()));
    }

    [Theory]
    [InlineData("zsh", "#compdef market")]
    [InlineData("fish", "complete -c market")]
    public void Completion_OtherShells_AskTheSameWay(string shell, string registration)
    {
        var script = Run("completion", shell).Output;

        Assert.Contains(registration, script, StringComparison.Ordinal);
        Assert.Contains("[suggest:", script, StringComparison.Ordinal);
    }

    [Fact]
    public void Completion_UnknownShell_IsRefused() =>
        Assert.Equal(ExitCode.Unusable, Run("completion", "cmd").ExitCode);
}
