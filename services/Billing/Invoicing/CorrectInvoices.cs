using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.Billing.Schedules;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Corrects what was invoiced to what is due up to the lease's present end: a credit note where it is less, a debit
/// note where it is more. An invoice itself never changes.
/// </summary>
internal static class CorrectInvoices
{
    /// <summary>Corrects the invoices of a lease.</summary>
    /// <returns>What is to be posted.</returns>
    public static async Task<List<JournalEntry>> HandleAsync(
        BilledLease lease, CorrectionCause cause, Transaction transaction)
    {
        var due = lease.Due.Invoices.ToDictionary(invoice => invoice.Period.Start);
        var invoices = await transaction.Connection.QueryAsync<(Guid InvoiceId, DateOnly PeriodStart, long Net)>(
            """
            select invoice_id, period_start, amount - credited_amount + debited_amount from invoice_now
            where lease_id = @LeaseId order by period_start
            """,
            new { lease.LeaseId });
        var entries = new List<JournalEntry>();
        foreach (var (invoiceId, periodStart, net) in invoices)
        {
            var target = due.GetValueOrDefault(periodStart);
            if (net == (target?.AmountMinorUnits ?? 0)) continue;
            var stated = await InvoiceRows.StatedLinesAsync(transaction, invoiceId);
            var correction = Correction.Between(
                stated, target is null ? [] : ChargeLine.Of(lease.Signed.Terms, target))!;
            entries.Add(await InsertAsync(lease, invoiceId, correction, cause, transaction));
        }
        return entries;
    }

    private static async Task<JournalEntry> InsertAsync(
        BilledLease lease, Guid invoiceId, Correction correction, CorrectionCause cause, Transaction transaction)
    {
        var noteId = Guid.CreateVersion7();
        var version = await InvoiceRows.NextVersionAsync(transaction, invoiceId);
        await transaction.Connection.ExecuteAsync(
            """
            insert into correction_note (correction_note_id, kind, invoice_id, invoice_version, lease_id, issue_date,
                amount, reason, notice_id, occur_time, create_time)
            values (@noteId, @kind, @invoiceId, @version, @LeaseId, @issueDate, @Amount, @Reason, @NoticeId,
                @OccurTime, @Now)
            """,
            new
            {
                noteId,
                kind = (int)correction.Kind,
                invoiceId,
                version,
                lease.LeaseId,
                issueDate = lease.Signed.DateAt(transaction.Now),
                correction.Amount,
                cause.Reason,
                cause.NoticeId,
                cause.OccurTime,
                transaction.Now,
            });
        await InvoiceRows.InsertCorrectedLinesAsync(transaction, noteId, correction.Lines);
        var isCredit = correction.Kind == CorrectionKind.Credit;
        await transaction.PublishAsync(invoiceId, version, new InvoiceCorrected
        {
            InvoiceId = invoiceId,
            LeaseId = lease.LeaseId,
            CorrectionNoteId = noteId,
            Amount = lease.Signed.Terms.Currency.Format(isCredit ? -correction.Amount : correction.Amount),
        });
        return JournalEntry.OfNote(noteId, lease.Parties, correction, cause.OccurTime);
    }
}

/// <summary>What led to a correction.</summary>
/// <param name="Reason">A stable reason.</param>
/// <param name="NoticeId">The notice, if it was one.</param>
/// <param name="OccurTime">When it happened, by the market clock.</param>
internal sealed record CorrectionCause(string Reason, Guid? NoticeId, Instant OccurTime);
