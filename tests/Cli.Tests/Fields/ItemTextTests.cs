using Marketplace.Cli.Fields;
using Marketplace.Inventory.V1;
using Marketplace.Terms.V1;

namespace Marketplace.Cli.Tests.Fields;

public sealed class ItemTextTests
{
    [Theory]
    [InlineData("2026-05-01,300MW")]
    [InlineData("start-date=2026-05-01,power-kw=300MW")]
    [InlineData("power_kw=300000, start_date=2026-05-01")]
    [InlineData("2026-05-01,power-kw=300MW")]
    [InlineData("""{"start_date": "2026-05-01", "powerKw": 300000}""")]
    [InlineData("""{"startDate": {"year": 2026, "month": 5, "day": 1}, "powerKw": "300MW"}""")]
    public void Parse_Item_IsReadInOrderByNameAndAsJson(string text) => Assert.Equal(
        new CurveStep { StartDate = new() { Year = 2026, Month = 5, Day = 1 }, PowerKw = 300_000 },
        ItemText.Parse(CurveStep.Descriptor, text));

    [Fact]
    public void Parse_FieldsOfMessagesInIt_AreNamedWithDots()
    {
        var offer = (NoticeOffer)ItemText.Parse(
            NoticeOffer.Descriptor,
            "party=either,notice-days=90,notice-basis=calendar,alignment=exact,fee.kind=wind-down,fee.amount=5 USD");

        Assert.Equal(TerminationParty.Either, offer.Party);
        Assert.Equal(90, offer.NoticeDays);
        Assert.Equal((TerminationFeeKind.WindDown, 5L), (offer.Fee.Kind, offer.Fee.Amount.Units));
    }

    [Theory]
    [InlineData("2026-05-01,1,2", "has more than the 2 values start-date,power-kw.")]
    [InlineData("power=1", "'power' is none of the values start-date,power-kw.")]
    [InlineData("2026-05-01,start-date=2026-05-02", "'start-date' is given twice.")]
    [InlineData("tomorrow,1", "start-date must be a date such as 2026-05-01, not 'tomorrow'.")]
    [InlineData("{", "is not JSON: ")]
    public void Parse_Nonsense_IsRefused(string text, string expected) => Assert.StartsWith(
        expected,
        Assert.Throws<FormatException>(() => ItemText.Parse(CurveStep.Descriptor, text)).Message,
        StringComparison.Ordinal);
}
