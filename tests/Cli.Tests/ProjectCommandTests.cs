using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Terms;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests;

public sealed class ProjectCommandTests
{
    [Theory]
    [InlineData("reference-a", ExitCode.Done, "45000000000.00", 37)]
    [InlineData("reference-b", ExitCode.Done, "45000000000.00", 37)]
    [InlineData("reference-c", ExitCode.Done, "45000000000.00", 37)]
    [InlineData("iren-microsoft", ExitCode.Partial, "9700000000.17", 68)]
    [InlineData("applied-digital-coreweave", ExitCode.Partial, "10999999999.87", 199)]
    [InlineData("terawulf-fluidstack", ExitCode.Partial, "3700000017.60", 126)]
    public void Project_EverySample_GivesHeadlineAndInvoices(object sample, object code, string headline, int invoices)
    {
        var answer = Run("terms", "project", Sample((string)sample), "--json");

        Assert.Equal(code, answer.ExitCode);
        Assert.Equal(headline, answer.Json.Text("headline"));
        Assert.Equal(invoices, answer.Json.GetProperty("invoices").GetArrayLength());
    }

    [Fact]
    public void Project_Json_HasTheNamesOfTheSchemaInOrder()
    {
        var answer = Run("terms", "project", Sample("iren-microsoft"), "--json").Json;
        var invoice = answer.GetProperty("invoices")[0];

        Assert.Equal("currency time_zone day_count start end headline invoices not_projected", answer.Names());
        Assert.Equal("period_start period_end issue_date due_date amount lines", invoice.Names());
        Assert.Equal(
            "tranche clause start end day_count numerator denominator basis price discount contracted_kw bundle_kw "
            + "exact amount",
            invoice.GetProperty("lines")[0].Names());
        Assert.Equal("field reason message", answer.GetProperty("not_projected")[0].Names());
    }

