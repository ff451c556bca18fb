using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Marketplace.Billing.Books;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Schedules;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Rpc;

/// <summary>Schedules, invoices, notes, payments and the ledger.</summary>
internal sealed class BillingRpc(Database database, Idempotent idempotent, TimeProvider system)
    : V1.BillingService.BillingServiceBase
{
    public override async Task<V1.BillingSchedule> GetBillingSchedule(
        V1.GetBillingScheduleRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        var lease = await LeaseAsync(transaction, leaseId, context);
        return lease.ToProto(await ScheduleReading.PeriodsAsync(transaction, leaseId));
    }

    public override async Task<V1.LeaseMeters> GetLeaseMeters(
        V1.GetLeaseMetersRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        var date = OptionalDate("at_date", request.AtDate);
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        var lease = await LeaseAsync(transaction, leaseId, context);
        return (await ReadMeters.HandleAsync(lease, date, transaction)).ToProto(lease);
    }

    public override async Task<V1.Invoice> GetInvoice(V1.GetInvoiceRequest request, ServerCallContext context)
    {
        var invoiceId = RequestRules.Id("invoice_id", request.InvoiceId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var invoice = await InvoiceReading.FindAsync(transaction, invoiceId, VisibleTo(context))
            ?? throw RpcErrors.NotFound("INVOICE_NOT_FOUND", "invoice", request.InvoiceId);
        return invoice.ToProto(await InvoiceRows.LinesAsync(transaction, invoiceId));
    }

    public override async Task<V1.ListInvoicesResponse> ListInvoices(
        V1.ListInvoicesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var leaseId = OptionalId("lease_id", request.LeaseId);
        bool? isSettled = Choice("state", request.State) is { } state ? state == (int)V1.InvoiceState.Settled : null;
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var invoices = await InvoiceReading.ListAsync(transaction, page, VisibleTo(context), leaseId, isSettled);
        var shown = invoices.Take(page.Size).ToList();
        return new()
        {
            Invoices = { shown.Select(invoice => invoice.ToProto([])) },
            NextPageToken = page.NextToken(invoices.Count, () => shown[^1].InvoiceId),
        };
    }

    public override async Task<V1.CorrectionNote> GetCorrectionNote(
        V1.GetCorrectionNoteRequest request, ServerCallContext context)
    {
        var noteId = RequestRules.Id("correction_note_id", request.CorrectionNoteId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var note = await NoteReading.FindAsync(transaction, noteId, VisibleTo(context))
            ?? throw RpcErrors.NotFound("CORRECTION_NOTE_NOT_FOUND", "correction note", request.CorrectionNoteId);
        return note.ToProto(await InvoiceRows.CorrectedLinesAsync(transaction, noteId));
    }

    public override async Task<V1.ListCorrectionNotesResponse> ListCorrectionNotes(
        V1.ListCorrectionNotesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var leaseId = OptionalId("lease_id", request.LeaseId);
        var invoiceId = OptionalId("invoice_id", request.InvoiceId);
        var kind = Choice("kind", request.Kind);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var notes = await NoteReading.ListAsync(transaction, page, VisibleTo(context), leaseId, invoiceId, kind);
        var shown = notes.Take(page.Size).ToList();
        return new()
        {
            CorrectionNotes = { shown.Select(note => note.ToProto([])) },
            NextPageToken = page.NextToken(notes.Count, () => shown[^1].CorrectionNoteId),
        };
    }

    public override Task<V1.Payment> RecordPayment(V1.RecordPaymentRequest request, ServerCallContext context) =>
        idempotent.RunAsync(request, context, V1.Payment.Parser, async transaction =>
        {
            var received = PaymentRequest.Read(request, transaction.Now);
            return await Payments.RecordPayment.HandleAsync(received, context.Caller().ApiKeyId, transaction) switch
            {
                PaymentOutcome.Recorded recorded => recorded.Payment.ToProto(withApiKey: true),
                PaymentOutcome.NoSuchInvoice =>
                    throw RpcErrors.NotFound("INVOICE_NOT_FOUND", "invoice", request.InvoiceId),
                PaymentOutcome.OtherCurrency other => throw RpcErrors.InvalidFields(
                    [new("amount.currency_code", "CURRENCY_MISMATCH",
                        $"The invoice is in {other.InvoiceCurrencyCode}.")]),
                PaymentOutcome.Settled =>
                    throw RpcErrors.FailedPrecondition("INVOICE_SETTLED", "Nothing is outstanding on the invoice."),
                PaymentOutcome.AboveOutstanding above => throw AboveOutstanding(received, above.Outstanding),
                _ => throw new UnreachableException(),
            };
        }, keepForEver: true);

    public override async Task<V1.Payment> GetPayment(V1.GetPaymentRequest request, ServerCallContext context)
    {
        var paymentId = RequestRules.Id("payment_id", request.PaymentId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var payment = await PaymentReading.FindAsync(transaction, paymentId, VisibleTo(context))
            ?? throw RpcErrors.NotFound("PAYMENT_NOT_FOUND", "payment", request.PaymentId);
        return payment.ToProto(context.Caller().IsOperator);
    }

    public override async Task<V1.ListPaymentsResponse> ListPayments(
        V1.ListPaymentsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var leaseId = OptionalId("lease_id", request.LeaseId);
        var invoiceId = OptionalId("invoice_id", request.InvoiceId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var payments = await PaymentReading.ListAsync(transaction, page, VisibleTo(context), leaseId, invoiceId);
        var shown = payments.Take(page.Size).ToList();
        return new()
        {
            Payments = { shown.Select(payment => payment.ToProto(context.Caller().IsOperator)) },
            NextPageToken = page.NextToken(payments.Count, () => shown[^1].PaymentId),
        };
    }

    public override async Task<V1.LedgerAccount> GetLedgerAccount(
        V1.GetLedgerAccountRequest request, ServerCallContext context)
    {
        var accountId = RequestRules.Id("ledger_account_id", request.LedgerAccountId);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        return (await AccountAsync(transaction, accountId, context)).ToProto();
    }

    public override async Task<V1.ListLedgerAccountsResponse> ListLedgerAccounts(
        V1.ListLedgerAccountsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var ofOrganisation = OptionalId("organisation_id", request.OrganisationId);
        var kind = Choice("kind", request.Kind);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var accounts = await AccountReading.ListAsync(transaction, page, VisibleTo(context), ofOrganisation, kind);
        var shown = accounts.Take(page.Size).ToList();
        return new()
        {
            LedgerAccounts = { shown.Select(account => account.ToProto()) },
            NextPageToken = page.NextToken(accounts.Count, () => shown[^1].LedgerAccountId),
        };
    }

    public override async Task<V1.ListLedgerEntriesResponse> ListLedgerEntries(
        V1.ListLedgerEntriesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var accountId = OptionalId("ledger_account_id", request.LedgerAccountId);
        var (leaseId, sourceId) = (OptionalId("lease_id", request.LeaseId), OptionalId("source_id", request.SourceId));
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        if (accountId is { } id) await AccountAsync(transaction, id, context);
        var entries = await EntryReading.ListAsync(transaction, page, VisibleTo(context), accountId, leaseId, sourceId);
        var shown = entries.Take(page.Size).ToList();
        return new()
        {
            LedgerEntries = { shown.Select(entry => entry.ToProto()) },
            NextPageToken = page.NextToken(entries.Count, () => shown[^1].LedgerEntryId),
        };
    }

    public override async Task<V1.ListLedgerBatchesResponse> ListLedgerBatches(
        V1.ListLedgerBatchesRequest request, ServerCallContext context)
    {
        var size = Page.Of(request.PageSize, "").Size;
        var after = 0L;
        if (request.PageToken.Length > 0
            && !long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw RpcErrors.InvalidFields(
                [new("page_token", "INVALID_PAGE_TOKEN", "Use the next_page_token of the answer before.")]);
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        var batches = await BatchReading.ListAsync(transaction, size, after);
        var shown = batches.Take(size).ToList();
        return new()
        {
            LedgerBatches = { shown.Select(batch => batch.ToProto()) },
            NextPageToken = batches.Count > size ? shown[^1].Sequence.ToString(CultureInfo.InvariantCulture) : "",
        };
    }

    public override async Task<V1.ConservationCheck> CheckConservation(
        V1.CheckConservationRequest request, ServerCallContext context)
    {
        await using var transaction = await database.BeginSnapshotAsync(context.CancellationToken);
        var check = (await ConservationAudit.RunAsync(transaction)).ToProto();
        check.CheckTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(system.GetUtcNow());
        return check;
    }

    // Operators see everything, others what their organisation is a party to.
    private static Guid? VisibleTo(ServerCallContext context) =>
        context.Caller() is { IsOperator: false } caller ? caller.OrganisationId : null;

    private static async Task<BilledLease> LeaseAsync(
        Transaction transaction, Guid leaseId, ServerCallContext context) =>
        await BilledLease.FindAsync(transaction, leaseId, VisibleTo(context))
        ?? throw RpcErrors.NotFound("LEASE_NOT_FOUND", "lease", leaseId.ToString());

    private static async Task<AccountReading> AccountAsync(
        Transaction transaction, Guid accountId, ServerCallContext context) =>
        await AccountReading.FindAsync(transaction, accountId, VisibleTo(context))
        ?? throw RpcErrors.NotFound("LEDGER_ACCOUNT_NOT_FOUND", "ledger account", accountId.ToString());

    private static RpcException AboveOutstanding(PaymentReceived received, long outstanding)
    {
        var text = received.Currency.Format(outstanding);
        return RpcErrors.FailedPrecondition(
            "PAYMENT_ABOVE_OUTSTANDING",
            $"Only {text} {received.Currency.Code} are outstanding.",
            ("outstanding_amount", text),
            ("currency_code", received.Currency.Code));
    }

    private static Guid? OptionalId(string field, string value) =>
        value.Length == 0 ? null : RequestRules.Id(field, value);

    private static int? Choice<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw RpcErrors.InvalidFields([new(field, "UNKNOWN_ENUM_VALUE", "There is no such value.")]);
        var number = Convert.ToInt32(value, CultureInfo.InvariantCulture);
        return number == 0 ? null : number;
    }

    private static DateOnly? OptionalDate(string field, Google.Type.Date? date)
    {
        if (date is null) return null;
        var isDay = date.Year is >= 1 and <= 9999 && date.Month is >= 1 and <= 12
            && date.Day >= 1 && date.Day <= DateTime.DaysInMonth(date.Year, date.Month);
        return isDay
            ? new(date.Year, date.Month, date.Day)
            : throw RpcErrors.InvalidFields([new(field, "INVALID_DATE", "There is no such day.")]);
    }
}
