using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class CheckCommandTests
{
    [Theory]
    [InlineData("reference-a")]
    [InlineData("reference-b")]
    [InlineData("reference-c")]
    public void Check_ReferenceDeal_IsReadyForSignature(string sample)
    {
        var answer = Run("terms", "check", Sample(sample));

        Assert.Equal((ExitCode.Done, "Ready for signature.\n"), (answer.ExitCode, answer.Output));
    }

    [Theory]
    [InlineData("iren-microsoft", 9)]
    [InlineData("applied-digital-coreweave", 4)]
    [InlineData("terawulf-fluidstack", 4)]
    public void Check_OtherSamples_AreCompleteWithUnsupportedTerms(string sample, int unsupported)
    {
        var answer = Run("terms", "check", Sample(sample), "--json");

        Assert.Equal(ExitCode.Partial, answer.ExitCode);
        Assert.Equal("ready_for_signature violations open not_supported", answer.Json.Names());
        Assert.Equal("false", answer.Json.Text("ready_for_signature"));
        Assert.Equal(0, answer.Json.GetProperty("violations").GetArrayLength());
        Assert.Equal(0, answer.Json.GetProperty("open").GetArrayLength());
        Assert.Equal(unsupported, answer.Json.GetProperty("not_supported").GetArrayLength());
    }

    [Fact]
    public void Check_EverySampleFile_IsCompleteAndSaysWhatIsAssumed()
    {
        var samples = Directory.GetFiles(Path.GetDirectoryName(Sample("reference-a"))!);

        Assert.Equal(6, samples.Length);
        Assert.All(samples, path =>
        {
            Assert.True(Run("terms", "check", path).ExitCode is ExitCode.Done or ExitCode.Partial, path);
            Assert.Contains("Assumed: ", File.ReadAllText(path), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Check_Unsupported_IsListedForAPersonWithItsLine()
    {
        var answer = Run("terms", "check", Sample("terawulf-fluidstack"));

        Assert.Matches(
            @"^Unsupported \(4\):\n  .*terawulf-fluidstack\.json:25: tranches\[0\]\.delivery\.kind: Not supported yet",
            answer.Output);
        Assert.EndsWith(
            "\nComplete, but a service refuses what is not supported yet; a projection leaves it out.\n",
            answer.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OpenFields_AreGoodForNegotiation()
    {
        var terms = Changed("reference-a", terms => terms["terminationRights"]![0]!.AsObject().Remove("lockIn"));

        var answer = RunWith(terms, "terms", "check", "-");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.StartsWith(
            "Open, and required for signature (1):\n  standard input:1: termination_rights[0].lock_in: Say whether",
            answer.Output,
            StringComparison.Ordinal);
        Assert.EndsWith(
            " [OPEN]\nGood for negotiation; not ready for signature: state what is open.\n",
            answer.Output,
            StringComparison.Ordinal);
        Assert.Empty(answer.Error);
    }

    [Fact]
    public void Check_Violations_AreNotValid()
    {
        var terms = Changed("reference-a", terms => terms["timeZone"] = "Mars/Base");

        var answer = RunWith(terms, "terms", "check", "-");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.StartsWith(
            "Violations (1):\n  standard input:1: time_zone: The IANA database has no zone",
            answer.Output,
            StringComparison.Ordinal);
        Assert.EndsWith("\nNot valid: correct the violations.\n", answer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_Json_IsTheWholeFinding()
    {
        var answer = RunWith("""{"dayCount": 77}""", "terms", "check", "-", "--json");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.StartsWith(
            """
            {
              "ready_for_signature": false,
              "violations": [
                {
                  "field": "day_count",
                  "reason": "UNKNOWN_ENUM_VALUE",
                  "message": "There is no value 77; use one of ACT_MONTH, THIRTY_360, ACT_365F, ACT_360, ACT_ACT."
                }
              ],
              "open": [
            """,
            answer.Output,
            StringComparison.Ordinal);
    }
}
