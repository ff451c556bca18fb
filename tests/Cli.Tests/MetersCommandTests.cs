using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class MetersCommandTests
{
    [Theory]
    [InlineData("reference-a", "2026-04-15", "1814516129.03", "2026-07-15")]
    [InlineData("reference-a", "2026-05-03", "2540322580.65", "2026-08-02")]
    [InlineData("reference-b", "2026-05-03", "6209677419.35", "2026-10-31")]
    [InlineData("reference-c", "2026-05-03", "9798387096.77", "2027-01-27")]
    [InlineData("reference-c", "2029-05-31", "45000000000.00", "2029-06-01")]
    [InlineData("reference-c", "2199-12-31", "45000000000.00", "2029-06-01")]
    public void Meters_EachReading_GivesItsFirmAmount(string sample, string at, string firm, string end)
    {
        var answer = Meters(sample, at);

        Assert.Equal(ExitCode.Done, answer.ExitCode);
        foreach (var party in new[] { "firm", "firm_by_provider", "firm_by_buyer" })
            Assert.Equal((firm, end), (answer.Json.Text(party), answer.Json.Text($"{party}_end")));
    }

    [Fact]
    public void Meters_Json_HasEveryMeter()
    {
        Assert.Equal(
            """
            {
              "currency": "USD",
              "at": "2026-07-15",
              "headline": "45000000000.00",
              "billed": "2500000000.00",
              "remaining": "42500000000.00",
              "firm": "5524193548.39",
              "firm_end": "2026-10-14",
              "firm_by_provider": "5524193548.39",
              "firm_by_provider_end": "2026-10-14",
              "firm_by_buyer": "5524193548.39",
              "firm_by_buyer_end": "2026-10-14",
              "firm_remaining": "3709677419.36",
              "not_projected": []
            }

            """,
            Meters("reference-a", "2026-07-15").Output);
    }

    [Fact]
    public void Meters_RightOfOnePartyOnly_DiffersByParty()
    {
        var terms = Changed(
            "reference-a", terms => terms["terminationRights"]![0]!["party"] = "TERMINATION_PARTY_BUYER");

        var answer = RunWith(terms, "terms", "meters", "-", "--at", "2026-05-03", "--json").Json;

        Assert.Equal(("2540322580.65", "2540322580.65"), (answer.Text("firm"), answer.Text("firm_by_buyer")));
        Assert.Equal("45000000000.00", answer.Text("firm_by_provider"));
        Assert.Equal("2029-06-01", answer.Text("firm_by_provider_end"));
    }

    [Fact]
    public void Meters_ForAPerson_IsATable()
    {
        Assert.Equal(
            """
            SpaceX/xAI - Anthropic, Colossus 1 (reading C of the notice clause)

            On 2026-05-03, America/Chicago       Amount (USD)  Lease ends
            --------------------------------------------------------------
            Headline                        45,000,000,000.00  2029-06-01
            Billed                             625,000,000.00
            Remaining                       44,375,000,000.00
            Firm, whoever gives notice       9,798,387,096.77  2027-01-27
              if only the provider could     9,798,387,096.77  2027-01-27
              if only the buyer could        9,798,387,096.77  2027-01-27
            Firm remaining                   9,758,064,516.12  2027-01-27

            """,
            Run("terms", "meters", Sample("reference-c"), "--at", "2026-05-03").Output);
    }

    [Theory]
    [InlineData("iren-microsoft", "9700000000.17", 9)]
    [InlineData("applied-digital-coreweave", "10999999999.87", 4)]
    [InlineData("terawulf-fluidstack", "3700000017.60", 4)]
    public void Meters_UnsupportedTerms_ArePartialAndListed(string sample, string firm, int count)
    {
        var answer = Meters(sample, "2026-05-03");

        Assert.Equal(ExitCode.Partial, answer.ExitCode);
        Assert.Equal(firm, answer.Json.Text("firm"));
        Assert.Equal(count, answer.Json.GetProperty("not_projected").GetArrayLength());
    }

    [Theory]
    [InlineData("2026-05")]
    [InlineData("2026-02-29")]
    [InlineData("20260503")]
    [InlineData("2026-05-03T00:00:00Z")]
    [InlineData("1999-12-31")]
    [InlineData("9999-12-31")]
    [InlineData("")]
    public void Meters_NoDate_IsRefused(string at)
    {
        var answer = Meters("reference-a", at);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.Equal(
            $"market: '{at}' is not a date such as 2026-05-03 in the years 2000 to 2199.\n"
            + "See 'market terms meters --help'.\n",
            answer.Error);
    }

    [Fact]
    public void Meters_IncompleteTerms_IsRefused() =>
        Assert.Equal(ExitCode.No, RunWith("{}", "terms", "meters", "-", "--at", "2026-05-03").ExitCode);

    private static Answer Meters(string sample, string at) =>
        Run("terms", "meters", Sample(sample), "--at", at, "--json");
}