    [Fact]
    public void Project_JsonOfReferenceDeal_SaysWhatTheFirstInvoiceIsMadeOf()
    {
        var answer = Run("terms", "project", Sample("reference-a"), "--json");

        Assert.StartsWith(
            """
            {
              "currency": "USD",
              "time_zone": "America/Chicago",
              "day_count": "ACT_MONTH",
              "start": "2026-05-01",
              "end": "2029-06-01",
              "headline": "45000000000.00",
              "invoices": [
                {
                  "period_start": "2026-05-01",
                  "period_end": "2026-06-01",
                  "issue_date": "2026-05-01",
                  "due_date": "2026-05-31",
                  "amount": "625000000.00",
                  "lines": [
                    {
                      "tranche": "colossus-1",
                      "clause": "fee-ramp",
                      "start": "2026-05-01",
                      "end": "2026-06-01",
                      "day_count": "ACT_MONTH",
                      "numerator": 31,
                      "denominator": 31,
                      "basis": "FIXED_MONTHLY",
                      "price": "1250000000.00",
                      "discount": "0.5",
                      "contracted_kw": 300000,
                      "bundle_kw": 300000,
                      "exact": "62500000000/1",
                      "amount": "625000000.00"
                    }
                  ]
                },
            """,
            answer.Output,
            StringComparison.Ordinal);
        Assert.EndsWith("  \"not_projected\": []\n}\n", answer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reference-a")]
    [InlineData("iren-microsoft")]
    [InlineData("applied-digital-coreweave")]
    [InlineData("terawulf-fluidstack")]
    public void Project_JsonOfEverySample_CanBeRecomputedFromTheAnswerAlone(string sample)
    {
        var answer = Run("terms", "project", Sample(sample), "--json").Json;
        var total = 0m;
        foreach (var invoice in answer.GetProperty("invoices").EnumerateArray())
        {
            var lines = invoice.GetProperty("lines").EnumerateArray().ToArray();
            foreach (var line in lines) Assert.Equal(Recompute(line), line.Text("exact"));
            Assert.Equal(Number(invoice, "amount"), lines.Sum(line => Number(line, "amount")));
            total += Number(invoice, "amount");
        }
        Assert.Equal(Number(answer, "headline"), total);
    }

    [Fact]
    public void Project_ForAPerson_ShowsTheWholeCashFlowInColumns()
    {
        var answer = Run("terms", "project", Sample("reference-a"));

        Assert.Equal((ExitCode.Done, ""), (answer.ExitCode, answer.Error));
        Assert.Equal(Golden("project-reference-a"), answer.Output);
    }

    [Fact]
    public void Project_WithLines_ShowsThoseOfEveryInvoice()
    {
        var answer = Run("terms", "project", Sample("iren-microsoft"), "--lines").Output;

        Assert.Equal(68 * 4, answer.Split('\n').Count(line => line.StartsWith("  horizon-", StringComparison.Ordinal)));
        Assert.DoesNotContain("--lines", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Project_PartOfAMonth_ShowsItsLine()
    {
        var partial = File.ReadAllText(Sample("reference-a"))
            .Replace("\"year\": 2029, \"month\": 6, \"day\": 1", "\"year\": 2029, \"month\": 5, \"day\": 16");

        var answer = RunWith(partial, "terms", "project", "-").Output;

        Assert.Matches(
            @"\n  colossus-1, fee +2029-05-01  2029-05-15  15/31 +300 +1,250,000,000\.00 +604,838,709\.68\n", answer);
    }

    [Fact]
    public void Project_TranchesOfOneFee_ShowsTheirShareOfThePower()
    {
        var terms = Changed("reference-a", terms =>
        {
            var second = terms["tranches"]![0]!.DeepClone();
            second["trancheId"] = "colossus-2";
            second["capacitySteps"]![0]!["contractedKw"] = 100_500;
            terms["tranches"]!.AsArray().Add(second);
        });

        var answer = RunWith(terms, "terms", "project", "-").Output;

        Assert.Contains("100.5 of 400.5", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Project_UnsupportedTerms_AreListedBelow()
    {
        var answer = Run("terms", "project", Sample("applied-digital-coreweave"));

        Assert.Equal(ExitCode.Partial, answer.ExitCode);
        Assert.Contains("\nLeft out (4):\n  tranches[0].delivery.kind: Not", answer.Output, StringComparison.Ordinal);
        Assert.Contains("\n  options[0]: Not supported yet: an option", answer.Output, StringComparison.Ordinal);
        Assert.Empty(answer.Error);
    }

    [Fact]
    public void Project_LongNamesAndLargeFigures_GrowTheTableAndCutNothing()
    {
        var name = new string('q', 63);
        var terms = Changed("reference-a", terms =>
        {
            terms["tranches"]![0]!["trancheId"] = name;
            foreach (var fee in terms["feeIntervals"]!.AsArray())
            {
                fee!["basis"] = "FEE_BASIS_PER_MW_MONTH";
                fee["amount"]!["units"] = "99999999";
                fee["amount"]!["nanos"] = 123_456_789;
                fee["discount"] = new JsonObject { ["value"] = "0.123456789" };
            }
        });

        var answer = RunWith(terms, "terms", "project", "-").Output;

        Assert.Contains("99,999,999.123456789/MW  12.3456789 %   26,296,296,099.50", answer, StringComparison.Ordinal);
        // The name shows once a fee interval, broken over lines.
        Assert.Equal(2 * name.Length, answer.Count(letter => letter == 'q'));
    }

    [Theory]
    [InlineData("reference-a")]
    [InlineData("iren-microsoft")]
    [InlineData("applied-digital-coreweave")]
    [InlineData("terawulf-fluidstack")]
    public void Project_ForAPerson_TakesAtMostTheWidthAndNoTrailingSpace(string sample)
    {
        var lines = Run("terms", "project", Sample(sample)).Output.Split('\n');

        Assert.All(lines, line => Assert.True(line.Length <= Terminal.Width && !line.EndsWith(' '), line));
    }

    [Fact]
    public void Project_ViolationsAndOpenFields_AreListedWithTheirLines()
    {
        const string Terms =
            """
            {
              "currencyCode": "USD",
              "startDate": {"year": 2026, "month": 5, "day": 1},
              "endDate": {"year": 2029, "month": 6, "day": 1},
              "holidays": [{"year": 2026, "month": 7, "day": 4},
                {"year": 2026, "month": 7, "day": 4}]
            }
            """;

        var answer = RunWith(Terms, "terms", "project", "-");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Empty(answer.Output);
        Assert.Equal(Golden("project-incomplete"), answer.Error);
    }

    [Fact]
    public void Project_ViolationsWithJson_AreTheAnswer()
    {
        var answer = RunWith("""{"currencyCode": "XXX"}""", "terms", "project", "-", "--json");

        Assert.Equal(ExitCode.No, answer.ExitCode);
        Assert.Equal("violations open", answer.Json.Names());
        Assert.Equal("UNKNOWN_CURRENCY", answer.Json.GetProperty("violations")[0].Text("reason"));
        Assert.Equal("time_zone", answer.Json.GetProperty("open")[0].Text("field"));
    }

    private static string Recompute(JsonElement line)
    {
        const int MinorUnits = 100;
        var exact = Rational.Of(Number(line, "price")) * Rational.Of(1 - Number(line, "discount"))
            * new Rational(line.GetProperty("numerator").GetInt32(), line.GetProperty("denominator").GetInt32())
            * new Rational(MinorUnits, 1);
        BigInteger power = line.GetProperty("contracted_kw").GetInt64();
        var bundle = line.GetProperty("bundle_kw").GetInt64();
        exact *= new Rational(power, line.Text("basis") == "PER_MW_MONTH" ? 1000 : bundle);
        return exact.ToString();
    }

    private static decimal Number(JsonElement element, string name) =>
        decimal.Parse(element.Text(name)!, CultureInfo.InvariantCulture);
}
