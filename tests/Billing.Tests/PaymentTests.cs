using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Marketplace.Billing.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Tests;

/// <summary>Payments and what is refused of them.</summary>
public sealed class PaymentTests(BillingHost billing) : IClassFixture<BillingHost>
{
    [Fact]
    public async Task RecordPayment_InParts_SettlesWithTheLast()
    {
        var invoice = await AnInvoiceAsync();
        var first = await billing.AsOperator.RecordPaymentAsync(Request(invoice, "600000000.01", "wire 1"));
        Assert.Equal(
            (invoice.InvoiceId, invoice.LeaseId, billing.Buyer.ToString(), billing.Provider.ToString(), "600000000.01",
                "wire 1"),
            (first.InvoiceId, first.LeaseId, first.PayerOrganisationId, first.PayeeOrganisationId, first.Amount.Text(),
                first.Reference));
        Assert.NotEmpty(first.ApiKeyId);
        Assert.Equal(InvoiceState.Open, (await ReadAsync(invoice)).State);

        await billing.AsOperator.RecordPaymentAsync(Request(invoice, "24999999.99"));
        var paid = await ReadAsync(invoice);
        Assert.Equal(
            (InvoiceState.Settled, "625000000.00", "0.00"),
                (paid.State, paid.PaidAmount.Text(), paid.OutstandingAmount.Text()));
        Assert.Equal(
            2, (await billing.AsBuyer.ListPaymentsAsync(new() { InvoiceId = invoice.InvoiceId })).Payments.Count);
        Assert.True((await billing.CheckAsync()).Balanced);
    }

