using Marketplace.Billing.Payments;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;
using static Marketplace.ServiceDefaults.RpcErrors;

namespace Marketplace.Billing.Rpc;

/// <summary>Reads a request to record a payment; all wrong fields are named at once.</summary>
internal static class PaymentRequest
{
    private const int ReferenceLengthMax = 200;
    private const int NanosPerUnit = 1_000_000_000;

    public static PaymentReceived Read(V1.RecordPaymentRequest request, Instant now)
    {
        var errors = new List<FieldError>();
        if (!RequestRules.IsId(request.InvoiceId, out var invoiceId))
            errors.Add(new("invoice_id", request.InvoiceId.Length == 0 ? "REQUIRED" : "INVALID_ID", "Must be a UUID."));
        if (request.Reference.Length > ReferenceLengthMax)
            errors.Add(new("reference", "TOO_LONG", $"May have {ReferenceLengthMax} characters."));
        var (currency, amount) = Amount(request.Amount, errors);
        var receiveTime = ReceiveTime(request.ReceiveTime, now, errors);
        if (errors.Count > 0) throw InvalidFields(errors);
        return new(invoiceId, currency!, amount, request.Reference, receiveTime);
    }

    private static (Currency? Currency, long MinorUnits) Amount(Google.Type.Money? money, List<FieldError> errors)
    {
        if (money is null)
        {
            errors.Add(new("amount", "REQUIRED", "Required."));
            return default;
        }
        if (Currency.Find(money.CurrencyCode) is not { } currency)
        {
            errors.Add(
                new("amount.currency_code", "UNKNOWN_CURRENCY", "Must be the currency of the invoice, such as USD."));
            return default;
        }
        if (Math.Abs((long)money.Nanos) >= NanosPerUnit || Math.Sign(money.Units) * Math.Sign(money.Nanos) < 0)
        {
            errors.Add(
                new("amount", "INVALID_MONEY", "Units and nanos must have one sign, and nanos be less than one unit."));
            return default;
        }
        var minorUnits = (money.Units + (decimal)money.Nanos / NanosPerUnit) * currency.MinorUnitsPerUnit;
        if (minorUnits != decimal.Truncate(minorUnits))
            errors.Add(
                new("amount", "FRACTION_OF_MINOR_UNIT",
                    $"An amount in {currency.Code} has at most {currency.Exponent} places."));
        else if (minorUnits is <= 0 or > long.MaxValue)
            errors.Add(new("amount", "OUT_OF_RANGE", "Must be above 0 and at most what is outstanding."));
        else
            return (currency, (long)minorUnits);
        return default;
    }

    private static Instant? ReceiveTime(
        Google.Protobuf.WellKnownTypes.Timestamp? time, Instant now, List<FieldError> errors)
    {
        if (time is null) return null;
        try
        {
            var instant = time.ToInstant();
            if (instant <= now) return instant;
            errors.Add(new("receive_time", "OUT_OF_RANGE", "Must not be after now, by the market clock."));
        }
        catch (InvalidOperationException)
        {
            errors.Add(new("receive_time", "INVALID_TIME", "There is no such time."));
        }
        return null;
    }
}
