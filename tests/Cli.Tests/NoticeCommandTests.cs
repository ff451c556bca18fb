using System.Text.Json.Nodes;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class NoticeCommandTests
{
    [Fact]
    public void Notice_Json_HasTheNamesOfTheSchemaInOrder()
    {
        var answer = Notice("reference-a", "buyer", "2027-01-01T12:00:00-06:00");

        Assert.Equal(
            "valid reason by received clause deemed_receipt first_valid_date last_service_day end moves_end "
            + "remaining_charges total_if_served not_projected",
            answer.Json.Names());
    }

    [Fact]
    public void Notice_ReferenceDeal_SaysWhenItEndsAndWhatItCosts()
    {
        var answer = Notice("reference-a", "buyer", "2027-01-01T12:00:00-06:00");

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        Assert.Equal(
            """
            {
              "valid": true,
              "reason": null,
              "by": "buyer",
              "received": "2027-01-01T18:00:00Z",
              "clause": "notice-90-days",
              "deemed_receipt": "2027-01-01",
              "first_valid_date": null,
              "last_service_day": "2027-04-01",
              "end": "2027-04-02",
              "moves_end": true,
              "remaining_charges": "3791666666.67",
              "total_if_served": "12541666666.67",
              "not_projected": []
            }

            """,
            answer.Output);
    }

    [Theory]
    [InlineData("2027-01-01T18:00:00Z")]
    [InlineData("2027-01-01T18:00Z")]
    [InlineData("2027-01-01T12:00:00-06:00")]
    [InlineData("2027-01-01T12:00-06")]
    [InlineData("2027-01-02T03:00:00.000+09:00")]
    public void Notice_AnyOffset_IsTheSameInstant(string received) =>
        Assert.Equal("2027-01-01T18:00:00Z", Notice("reference-a", "provider", received).Json.Text("received"));

    [Fact]
    public void Notice_LateInTheEvening_IsReceivedOnTheDateOfTheLeasesZone() =>
        Assert.Equal("2026-12-31", Notice("reference-a", "buyer", "2027-01-01T05:59:59Z").Json.Text("deemed_receipt"));

    [Theory]
    [InlineData("2029-03-01T12:00:00-06:00", "true", "2029-05-31")]
    [InlineData("2029-03-02T12:00:00-06:00", "false", "2029-06-01")]
    [InlineData("2029-05-31T23:59:59-05:00", "false", "2029-06-01")]
    public void Notice_NearTheEnd_SaysWhetherItMovesTheEnd(string received, string moves, string end)
    {
        var answer = Notice("reference-a", "buyer", received);

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        Assert.Equal((moves, end), (answer.Json.Text("moves_end"), answer.Json.Text("end")));
    }

    [Fact]
    public void Notice_LongBeforeTheStart_LeavesNoServiceDay()
    {
        var answer = Notice("reference-a", "buyer", "2026-01-05T12:00:00-06:00").Json;

        Assert.Equal("2026-05-01", answer.Text("end"));
        Assert.Null(answer.Text("last_service_day"));
        Assert.Equal(("0.00", "0.00"), (answer.Text("remaining_charges"), answer.Text("total_if_served")));
    }

    [Theory]
    [InlineData("reference-b", "2026-07-31T12:00:00-05:00", "2026-08-01")]
    [InlineData("reference-c", "2026-10-27T12:00:00-05:00", "2026-10-28")]
    public void Notice_LockedIn_IsRefusedNamingTheFirstValidDate(string sample, string received, string first)
    {
        var answer = Notice(sample, "provider", received);

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal("NOTICE_LOCKED_IN", answer.Json.Text("reason"));
        Assert.Equal(first, answer.Json.Text("first_valid_date"));
        Assert.Equal("notice-90-days", answer.Json.Text("clause"));
        Assert.Equal("false", answer.Json.Text("valid"));
        string[] unsaid =
            ["deemed_receipt", "last_service_day", "end", "moves_end", "remaining_charges", "total_if_served"];
        Assert.All(unsaid, name => Assert.Null(answer.Json.Text(name)));
    }

    [Theory]
    [InlineData("reference-b", "2026-08-01T00:00:00-05:00", "2026-10-30")]
    [InlineData("reference-c", "2026-10-28T00:00:00-05:00", "2027-01-26")]
    public void Notice_OnTheFirstValidDate_IsValid(string sample, string received, string lastServiceDay)
    {
        var answer = Notice(sample, "provider", received);

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        Assert.Equal(lastServiceDay, answer.Json.Text("last_service_day"));
        Assert.Equal(answer.Json.Text("deemed_receipt"), answer.Json.Text("first_valid_date"));
    }

    [Fact]
    public void Notice_AfterTheEnd_IsRefused()
    {
        var answer = Notice("reference-a", "buyer", "2029-06-01T00:00:00-05:00");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal("LEASE_ENDED", answer.Json.Text("reason"));
        Assert.Equal(("2029-06-01", "2029-05-31"), (answer.Json.Text("end"), answer.Json.Text("last_service_day")));
    }

    [Fact]
    public void Notice_WithoutARightForConvenience_IsRefusedAndStillListsWhatIsLeftOut()
    {
        var answer = Notice("iren-microsoft", "buyer", "2027-01-01T00:00:00Z");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal("NO_TERMINATION_RIGHT", answer.Json.Text("reason"));
        Assert.Equal(9, answer.Json.GetProperty("not_projected").GetArrayLength());
    }

    [Fact]
    public void Notice_TermsOfWhichSomeAreNotSupported_IsPartial()
    {
        var terms = Changed("reference-a", terms => terms["terminationRights"]![0]!["fee"] = new JsonObject
        {
            ["kind"] = "TERMINATION_FEE_KIND_MAKE_WHOLE",
            ["share"] = new JsonObject { ["value"] = "0.1" },
        });

        string[] args = ["terms", "notice", "-", "--by", "buyer", "--received", "2027-01-01T00:00:00Z", "--json"];
        var answer = RunWith(terms, args);

        Assert.Equal(ExitCode.Partial, answer.ExitCode);
        Assert.Equal("termination_rights[0].fee.kind", answer.Json.GetProperty("not_projected")[0].Text("field"));
    }

    [Fact]
    public void Notice_ForAPerson_SaysWhatItComesTo()
    {
        var answer = Show("reference-a", "2027-01-01T12:00:00-06:00");

        Assert.Equal(
            """
            SpaceX/xAI - Anthropic, Colossus 1 (reading A of the notice clause)

            Notice by          buyer
            Received           2027-01-01 12:00:00 America/Chicago (2027-01-01T18:00:00Z)
            Valid              yes, under clause notice-90-days: 90 calendar days
            Deemed receipt     2027-01-01
            First valid date   none, at any time
            Last service day   2027-04-01
            End                2027-04-02 instead of 2029-06-01
            Remaining charges  USD 3,791,666,666.67
            Total if served    USD 12,541,666,666.67

            """,
            answer.Output);
    }

    [Theory]
    [InlineData("reference-a", "2029-05-01T00:00:00Z", "End", "2029-06-01, as without the notice: it moves nothing")]
    [InlineData("reference-a", "2025-05-01T00:00:00Z", "Last service day", "none, the lease does not begin")]
    [InlineData("reference-a", "2029-07-01T00:00:00Z", "Valid", "no: the lease has ended on 2029-06-01")]
    [InlineData("reference-b", "2026-07-01T00:00:00Z", "Valid", "no: clause notice-90-days cannot be used yet")]
    [InlineData("reference-b", "2026-07-01T00:00:00Z", "First valid date", "2026-08-01")]
    [InlineData("reference-b", "2026-09-01T00:00:00Z", "First valid date", "2026-08-01")]
    [InlineData(
        "terawulf-fluidstack",
        "2026-07-01T00:00:00Z", "Valid", "no: the buyer has no right to end the lease for convenience")]
    public void Notice_ForAPerson_SaysEveryOutcome(string sample, string received, string label, string value) =>
        Assert.Equal(value, Show(sample, received).Labelled(label));

    [Theory]
    [InlineData("2027-01-01T12:00:00", "has no offset")]
    [InlineData("2027-01-01T12:00", "has no offset")]
    [InlineData("2027-01-01", "has no offset")]
    [InlineData("2027-01-01 12:00:00Z", "is not an instant")]
    [InlineData("2027-02-29T12:00:00Z", "is not an instant")]
    [InlineData("2027-01-01T24:30:00Z", "is not an instant")]
    [InlineData("1999-12-31T12:00:00Z", "in the years 2000 to 2199")]
    [InlineData("9999-12-31T23:59:59Z", "in the years 2000 to 2199")]
    [InlineData("yesterday", "is not an instant")]
    [InlineData("", "is not an instant")]
    public void Notice_ReceiptThatIsNoInstant_IsRefused(string received, string message)
    {
        var answer = Notice("reference-a", "buyer", received);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith($"market: '{received}' ", answer.Error, StringComparison.Ordinal);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        Assert.EndsWith("See 'market terms notice --help'.\n", answer.Error, StringComparison.Ordinal);
        Assert.Empty(answer.Output);
    }

    [Theory]
    [InlineData("either")]
    [InlineData("Buyer")]
    [InlineData("")]
    public void Notice_UnknownParty_IsRefused(string party)
    {
        var answer = Notice("reference-a", party, "2027-01-01T00:00:00Z");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith(
            $"market: '{party}' is no party; a notice is served by buyer or provider.\n",
            answer.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Notice_WithoutItsOptions_IsRefusedNamingBoth()
    {
        var answer = Run("terms", "notice", Sample("reference-a"));

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.Contains("'--by' is required", answer.Error, StringComparison.Ordinal);
        Assert.Contains("'--received' is required", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Notice_IncompleteTerms_IsRefused()
    {
        var answer = RunWith("{}", "terms", "notice", "-", "--by", "buyer", "--received", "2027-01-01T00:00:00Z");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.StartsWith("Open, and required for signature (8):\n", answer.Error, StringComparison.Ordinal);
    }

    private static Answer Show(string sample, string received) =>
        Run("terms", "notice", Sample(sample), "--by", "buyer", "--received", received);

    private static Answer Notice(string sample, string by, string received) =>
        Run("terms", "notice", Sample(sample), "--by", by, "--received", received, "--json");
}
