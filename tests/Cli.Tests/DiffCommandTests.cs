using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class DiffCommandTests
{
    [Fact]
    public void Diff_SameTerms_IsDone()
    {
        var answer = Run("terms", "diff", Sample("reference-a"), Sample("reference-a"));

        Assert.Equal((ExitCode.Done, "The versions say the same.\n"), (answer.ExitCode, answer.Output));
    }

    [Fact]
    public void Diff_OtherTerms_ShowsFieldBeforeAndAfter()
    {
        var after = Changed("reference-a", terms =>
        {
            terms["terminationRights"]![0]!["noticeDays"] = 60;
            terms["billing"]!.AsObject().Remove("dueDays");
            terms["feeIntervals"]![1]!["amount"]!["units"] = "1300000000";
        });

        var answer = RunWith(after, "terms", "diff", Sample("reference-a"), "-");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal(
            """
            Field                                           Before             After
            -------------------------------------------------------------------------------------
            fee_intervals[fee].amount                       1250000000.00 USD  1300000000.00 USD
            billing.due_days                                30                 (none)
            termination_rights[notice-90-days].notice_days  90                 60

            """,
            answer.Output);
    }

    [Fact]
    public void Diff_Json_HasEveryChange()
    {
        var answer = Run("terms", "diff", Sample("reference-a"), Sample("reference-c"), "--json");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal("equal changes", answer.Json.Names());
        var changes = answer.Json.GetProperty("changes").EnumerateArray().ToArray();
        Assert.Equal("field before after", changes[0].Names());
        Assert.Equal(
            [
                "title",
                "comment",
                "termination_rights[notice-90-days].lock_in",
                "termination_rights[notice-90-days].earliest_service_date",
            ],
            changes.Select(change => change.Text("field")!));
        Assert.Equal((null, "2026-10-28"), (changes[3].Text("before"), changes[3].Text("after")));
    }

    [Fact]
    public void Diff_JsonOfSameTerms_IsEqual()
    {
        var answer = Run("terms", "diff", Sample("reference-a"), Sample("reference-a"), "--json");

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        Assert.Equal("{\n  \"equal\": true,\n  \"changes\": []\n}\n", answer.Output);
    }

    [Fact]
    public void Diff_IncompleteTerms_AreCompared()
    {
        var answer = RunWith("{}", "terms", "diff", "-", Sample("reference-a"), "--json");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        var zone = answer.Json.GetProperty("changes").EnumerateArray()
            .Single(change => change.Text("field") == "time_zone");
        Assert.Equal((null, "America/Chicago"), (zone.Text("before"), zone.Text("after")));
    }

    [Fact]
    public void Diff_LongTexts_ShowsThePartThatDiffers()
    {
        var answer = Run("terms", "diff", Sample("reference-a"), Sample("reference-c")).Output;

        Assert.Contains("C: 180 days, then either", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Published: 300 MW", answer, StringComparison.Ordinal);
        Assert.All(answer.Split('\n'), line => Assert.True(line.Length <= Terminal.Width, line));
    }

    [Fact]
    public void Diff_StandardInputTwice_IsRefused()
    {
        var answer = RunWith("{}", "terms", "diff", "-", "-");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.Equal(
            "market: Standard input can be read only once; name a file for one of the versions.\n"
            + "See 'market terms diff --help'.\n",
            answer.Error);
    }

    [Fact]
    public void Diff_TwoFilesThatCannotBeRead_NamesBoth()
    {
        var answer = Run("terms", "diff", "before.json", "after.json");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.Equal("market: before.json: does not exist.\nmarket: after.json: does not exist.\n", answer.Error);
    }

    [Fact]
    public void Diff_OneFile_IsRefused()
    {
        var answer = Run("terms", "diff", Sample("reference-a"));

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.EndsWith("See 'market terms diff --help'.\n", answer.Error, StringComparison.Ordinal);
    }
}
