using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

/// <summary>The commands that the README shows are commands.</summary>
public sealed partial class ReadmeTests
{
    public static IEnumerable<object[]> Commands =>
        from title in new[] { "What lies idle", "The command line" }
        from Match command in Shown().Matches(Section(title))
        select new object[] { command.Groups[1].Value };

    // All of it is understood: what is missing is the key.
    [Theory]
    [MemberData(nameof(Commands))]
    public void Run_CommandOfTheReadme_IsUnderstood(string line)
    {
        var here = line.Replace("deploy/samples", AppContext.BaseDirectory.TrimEnd('/'));

        var answer = Run([.. CommandLineParser.SplitCommandLine(here)]);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith("market: there is no API key.", answer.Error, StringComparison.Ordinal);
    }

    private static string Section(string title) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"))
            .Split($"## {title}\n")[1].Split("\n## ")[0];

    [GeneratedRegex(@"^\./market (.*)$", RegexOptions.Multiline)]
    private static partial Regex Shown();
}