    [Fact]
    public async Task RecordPayment_AboveOutstanding_IsRefusedNamingIt()
    {
        var invoice = await AnInvoiceAsync();
        await billing.AsOperator.RecordPaymentAsync(Request(invoice, "1"));
        var refused = await RefusedAsync(Request(invoice, "625000000.00"));
        Assert.Equal(
            (StatusCode.FailedPrecondition, "PAYMENT_ABOVE_OUTSTANDING"),
                (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        var info = RpcErrors.DetailsOf(refused)!.Details.Single(
            detail => detail.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>();
        Assert.Equal("624999999.00", info.Metadata["outstanding_amount"]);
        Assert.Equal("1.00", (await ReadAsync(invoice)).PaidAmount.Text());
    }

    [Fact]
    public async Task RecordPayment_Settled_IsRefused()
    {
        var invoice = await AnInvoiceAsync();
        await billing.AsOperator.RecordPaymentAsync(Request(invoice, "625000000.00"));
        Assert.Equal("INVOICE_SETTLED", RpcErrors.ReasonOf(await RefusedAsync(Request(invoice, "0.01"))));
    }

    [Fact]
    public async Task RecordPayment_UnknownInvoice_IsNotFound()
    {
        var refused = await RefusedAsync(new()
        {
            RequestId = Guid.CreateVersion7().ToString(),
            InvoiceId = Guid.CreateVersion7().ToString(),
            Amount = WireText.Usd("1"),
        });
        Assert.Equal((StatusCode.NotFound, "INVOICE_NOT_FOUND"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
    }

    [Fact]
    public async Task RecordPayment_ByAParty_IsDenied()
    {
        var invoice = await AnInvoiceAsync();
        foreach (var party in new[] { billing.AsBuyer, billing.AsProvider })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(
                async () => await party.RecordPaymentAsync(Request(invoice, "1")));
            Assert.Equal(
                (StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        }
        Assert.Equal("0.00", (await ReadAsync(invoice)).PaidAmount.Text());
    }

    public static TheoryData<string, string, Action<RecordPaymentRequest>> WrongFields => new()
    {
        { "amount", "REQUIRED", request => request.Amount = null },
        { "amount", "OUT_OF_RANGE", request => request.Amount = WireText.Usd("0") },
        { "amount", "OUT_OF_RANGE", request => request.Amount = WireText.Usd("-1") },
        { "amount", "FRACTION_OF_MINOR_UNIT", request => request.Amount = WireText.Usd("1.001") },
        { "amount", "INVALID_MONEY",
            request => request.Amount = new() { CurrencyCode = "USD", Units = 1, Nanos = -1 } },
        { "amount", "INVALID_MONEY",
            request => request.Amount = new() { CurrencyCode = "USD", Units = 1, Nanos = 1_000_000_000 } },
        { "amount", "OUT_OF_RANGE", request => request.Amount = new() { CurrencyCode = "USD", Units = long.MaxValue } },
        { "amount.currency_code", "UNKNOWN_CURRENCY", request => request.Amount.CurrencyCode = "XXX" },
        { "amount.currency_code", "CURRENCY_MISMATCH", request => request.Amount.CurrencyCode = "EUR" },
        { "reference", "TOO_LONG", request => request.Reference = new string('r', 201) },
        { "receive_time", "OUT_OF_RANGE", request => request.ReceiveTime = new() { Seconds = 1_900_000_000 } },
        { "receive_time", "INVALID_TIME", request => request.ReceiveTime = new() { Nanos = -1 } },
        { "invoice_id", "REQUIRED", request => request.InvoiceId = "" },
        { "invoice_id", "INVALID_ID", request => request.InvoiceId = "one" },
        { "request_id", "REQUIRED", request => request.RequestId = "" },
    };

    [Theory]
    [MemberData(nameof(WrongFields))]
    public async Task RecordPayment_WrongField_IsNamed(string field, string reason, Action<RecordPaymentRequest> change)
    {
        var request = Request(await AnInvoiceAsync(), "1");
        change(request);
        var refused = await RefusedAsync(request);
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_FIELDS"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.Equal([(field, reason)], Violations(refused));
    }

    [Fact]
    public async Task RecordPayment_SeveralWrongFields_AreNamedAtOnce()
    {
        var refused = await RefusedAsync(
            new() { RequestId = Guid.CreateVersion7().ToString(), Reference = new string('r', 201) });
        Assert.Equal(
            [("invoice_id", "REQUIRED"), ("reference", "TOO_LONG"), ("amount", "REQUIRED")], Violations(refused));
    }

    [Fact]
    public async Task RecordPayment_SameRequestAgain_HasOneEffectAndTheSameAnswer()
    {
        var invoice = await AnInvoiceAsync();
        var request = Request(invoice, "100");
        var first = await billing.AsOperator.RecordPaymentAsync(request);
        Assert.Equal(first, await billing.AsOperator.RecordPaymentAsync(request));
        Assert.Equal("100.00", (await ReadAsync(invoice)).PaidAmount.Text());
        await using var owner = billing.AsOwner();
        await using var kept = owner.CreateCommand(
            $"select keep_for_ever from request_log where request_id = '{request.RequestId}'");
        Assert.Equal(true, await kept.ExecuteScalarAsync());

        request.Amount = WireText.Usd("101");
        var refused = await RefusedAsync(request);
        Assert.Equal(
            (StatusCode.FailedPrecondition, "REQUEST_ID_REUSED"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
    }

    [Fact]
    public async Task RecordPayment_TenAtOnceForTheWholeInvoice_OneIsRecorded()
    {
        var invoice = await AnInvoiceAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                await billing.AsOperator.RecordPaymentAsync(Request(invoice, "625000000.00"));
                return "";
            }
            catch (RpcException refused)
            {
                return RpcErrors.ReasonOf(refused);
            }
        }));
        Assert.Single(outcomes, "");
        Assert.Equal(9, outcomes.Count(outcome => outcome == "INVOICE_SETTLED"));
        Assert.Equal("0.00", (await ReadAsync(invoice)).OutstandingAmount.Text());
    }

    [Fact]
    public async Task RecordPayment_TenTwinsAtOnce_HaveOneEffect()
    {
        var invoice = await AnInvoiceAsync();
        var request = Request(invoice, "5");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(async _ => await billing.AsOperator.RecordPaymentAsync(request)));
        Assert.Single(answers.Distinct());
        Assert.Equal("5.00", (await ReadAsync(invoice)).PaidAmount.Text());
    }

    [Fact]
    public async Task RecordPayment_WhileTheClockMoves_IsRefusedForNow()
    {
        var invoice = await AnInvoiceAsync();
        var advance = await billing.Clock.OpenAsync();
        var refused = await RefusedAsync(Request(invoice, "1"));
        await billing.Clock.CloseAsync(advance);
        Assert.Equal(
            (StatusCode.Unavailable, "MARKET_CLOCK_MOVING"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
    }

    [Fact]
    public async Task RecordPayment_ReceivedEarlier_KeepsBothTimes()
    {
        var request = Request(await AnInvoiceAsync(), "1");
        request.ReceiveTime = Timestamp.FromDateTimeOffset(new(2027, 1, 14, 0, 0, 0, TimeSpan.Zero));
        var payment = await billing.AsOperator.RecordPaymentAsync(request);
        Assert.Equal(request.ReceiveTime, payment.ReceiveTime);
        Assert.Equal(billing.Start, payment.RecordTime.ToDateTimeOffset());
        var read = await billing.AsProvider.GetPaymentAsync(new() { PaymentId = payment.PaymentId });
        Assert.Empty(read.ApiKeyId);
    }

    private static List<(string Field, string Reason)> Violations(RpcException refused) =>
    [
        .. RpcErrors.DetailsOf(refused)!.Details.Single(detail => detail.Is(BadRequest.Descriptor)).Unpack<BadRequest>()
            .FieldViolations.Select(violation => (violation.Field, violation.Reason)),
    ];

    private async Task<Invoice> AnInvoiceAsync() => (await billing.InvoicesAsync(await billing.SignAsync()))[0];

    private async Task<Invoice> ReadAsync(Invoice invoice) =>
        await billing.AsOperator.GetInvoiceAsync(new() { InvoiceId = invoice.InvoiceId });

    private async Task<RpcException> RefusedAsync(RecordPaymentRequest request) =>
        await Assert.ThrowsAsync<RpcException>(async () => await billing.AsOperator.RecordPaymentAsync(request));

    private static RecordPaymentRequest Request(Invoice invoice, string amount, string reference = "") => new()
    {
        RequestId = Guid.CreateVersion7().ToString(),
        InvoiceId = invoice.InvoiceId,
        Amount = WireText.Usd(amount),
        Reference = reference,
    };
}
