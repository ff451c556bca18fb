using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Schedules;

/// <summary>The billing periods of a lease that are or will be invoiced, by date.</summary>
internal static class ScheduleReading
{
    public static async Task<List<PeriodReading>> PeriodsAsync(Transaction transaction, Guid leaseId) =>
        (await transaction.Connection.QueryAsync<PeriodReading>(
            // A period that is not scheduled any more has no day left, and nothing is due for it.
            """
            select coalesce(period.start_date, invoice.period_start) as start_date,
                   coalesce(period.end_date, invoice.period_start) as end_date,
                   coalesce(invoice.issue_date, period.issue_date) as issue_date,
                   coalesce(invoice.due_date, period.due_date) as due_date,
                   coalesce(invoice.amount - invoice.credited_amount + invoice.debited_amount, period.amount) as amount,
                   invoice.invoice_id
            from (select * from scheduled_period where lease_id = @leaseId) as period
            full join (select * from invoice_now where lease_id = @leaseId) as invoice
                on invoice.period_start = period.start_date
            order by 1
            """,
            new { leaseId })).AsList();
}

/// <summary>A billing period as it is read.</summary>
internal sealed record PeriodReading
{
    public DateOnly StartDate { get; init; }
    public DateOnly EndDate { get; init; }
    public DateOnly IssueDate { get; init; }
    public DateOnly DueDate { get; init; }

    /// <summary>Invoiced: what it came to with all notes. Planned: what it will come to.</summary>
    public long Amount { get; init; }

    /// <summary>The invoice; null: it is still to come.</summary>
    public Guid? InvoiceId { get; init; }
}
