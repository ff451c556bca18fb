using Google.Protobuf;
using Google.Protobuf.Reflection;
using Marketplace.Accounts.V1;
using Marketplace.Billing.V1;
using Marketplace.Cli.Fields;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;

namespace Marketplace.Cli.Tests.Fields;

public sealed class FieldTextTests
{
    private static readonly Dictionary<string, FieldDescriptor> Fields = new()
    {
        ["power"] = CreatePoolRequest.Descriptor.FindFieldByName("nameplate_kw"),
        ["number"] = CreatePoolRequest.Descriptor.FindFieldByName("accelerator_count"),
        ["enum"] = ListingOffer.Descriptor.FindFieldByName("day_count"),
        ["date"] = ListingOffer.Descriptor.FindFieldByName("start_date"),
        ["time"] = AdvanceClockRequest.Descriptor.FindFieldByName("target_market_time"),
        ["money"] = RecordPaymentRequest.Descriptor.FindFieldByName("amount"),
        ["flag"] = CreateCapacityRequestRequest.Descriptor.FindFieldByName("standing"),
        ["hash"] = SignVersionRequest.Descriptor.FindFieldByName("terms_sha256"),
        ["day"] = Marketplace.Terms.V1.NoticeReceipt.Descriptor.FindFieldByName("cutoff_time"),
        ["decimal"] = RampStep.Descriptor.FindFieldByName("discount"),
        ["mask"] = UpdateListingRequest.Descriptor.FindFieldByName("update_mask"),
    };

    [Theory]
    [InlineData("power", "300000", "300000")]
    [InlineData("power", "300000kW", "300000")]
    [InlineData("power", "300MW", "300000")]
    [InlineData("power", "1.5 gw", "1500000")]
    [InlineData("power", "0", "0")]
    [InlineData("number", "-7", "-7")]
    [InlineData("enum", "act-month", "ActMonth")]
    [InlineData("enum", "ACT_MONTH", "ActMonth")]
    [InlineData("enum", "DAY_COUNT_THIRTY_360", "Thirty360")]
    [InlineData("date", "2028-02-29", """{ "year": 2028, "month": 2, "day": 29 }""")]
    [InlineData("time", "2027-01-01T12:00:00-06:00", "\"2027-01-01T18:00:00Z\"")]
    [InlineData("time", "2027-01-01T18:00:00.25Z", "\"2027-01-01T18:00:00.250Z\"")]
    [InlineData("money", "1250.00 USD", """{ "currencyCode": "USD", "units": "1250" }""")]
    [InlineData("money", "usd 0.000000001", """{ "currencyCode": "USD", "nanos": 1 }""")]
    [InlineData("money", "-1.5EUR", """{ "currencyCode": "EUR", "units": "-1", "nanos": -500000000 }""")]
    [InlineData("flag", "true", "True")]
    [InlineData("flag", "no", "False")]
    [InlineData("day", "17:00", """{ "hours": 17 }""")]
    [InlineData("decimal", " 0.5", """{ "value": "0.5" }""")]
    [InlineData("mask", "price, day_count", "\"price,dayCount\"")]
    public void Parse_Value_IsRead(string field, string text, string expected) =>
        Assert.Equal(expected, Text(FieldText.Parse(Fields[field], text)));

    [Theory]
    [InlineData("power", "300 megawatts", "a power such as")]
    [InlineData("power", "-1", "a power such as")]
    [InlineData("power", "0.5", "a whole number of kW")]
    [InlineData("power", "99999999999GW", "at most 2147483647 kW")]
    [InlineData("number", "1e3", "a whole number")]
    [InlineData("number", "99999999999", "a whole number")]
    [InlineData("enum", "actual", "one of act-month, thirty-360, act-365f, act-360, act-act")]
    [InlineData("enum", "unspecified", "one of act-month")]
    [InlineData("date", "2026-02-30", "a date such as")]
    [InlineData("date", "May 2026", "a date such as")]
    [InlineData("time", "2027-01-01T18:00:00", "has no offset")]
    [InlineData("money", "1250.00", "an amount with its currency")]
    [InlineData("money", "1,250.00 USD", "an amount with its currency")]
    [InlineData("money", "0.0000000001 USD", "an amount with its currency")]
    [InlineData("flag", "maybe", "true or false")]
    [InlineData("hash", "zz", "64 hexadecimal digits")]
    [InlineData("day", "25:00", "a time of day")]
    public void Parse_Nonsense_IsRefusedSayingWhatItMustBe(string field, string text, string expected)
    {
        var refusal = Assert.Throws<FormatException>(() => FieldText.Parse(Fields[field], text));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Hash_IsReadFromHexadecimalDigitsAndBase64()
    {
        byte[] hash = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

        Assert.Equal(ByteString.CopyFrom(hash), FieldText.Parse(Fields["hash"], Convert.ToHexString(hash)));
        Assert.Equal(ByteString.CopyFrom(hash), FieldText.Parse(Fields["hash"], Convert.ToBase64String(hash)));
    }

    private static string Text(object value) => value is IMessage message
        ? JsonFormatter.Default.Format(message)
        : $"{value}";
}
