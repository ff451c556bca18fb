using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Marketplace.EndToEnd.Tests;

/// <summary>The commands of README.md that stand behind a prompt, and what it says that they print.</summary>
public sealed partial class ReadmeTests(ITestOutputHelper output)
{
    private const char Separator = '\u001e';

    [Fact]
    public async Task FiveMinutes_CommandsOfReadme_PrintWhatReadmeShows()
    {
        await using var system = await MarketSystem.StartAsync();
        var home = Directory.CreateTempSubdirectory("tour-");
        try
        {
            // In the place of the system that 'up' starts, whose key the profile 'local' has.
            var keys = home.CreateSubdirectory("system/keys");
            File.Copy(system.KeyFile("operator"), Path.Combine(keys.FullName, "operator.key"));
            File.WriteAllText(Path.Combine(home.FullName, "system", "port"), "7001");
            var steps = StepsOf("Five minutes");
            Assert.Equal(new("./market up --fresh", ""), steps[0]);
            var at = system.Endpoints;

            await PrintWhatIsShownAsync(steps[1..], new()
            {
                ["MARKETPLACE_SYSTEM"] = Path.Combine(home.FullName, "system"),
                ["MARKETPLACE_ENDPOINT"] =
                    $"accounts={at.Accounts} inventory={at.Inventory} leasing={at.Leasing} billing={at.Billing}",
                ["XDG_CONFIG_HOME"] = home.FullName,
            });
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public Task WhatALeaseSays_CommandsOfReadme_PrintWhatReadmeShows() =>
        PrintWhatIsShownAsync(StepsOf("What a lease says, in numbers"), []);

    private async Task PrintWhatIsShownAsync(IReadOnlyList<Step> steps, Dictionary<string, string> environment)
    {
        // The command line may have to be built first, and says so.
        await Shell.RunAsync("./market terms --help", environment);
        var script = new StringBuilder();
        foreach (var step in steps) script.Append($"{{ {step.Command}\n}} 2>&1\nprintf '\\036'\n");
        var clock = Stopwatch.StartNew();

        var printed = await Shell.RunAsync(script.ToString(), environment);

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{steps.Count} commands, {clock.Elapsed.TotalSeconds:F1} s"));
        Assert.Equal(
            steps.Select(step => step with { Output = WithoutIds(step.Output) }),
            steps.Zip(
                printed.Split(Separator),
                (step, shown) => step with { Output = WithoutIds(shown) }));
    }

    private static Step[] StepsOf(string section)
    {
        Step[] steps = [.. Readme.Blocks(section).SelectMany(Step.Read)];
        Assert.NotEmpty(steps);
        return steps;
    }

    private static string WithoutIds(string text) => Hash().Replace(Id().Replace(text.Trim(), "<id>"), "<sha-256>");

    // A command begins with a prompt, and goes on while its lines end with a backslash.
    [GeneratedRegex(@"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex StepText();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hash();

    /// <summary>A command and what it prints.</summary>
    private sealed record Step(string Command, string Output)
    {
        public static IEnumerable<Step> Read(string block) =>
            from Match step in StepText().Matches(block + "\n")
            select new Step(step.Groups[1].Value, step.Groups[2].Value);
    }
}
