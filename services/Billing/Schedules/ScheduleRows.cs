using System.Text.Json;
using Dapper;
using Marketplace.Billing.Workers;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Schedules;

/// <summary>The billing periods of a lease as they are stored, and the work that each makes due.</summary>
internal static class ScheduleRows
{
    /// <summary>Writes the periods up to the lease's present end in place of those before.</summary>
    public static async Task WriteAsync(BilledLease lease, Transaction transaction)
    {
        var due = lease.Due.Invoices;
        await transaction.Connection.ExecuteAsync(
            "delete from scheduled_period where lease_id = @LeaseId", new { lease.LeaseId });
        await transaction.Connection.ExecuteAsync(
            """
            insert into scheduled_period (lease_id, start_date, end_date, issue_date, due_date, amount)
            select @LeaseId, * from unnest(@starts, @ends, @issues, @dues, @amounts)
            """,
            new
            {
                lease.LeaseId,
                starts = due.Select(invoice => invoice.Period.Start).ToArray(),
                ends = due.Select(invoice => invoice.Period.End).ToArray(),
                issues = due.Select(invoice => invoice.IssueDate).ToArray(),
                dues = due.Select(invoice => invoice.DueDate).ToArray(),
                amounts = due.Select(invoice => invoice.AmountMinorUnits).ToArray(),
            });
        foreach (var invoice in due)
        {
            var dueTime = lease.Signed.FirstInstantOf(invoice.IssueDate);
            if (dueTime <= transaction.Now) continue;
            // A notice moves the issue date of a period in arrears, so the date is part of the key.
            await transaction.ScheduleAsync(
                InvoiceWork.KindName,
                $"{lease.LeaseId}:{invoice.Period.Start:O}:{invoice.IssueDate:O}",
                dueTime,
                JsonSerializer.Serialize(new InvoiceWork.Period(lease.LeaseId, invoice.Period.Start)));
        }
    }
}
