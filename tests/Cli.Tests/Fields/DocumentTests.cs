using System.Text;
using Google.Protobuf;
using Marketplace.Cli.Fields;
using Marketplace.Inventory.V1;
using Marketplace.Terms.V1;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests.Fields;

/// <summary>Files of requests, from their bytes to the message.</summary>
public sealed class DocumentTests
{
    private const string Yaml =
        """
        # The reference deal
        display-name: "Colossus 1: all of it"
        start_date: 2026-05-01
        offeredSteps:
          - {start_date: 2026-05-01, power_kw: 300MW}
          - start_date: {year: 2027, month: 1, day: 1}
            power_kw: 0
        price: {basis: fixed-monthly, amount: 1250000000.00 USD}
        day_count: ACT_MONTH
        billing: {cycle: BILLING_CYCLE_CALENDAR_MONTH, due_days: 30}
        expire_time: null
        """;

    private const string Json =
        """
        {
          "displayName": "Colossus 1: all of it",
          "startDate": { "year": 2026, "month": 5, "day": 1 },
          "offeredSteps": [
            { "startDate": { "year": 2026, "month": 5, "day": 1 }, "powerKw": 300000 },
            { "startDate": { "year": 2027, "month": 1, "day": 1 }, "powerKw": 0 }
          ],
          "price": {
            "basis": "FEE_BASIS_FIXED_MONTHLY",
            "amount": { "currencyCode": "USD", "units": "1250000000" }
          },
          "dayCount": "DAY_COUNT_ACT_MONTH",
          "billing": { "cycle": "BILLING_CYCLE_CALENDAR_MONTH", "dueDays": 30 }
        }
        """;

    [Theory]
    [InlineData(Yaml)]
    [InlineData(Json)]
    public void Merge_YamlAndJson_SayTheSame(string text) =>
        Assert.Equal(JsonParser.Default.Parse<ListingOffer>(Json), Read<ListingOffer>(text));

    [Theory]
    [InlineData("reference-a")]
    [InlineData("iren-microsoft")]
    public void Merge_ProtoJson_IsReadAsTheLibraryReadsIt(string sample)
    {
        var text = File.ReadAllText(Sample(sample));

        Assert.Equal(JsonParser.Default.Parse<LeaseTerms>(text), Read<LeaseTerms>(text));
    }

    [Fact]
    public void Merge_AnswerWithChoicesLeftOpen_LeavesThemOpen()
    {
        var draft = new ListingOffer { MinimumLotKw = 1_000, Billing = new() { DueDays = 30 } };
        var answer = new JsonFormatter(
            JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true))
            .Format(draft);

        Assert.Contains("DAY_COUNT_UNSPECIFIED", answer, StringComparison.Ordinal);
        Assert.Equal(draft, Read<ListingOffer>(answer));
    }

    [Theory]
    [InlineData("", 1, "is empty.")]
    [InlineData("- a\n- b", 1, "must have the fields of ListingOffer.")]
    [InlineData("display_name: x\nnobody: 1", 2, "nobody: there is no such field in ListingOffer; its fields are")]
    [InlineData("price:\n  amount:\n    dollars: 5", 3, "price.amount.dollars: there is no such field in Money")]
    [InlineData("day_count: actual", 1, "day_count: must be one of act-month")]
    [InlineData("offered_steps: 5", 1, "offered_steps: must be a list.")]
    [InlineData("offered_steps:\n- 2026-05-01\n- 5", 2, "offered_steps[0]: must have the fields of CurveStep.")]
    [InlineData("offered_steps:\n- start_date: x", 2, "offered_steps[0].start_date: must be a date such as")]
    [InlineData("display_name: [a]", 1, "display_name: must be one value.")]
    [InlineData("price: 5 USD", 1, "price: must have the fields of ListingPrice.")]
    [InlineData("start_date: 2026-05-01\nstartDate: 2026-05-02", 2, "start_date: is given twice; keep one.")]
    [InlineData("{\n  \"start_date\": 1,\n  \"start_date\": 2}", 3, "gives 'start_date' twice; keep one of the two.")]
    [InlineData("{\n  \"start_date\" 1}", 2, "is not JSON: ")]
    [InlineData("a: b: c", 1, "is neither JSON nor YAML: ")]
    [InlineData("a: 1\n---\na: 2", 1, "has 2 YAML documents; give one.")]
    public void Merge_Nonsense_IsRefusedNamingLineAndField(string text, int line, string message)
    {
        var refusal = Assert.Throws<DocumentException>(() => Read<ListingOffer>(text));

        Assert.Equal(line, refusal.Line);
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    private static T Read<T>(string text)
        where T : IMessage, new()
    {
        var message = new T();
        Messages.Merge(message, DocumentNode.Parse(Encoding.UTF8.GetBytes(text)));
        return message;
    }
}
