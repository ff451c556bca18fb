using System.Text.RegularExpressions;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class MarketCommandTests
{
    [Theory]
    [InlineData("market", "Required command was not provided.", new string[0])]
    [InlineData("market terms", "Required command was not provided.", new[] { "terms" })]
    [InlineData("market", "Unrecognized command or argument 'term'.", new[] { "term" })]
    [InlineData("market terms", "Unrecognized command or argument 'projct'.", new[] { "terms", "projct" })]
    [InlineData(
        "market terms project",
        "Required argument missing for command: 'project'.", new[] { "terms", "project" })]
    [InlineData(
        "market terms check",
        "Unrecognized command or argument '--strict'.", new[] { "terms", "check", "-", "--strict" })]
    [InlineData("market terms check", "Unrecognized command or argument 'b'.", new[] { "terms", "check", "a", "b" })]
    public void Run_WrongUsage_IsRefusedNamingTheHelp(string command, string message, string[] args)
    {
        var answer = Run(args);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.Contains($"market: {message}\n", answer.Error, StringComparison.Ordinal);
        Assert.EndsWith($"See '{command} --help'.\n", answer.Error, StringComparison.Ordinal);
        Assert.Empty(answer.Output);
    }

    [Fact]
    public void Run_UnexpectedFailure_IsReportedWithItsTrace()
    {
        var answer = Failing();

        Assert.Equal(ExitCode.Failed, answer.ExitCode);
        Assert.StartsWith(
            "market: unexpected failure, please report it: System.InvalidOperationException: Pulled out.\n",
            answer.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("project", "reference-a")]
    [InlineData("check", "reference-a")]
    public void Run_OutputThatIsNoTerminal_HasNoStyles(string command, string sample) =>
        Assert.DoesNotContain('\u001b', Run("terms", command, Sample(sample)).Output);

    [Fact]
    public void Run_Terminal_HasBoldHeadersAndTheSameText()
    {
        var styled = RunInTerminal("terms", "project", Sample("reference-a")).Output;

        Assert.Contains("\u001b[1mAmount (USD)\u001b[0m", styled, StringComparison.Ordinal);
        Assert.Equal(
            Run("terms", "project", Sample("reference-a")).Output,
            Regex.Replace(styled, "\u001b\\[[01]m", ""));
    }

    private static Answer Failing()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(new FailingStream(), output, error, IsStyled: false);
        var code = MarketCommand.Run(["terms", "check", "-"], terminal);
        return new(code, output.ToString(), error.ToString());
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("Pulled out.");
    }
}
