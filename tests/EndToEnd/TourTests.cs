using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.EndToEnd.Tests;

/// <summary>The tour of README.md: its commands as they stand there, and what it says that they print.</summary>
public sealed partial class TourTests
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
            var steps = Readme.Blocks("Five minutes").SelectMany(Step.Read).ToList();
            Assert.Equal("./market up --fresh", steps[0].Command);
            // The first command may have to be built, and says so.
            var script = new StringBuilder("./market profile list >/dev/null 2>&1\n");
            foreach (var step in steps.Skip(1))
                script.Append($"{{ {step.Command}\n}} 2>&1\nprintf '\\036'\n");

            var at = system.Endpoints;
            var output = await Shell.RunAsync(script.ToString(), new Dictionary<string, string>
            {
                ["MARKETPLACE_SYSTEM"] = Path.Combine(home.FullName, "system"),
                ["MARKETPLACE_ENDPOINT"] =
                    $"accounts={at.Accounts} inventory={at.Inventory} leasing={at.Leasing} billing={at.Billing}",
                ["XDG_CONFIG_HOME"] = home.FullName,
            });

            Assert.Equal(
                steps.Skip(1).Select(step => $"$ {step.Command}\n{WithoutIds(step.Output)}"),
                output.Split(Separator).SkipLast(1)
                    .Zip(steps.Skip(1), (printed, step) => $"$ {step.Command}\n{WithoutIds(printed)}"));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static string WithoutIds(string text) => Hash().Replace(Id().Replace(text.Trim(), "<id>"), "<sha-256>");

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hash();

    /// <summary>A command and what it prints.</summary>
    private sealed record Step(string Command, string Output)
    {
        // A command begins with a prompt, and goes on while its lines end with a backslash.
        public static IEnumerable<Step> Read(string block) =>
            from Match step in StepText().Matches(block + "\n")
            select new Step(step.Groups[1].Value, step.Groups[2].Value);
    }

    [GeneratedRegex(@"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex StepText();
}
