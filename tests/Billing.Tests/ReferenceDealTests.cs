using Marketplace.Billing.V1;

namespace Marketplace.Billing.Tests;

/// <summary>The reference deal from its signing to its last invoice, month by month on the market clock.</summary>
public sealed class ReferenceDealTests : IAsyncLifetime
{
    private readonly BillingHost billing = new() { Start = new(2026, 4, 15, 14, 0, 0, TimeSpan.Zero) };

    public Task InitializeAsync() => billing.InitializeAsync();

    public Task DisposeAsync() => billing.DisposeAsync();

    [Fact]
    public async Task AdvanceClock_ReferenceDeal_Issues37InvoicesThatArePaidAndBalance()
    {
        var lease = await billing.SignAsync();
        var projected = await billing.ScheduleAsync(lease);
        Assert.Equal(37, projected.Periods.Count);
        Assert.All(projected.Periods, period => Assert.Equal(ScheduledPeriodState.Planned, period.State));
        Assert.Equal("45000000000.00", projected.TotalAmount.Text());
        var meters = await billing.MetersAsync(lease);
        Assert.Equal(("45000000000.00", "1814516129.03"), (meters.HeadlineAmount.Text(), meters.FirmAmount.Text()));

        for (var month = 1; month <= 37; month++)
        {
            await billing.Clock.AdvanceAsync(Noon(new DateOnly(2026, 4, 1).AddMonths(month)));
            var invoices = await billing.InvoicesAsync(lease);
            Assert.Equal(month, invoices.Count);
            await PayAsync(invoices[^1]);
        }
        await billing.Clock.AdvanceAsync(Noon(new(2029, 6, 1)));
        await billing.DeliverAsync(lease.Ended("2029-06-01", "EXPIRED"));

        var issued = await billing.InvoicesAsync(lease);
        Assert.Equal(37, issued.Count);
        Assert.Equal("45000000000.00", issued.Select(invoice => invoice.Amount).Total());
        Assert.Equal(
            projected.Periods.Select(
                period => (period.StartDate, period.EndDate, period.IssueDate, period.DueDate, period.Amount)),
            issued.Select(
                invoice =>
                    (invoice.PeriodStartDate, invoice.PeriodEndDate, invoice.IssueDate, invoice.DueDate,
                        invoice.Amount)));
        Assert.All(issued, invoice => Assert.Equal(InvoiceState.Settled, invoice.State));
        await AssertBooksAsync("45000000000.00");
        // Each invoice tells twice: that it is issued, and that it is paid.
        var sent = (await billing.Clock.QuiescenceAsync()).Sent.Single(count => count.Stream == "invoice");
        Assert.Equal(37 + 37, sent.TotalCount);
    }

    [Fact]
    public async Task LeaseNoticeServed_Of2027_ShortensTheLastInvoiceToOneDay()
    {
        var lease = await billing.SignAsync();
        await billing.Clock.AdvanceAsync(new(2027, 1, 1, 18, 0, 0, TimeSpan.Zero));
        await billing.DeliverAsync(lease.NoticeServed("2027-04-02"));
        Assert.Equal("12541666666.67", (await billing.ScheduleAsync(lease)).TotalAmount.Text());

        await billing.Clock.AdvanceAsync(Noon(new(2027, 4, 2)));
        await billing.DeliverAsync(lease.Ended("2027-04-02"));
        await billing.Clock.AdvanceAsync(Noon(new(2029, 6, 1)));

        var invoices = await billing.InvoicesAsync(lease);
        Assert.Equal(12, invoices.Count);
        var last = invoices[^1];
        Assert.Equal(
            ("2027-04-01", "2027-04-02", "41666666.67"),
                (last.PeriodStartDate.Text(), last.PeriodEndDate.Text(), last.Amount.Text()));
        Assert.Equal("12541666666.67", invoices.Select(invoice => invoice.Amount).Total());
        Assert.Empty(await billing.NotesAsync(lease));
        var meters = await billing.MetersAsync(lease);
        Assert.Equal(
            ("12541666666.67", "12541666666.67", "0.00"),
            (meters.HeadlineAmount.Text(), meters.BilledAmount.Text(), meters.RemainingAmount.Text()));
        Assert.True((await billing.CheckAsync()).Balanced);
    }

    private async Task PayAsync(Invoice invoice) => await billing.AsOperator.RecordPaymentAsync(new()
    {
        RequestId = Guid.CreateVersion7().ToString(),
        InvoiceId = invoice.InvoiceId,
        Amount = invoice.OutstandingAmount,
    });

    private async Task AssertBooksAsync(string total)
    {
        var check = await billing.CheckAsync();
        Assert.True(check.Balanced);
        Assert.True(check.ChainIntact);
        Assert.Equal((74, 74), (check.EntryCount, check.BatchCount));
        var accounts = (await billing.AsOperator.ListLedgerAccountsAsync(new())).LedgerAccounts
            .ToDictionary(account => account.Kind, account => account.Balance.Text());
        Assert.Equal("0.00", accounts[LedgerAccountKind.BuyerReceivable]);
        Assert.Equal("-" + total, accounts[LedgerAccountKind.ProviderPayable]);
        Assert.Equal(total, accounts[LedgerAccountKind.SettlementCash]);
    }

    private static DateTimeOffset Noon(DateOnly day) => new(day, new(18, 0), TimeSpan.Zero);
}
