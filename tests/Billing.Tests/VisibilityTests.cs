using Grpc.Core;
using Marketplace.Billing.V1;
using Marketplace.ServiceDefaults;
using BillingClient = Marketplace.Billing.V1.BillingService.BillingServiceClient;

namespace Marketplace.Billing.Tests;

/// <summary>Who sees what, and how lists go page by page.</summary>
public sealed class VisibilityTests(BillingHost billing) : IClassFixture<BillingHost>
{
    [Fact]
    public async Task Get_ByAStranger_IsNotFoundLikeWhatDoesNotExist()
    {
        var (lease, invoice, note, payment, account) = await EverythingAsync();
        var (stranger, none) = (billing.AsStranger, Guid.CreateVersion7().ToString());
        await AssertNotFoundAsync(
            "LEASE_NOT_FOUND", lease.Id.ToString(), none, id =>
                stranger.GetBillingScheduleAsync(new() { LeaseId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "LEASE_NOT_FOUND", lease.Id.ToString(), none, id =>
                stranger.GetLeaseMetersAsync(new() { LeaseId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "INVOICE_NOT_FOUND", invoice, none, id => stranger.GetInvoiceAsync(new() { InvoiceId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "CORRECTION_NOTE_NOT_FOUND", note, none, id =>
                stranger.GetCorrectionNoteAsync(new() { CorrectionNoteId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "PAYMENT_NOT_FOUND", payment, none, id => stranger.GetPaymentAsync(new() { PaymentId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "LEDGER_ACCOUNT_NOT_FOUND", account, none, id =>
                stranger.GetLedgerAccountAsync(new() { LedgerAccountId = id }).ResponseAsync);
        await AssertNotFoundAsync(
            "LEDGER_ACCOUNT_NOT_FOUND", account, none, id =>
                stranger.ListLedgerEntriesAsync(new() { LedgerAccountId = id }).ResponseAsync);
    }

    [Fact]
    public async Task List_ByAStranger_IsEmpty()
    {
        var (lease, invoice, _, payment, _) = await EverythingAsync();
        var (stranger, leaseId) = (billing.AsStranger, lease.Id.ToString());
        Assert.Empty((await stranger.ListInvoicesAsync(new())).Invoices);
        Assert.Empty((await stranger.ListInvoicesAsync(new() { LeaseId = leaseId })).Invoices);
        Assert.Empty((await stranger.ListCorrectionNotesAsync(new() { InvoiceId = invoice })).CorrectionNotes);
        Assert.Empty((await stranger.ListPaymentsAsync(new() { LeaseId = leaseId })).Payments);
        Assert.Empty(
            (await stranger.ListLedgerAccountsAsync(
                new() { OrganisationId = billing.Buyer.ToString() })).LedgerAccounts);
        Assert.Empty((await stranger.ListLedgerEntriesAsync(new() { SourceId = payment })).LedgerEntries);
    }

    [Fact]
    public async Task Get_ByTheParties_IsGiven()
    {
        var (lease, invoice, note, payment, _) = await EverythingAsync();
        foreach (var party in new[] { billing.AsProvider, billing.AsBuyer, billing.AsOperator })
        {
            Assert.Equal(
                lease.Id.ToString(),
                    (await party.GetBillingScheduleAsync(new() { LeaseId = lease.Id.ToString() })).LeaseId);
            Assert.Equal(
                lease.Id.ToString(),
                    (await party.GetLeaseMetersAsync(new() { LeaseId = lease.Id.ToString() })).LeaseId);
            Assert.Equal(invoice, (await party.GetInvoiceAsync(new() { InvoiceId = invoice })).InvoiceId);
            Assert.Equal(
                note, (await party.GetCorrectionNoteAsync(new() { CorrectionNoteId = note })).CorrectionNoteId);
            Assert.Equal(payment, (await party.GetPaymentAsync(new() { PaymentId = payment })).PaymentId);
        }
    }

    [Fact]
    public async Task ListLedgerEntries_ByAParty_HasOnlyItsOwnLegs()
    {
        var (lease, _, _, payment, _) = await EverythingAsync();
        var request = new ListLedgerEntriesRequest { LeaseId = lease.Id.ToString() };
        var whole = (await billing.AsOperator.ListLedgerEntriesAsync(request)).LedgerEntries;
        Assert.Equal(11, whole.Count);
        Assert.All(whole, entry => Assert.Equal(2, entry.Legs.Count));
        Assert.Equal(whole.OrderBy(entry => entry.BatchSequence).ThenBy(entry => entry.BatchPosition), whole);

        var ofBuyer = (await billing.AsBuyer.ListLedgerEntriesAsync(request)).LedgerEntries;
        Assert.Equal(whole.Select(entry => entry.LedgerEntryId), ofBuyer.Select(entry => entry.LedgerEntryId));
        Assert.All(ofBuyer, entry => Assert.Single(entry.Legs));
        // A payment has no leg on an account of the provider.
        var ofProvider = (await billing.AsProvider.ListLedgerEntriesAsync(request)).LedgerEntries;
        Assert.Equal(whole.Count - 1, ofProvider.Count);
        Assert.DoesNotContain(ofProvider, entry => entry.SourceId == payment);
    }

    [Fact]
    public async Task ListLedgerAccounts_ByAParty_HasItsOwn()
    {
        await EverythingAsync();
        var account = Assert.Single((await billing.AsBuyer.ListLedgerAccountsAsync(new())).LedgerAccounts);
        Assert.Equal(
            (LedgerAccountKind.BuyerReceivable, billing.Buyer.ToString()), (account.Kind, account.OrganisationId));
        Assert.Equal(
            account, await billing.AsBuyer.GetLedgerAccountAsync(new() { LedgerAccountId = account.LedgerAccountId }));
        Assert.Equal(3, (await billing.AsOperator.ListLedgerAccountsAsync(new())).LedgerAccounts.Count);
        var cash = Assert.Single(
            (await billing.AsOperator.ListLedgerAccountsAsync(
                new() { Kind = LedgerAccountKind.SettlementCash })).LedgerAccounts);
        Assert.Empty(cash.OrganisationId);
    }

    [Fact]
    public async Task Ledger_ByAParty_ChainIsDenied()
    {
        var batches = await Assert.ThrowsAsync<RpcException>(
            async () => await billing.AsBuyer.ListLedgerBatchesAsync(new()));
        var check = await Assert.ThrowsAsync<RpcException>(
            async () => await billing.AsProvider.CheckConservationAsync(new()));
        Assert.Equal(
            ("ROLE_NOT_ALLOWED", "ROLE_NOT_ALLOWED"), (RpcErrors.ReasonOf(batches), RpcErrors.ReasonOf(check)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ListInvoices_ByPages_GivesEachOnceInOrder(bool ofOneLease)
    {
        var lease = await billing.SignAsync();
        var request = new ListInvoicesRequest { LeaseId = ofOneLease ? lease.Id.ToString() : "", PageSize = 1000 };
        var all = (await billing.AsOperator.ListInvoicesAsync(request)).Invoices;
        var paged = new List<Invoice>();
        request.PageSize = 4;
        do
        {
            var page = await billing.AsOperator.ListInvoicesAsync(request);
            paged.AddRange(page.Invoices);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(all, paged);
        Assert.Equal(
            ofOneLease ? paged.OrderBy(
                invoice => invoice.PeriodStartDate.Text(), StringComparer.Ordinal) : paged.OrderBy(invoice =>
                    invoice.InvoiceId, StringComparer.Ordinal),
            paged);
    }

    [Fact]
    public async Task ListInvoices_ByState_FiltersWhatIsDerived()
    {
        var (lease, invoice, _, _, _) = await EverythingAsync();
        var settled = await billing.AsOperator.ListInvoicesAsync(
            new() { LeaseId = lease.Id.ToString(), State = InvoiceState.Settled });
        var open = await billing.AsOperator.ListInvoicesAsync(
            new() { LeaseId = lease.Id.ToString(), State = InvoiceState.Open });
        Assert.Equal(invoice, Assert.Single(settled.Invoices).InvoiceId);
        Assert.Equal(8, open.Invoices.Count);
    }

    public static TheoryData<string, string, Func<BillingClient, Task>> WrongRequests => new()
    {
        { "page_size", "OUT_OF_RANGE", client => client.ListInvoicesAsync(new() { PageSize = 1001 }).ResponseAsync },
        { "page_size", "OUT_OF_RANGE", client => client.ListLedgerBatchesAsync(new() { PageSize = -1 }).ResponseAsync },
        { "page_token", "INVALID_PAGE_TOKEN",
            client => client.ListPaymentsAsync(new() { PageToken = "x" }).ResponseAsync },
        { "page_token", "INVALID_PAGE_TOKEN",
            client => client.ListLedgerBatchesAsync(new() { PageToken = "x" }).ResponseAsync },
        { "lease_id", "INVALID_ID", client => client.ListInvoicesAsync(new() { LeaseId = "x" }).ResponseAsync },
        { "lease_id", "REQUIRED", client => client.GetBillingScheduleAsync(new()).ResponseAsync },
        { "state", "UNKNOWN_ENUM_VALUE",
            client => client.ListInvoicesAsync(new() { State = (InvoiceState)9 }).ResponseAsync },
        { "kind", "UNKNOWN_ENUM_VALUE",
            client => client.ListCorrectionNotesAsync(new() { Kind = (CorrectionKind)9 }).ResponseAsync },
        { "at_date", "INVALID_DATE", client => client.GetLeaseMetersAsync(new()
            { LeaseId = Guid.CreateVersion7().ToString(),
                AtDate = new() { Year = 2027, Month = 2, Day = 29 } }).ResponseAsync },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task Read_WrongField_IsNamed(string field, string reason, Func<BillingClient, Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => call(billing.AsOperator));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        var violation = Assert.Single(
            RpcErrors.DetailsOf(refused)!.Details[1].Unpack<Google.Rpc.BadRequest>().FieldViolations);
        Assert.Equal((field, reason), (violation.Field, violation.Reason));
    }

    private static async Task AssertNotFoundAsync(string reason, string hidden, string none, Func<string, Task> call)
    {
        foreach (var id in new[] { hidden, none })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => call(id));
            Assert.Equal((StatusCode.NotFound, reason), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        }
    }

    // A lease with an invoice that is paid, and a credit note.
    private async Task<(TestLease Lease, string Invoice, string Note, string Payment, string Account)> EverythingAsync()
    {
        var lease = await billing.SignAsync();
        await billing.DeliverAsync(lease.NoticeServed("2027-01-20"));
        var first = (await billing.InvoicesAsync(lease))[0];
        var payment = await billing.AsOperator.RecordPaymentAsync(new()
        {
            RequestId = Guid.CreateVersion7().ToString(),
            InvoiceId = first.InvoiceId,
            Amount = first.Amount,
        });
        var note = Assert.Single(await billing.NotesAsync(lease));
        var accounts = (await billing.AsBuyer.ListLedgerAccountsAsync(new())).LedgerAccounts;
        return (lease, first.InvoiceId, note.CorrectionNoteId, payment.PaymentId, accounts[0].LedgerAccountId);
    }
}
