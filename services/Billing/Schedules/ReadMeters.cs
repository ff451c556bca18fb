using Dapper;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Billing.Schedules;

/// <summary>Reads the meters of a lease.</summary>
internal static class ReadMeters
{
    /// <summary>The meters on a date; without one, today where the lease is.</summary>
    public static async Task<Meters> HandleAsync(BilledLease lease, DateOnly? date, Transaction transaction)
    {
        var at = date ?? lease.Signed.DateAt(transaction.Now);
        // After the end nothing can be walked away from any more, and the days of a notice must not leave the calendar.
        var last = at < lease.EndDate ? at : lease.EndDate;
        var meters = Meters.Read(lease.Signed.Terms.CutAt(lease.EndDate), lease.Due, last);
        var billed = await BilledAsync(transaction, lease.LeaseId, at);
        return meters with { At = at, Billed = billed, Remaining = meters.Headline - billed };
    }

    // On a date to come, what is planned up to then counts as invoiced.
    private static Task<long> BilledAsync(Transaction transaction, Guid leaseId, DateOnly at) =>
        transaction.Connection.QuerySingleAsync<long>(
            """
            select coalesce(sum(amount), 0)::bigint from (
                select amount from invoice where lease_id = @leaseId and issue_date <= @at
                union all
                select case kind when 2 then amount else -amount end from correction_note
                where lease_id = @leaseId and issue_date <= @at
                union all
                select amount from scheduled_period as period
                where lease_id = @leaseId and issue_date <= @at and not exists (
                    select from invoice where lease_id = @leaseId and period_start = period.start_date)
            ) as billed
            """,
            new { leaseId, at });
}
