using Dapper;
using Marketplace.Billing.Books;
using Marketplace.Billing.Domain;
using Marketplace.Billing.Schedules;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Issues the invoice of a billing period: computed from the signed terms up to the lease's present end when it is
/// issued, and once for each period.
/// </summary>
internal static class IssueInvoice
{
    /// <summary>Issues the invoice of a period if it is due and not issued, and posts it.</summary>
    public static async Task HandleAsync(Guid leaseId, DateOnly periodStart, Transaction transaction)
    {
        var lease = await BilledLease.LockAsync(transaction, leaseId)
            ?? throw new InvalidOperationException($"The lease {leaseId} was never signed.");
        await Ledger.PostAsync(transaction, await IssueAsync(lease, periodStart, transaction));
    }

    /// <summary>Issues the invoices of all periods whose time of issue has come.</summary>
    /// <returns>What is to be posted.</returns>
    public static Task<List<JournalEntry>> IssuePastAsync(BilledLease lease, Transaction transaction) =>
        IssueAsync(lease, null, transaction);

    private static async Task<List<JournalEntry>> IssueAsync(BilledLease lease, DateOnly? only, Transaction transaction)
    {
        var issued = (await transaction.Connection.QueryAsync<DateOnly>(
            "select period_start from invoice where lease_id = @LeaseId", new { lease.LeaseId })).ToHashSet();
        var entries = new List<JournalEntry>();
        foreach (var invoice in lease.Due.Invoices)
        {
            if (only is not null && invoice.Period.Start != only || issued.Contains(invoice.Period.Start)) continue;
            if (lease.Signed.FirstInstantOf(invoice.IssueDate) > transaction.Now) continue;
            var invoiceId = await InsertAsync(lease, invoice, transaction);
            // What costs nothing is invoiced, but there is nothing to post.
            if (invoice.AmountMinorUnits > 0)
                entries.Add(
                    JournalEntry.OfInvoice(invoiceId, lease.Parties, invoice.AmountMinorUnits, transaction.Now));
        }
        return entries;
    }

    private static async Task<Guid> InsertAsync(BilledLease lease, Terms.Invoice invoice, Transaction transaction)
    {
        var (terms, invoiceId) = (lease.Signed.Terms, Guid.CreateVersion7());
        // An invoice that is issued late is due as many days after its issue as any other.
        var today = lease.Signed.DateAt(transaction.Now);
        var issueDate = today > invoice.IssueDate ? today : invoice.IssueDate;
        var dueDate = issueDate.AddDays(terms.Billing.DueDays);
        await transaction.Connection.ExecuteAsync(
            """
            insert into invoice (invoice_id, lease_id, period_start, period_end, issue_date, due_date, amount,
                create_time)
            values (@invoiceId, @LeaseId, @Start, @End, @issueDate, @dueDate, @AmountMinorUnits, @Now)
            """,
            new
            {
                invoiceId,
                lease.LeaseId,
                invoice.Period.Start,
                invoice.Period.End,
                issueDate,
                dueDate,
                invoice.AmountMinorUnits,
                transaction.Now,
            });
        await InvoiceRows.InsertLinesAsync(transaction, invoiceId, ChargeLine.Of(terms, invoice));
        var version = await InvoiceRows.FirstVersionAsync(transaction, invoiceId);
        await transaction.PublishAsync(invoiceId, version, new InvoiceIssued
        {
            InvoiceId = invoiceId,
            LeaseId = lease.LeaseId,
            PeriodStart = invoice.Period.Start,
            PeriodEnd = invoice.Period.End,
            DueDate = dueDate,
            CurrencyCode = terms.Currency.Code,
            Amount = terms.Currency.Format(invoice.AmountMinorUnits),
        });
        return invoiceId;
    }
}
