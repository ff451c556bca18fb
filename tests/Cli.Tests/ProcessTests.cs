using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

/// <summary>What only a process of its own shows: exit codes, pipes and the program's name.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Market_SampleInAPipe_IsAnsweredInAPipe()
    {
        var answer = RunProcess(File.ReadAllText(Sample("reference-a")), "terms", "project", "-");

        Assert.Equal((ExitCode.Done, ""), (answer.ExitCode, answer.Error));
        Assert.Equal(Run("terms", "project", Sample("reference-a")).Output, answer.Output);
    }

    [Theory]
    [InlineData(ExitCode.Done, "{}", "terms", "diff", "-", "EMPTY")]
    [InlineData(ExitCode.Unusable, "", "terms", "check", "-")]
    [InlineData(ExitCode.Unusable, "", "terms")]
    [InlineData(ExitCode.Partial, "", "terms", "check", "SAMPLE")]
    [InlineData(ExitCode.No, "{}", "terms", "check", "-")]
    public void Market_EachOutcome_IsTheExitCodeOfTheProcess(object code, string input, params string[] args)
    {
        var empty = Path.GetTempFileName();
        File.WriteAllText(empty, "{}");
        var paths = args.Select(arg => arg switch
        {
            "EMPTY" => empty,
            "SAMPLE" => Sample("iren-microsoft"),
            _ => arg,
        });

        var answer = RunProcess(input, [.. paths]);

        File.Delete(empty);
        Assert.Equal(code, answer.ExitCode);
    }

    [Fact]
    public void Market_TextBeyondAscii_IsWrittenAsItIs()
    {
        var terms = Changed("reference-a", terms => terms["title"] = "Größe <5 & 'x' – 日本");

        var table = RunProcess(terms, "terms", "project", "-").Output;
        var json = RunProcess(terms, "terms", "diff", Sample("reference-a"), "-", "--json").Output;

        Assert.StartsWith("Größe <5 & 'x' – 日本\n", table, StringComparison.Ordinal);
        Assert.Contains("\"after\": \"Größe <5 & 'x' – 日本\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Market_HelpOfTerms_ListsCommandsAndExitCodes()
    {
        var answer = RunProcess("", "terms", "--help");

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        Assert.Equal(Golden("terms-help"), answer.Output);
    }

    [Theory]
    [InlineData("project")]
    [InlineData("notice")]
    [InlineData("meters")]
    [InlineData("check")]
    [InlineData("diff")]
    public void Market_HelpOfEachCommand_NamesItsOptionsAndExitCodes(string command)
    {
        var answer = RunProcess("", "terms", command, "--help");

        Assert.Equal((ExitCode.Done, ""), (answer.ExitCode, answer.Error));
        Assert.Contains($"  market terms {command} <", answer.Output, StringComparison.Ordinal);
        Assert.Contains("  --json ", answer.Output, StringComparison.Ordinal);
        Assert.Contains("\nExit codes:\n  0  Done", answer.Output, StringComparison.Ordinal);
    }
}
