using Dapper;
using Marketplace.Billing.Books;
using Marketplace.Billing.Domain;
using Marketplace.Billing.Invoicing;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Schedules;

/// <summary>
/// Follows what happens to a lease: its schedule is that of the signed terms up to the present end, what is due is
/// issued, and what was issued is corrected to that. The version of the lease keeps an event that comes again from
/// doing anything.
/// </summary>
internal static class FollowLease
{
    // The schedule is an aggregate of its own that goes by its lease's id: nothing else of this service's does.
    private const long BuiltVersion = 1;

    /// <summary>The lease is signed: its schedule begins.</summary>
    public static async Task OpenAsync(LeaseSigned signed, long version, Transaction transaction)
    {
        var terms = SignedTerms.Read(signed.TermsBytes, signed.TermsSha256).Terms;
        var inserted = await transaction.Connection.ExecuteAsync(
            """
            insert into lease (lease_id, provider_organisation_id, buyer_organisation_id, terms_bytes, terms_sha256,
                currency_code, time_zone, sign_time, end_date, lease_version)
            values (@LeaseId, @ProviderOrganisationId, @BuyerOrganisationId, @TermsBytes, @TermsSha256, @currency,
                @zone, @signTime, @end, @version)
            on conflict (lease_id) do nothing
            """,
            new
            {
                signed.LeaseId,
                signed.ProviderOrganisationId,
                signed.BuyerOrganisationId,
                signed.TermsBytes,
                signed.TermsSha256,
                currency = terms.Currency.Code,
                zone = terms.Zone.Id,
                signTime = Instant.FromDateTimeOffset(signed.SignTime),
                end = terms.Term.End,
                version,
            });
        if (inserted == 0) return;
        var lease = (await BilledLease.LockAsync(transaction, signed.LeaseId))!;
        await SettleAsync(lease, new("LEASE_SIGNED", null, transaction.Now), transaction);
        await transaction.PublishAsync(lease.LeaseId, BuiltVersion, new ScheduleBuilt
        {
            LeaseId = lease.LeaseId,
            PeriodCount = lease.Due.Invoices.Count,
            CurrencyCode = terms.Currency.Code,
            Amount = terms.Currency.Format(lease.Due.TotalMinorUnits),
        });
    }

    /// <summary>The lease ends on another day than before, or on the same.</summary>
    /// <param name="change">The lease, the end and the version that it has with it.</param>
    /// <param name="cause">What led to it.</param>
    /// <param name="transaction">The transaction.</param>
    public static async Task MoveEndAsync(EndChange change, CorrectionCause cause, Transaction transaction)
    {
        var lease = await BilledLease.LockAsync(transaction, change.LeaseId)
            ?? throw new InvalidOperationException($"The lease {change.LeaseId} was never signed.");
        if (change.LeaseVersion <= lease.LeaseVersion) return;
        await transaction.Connection.ExecuteAsync(
            """
            update lease set end_date = @EndDate, lease_version = @LeaseVersion, end_kind = coalesce(@EndKind, end_kind)
            where lease_id = @LeaseId
            """,
            change);
        if (change.EndDate == lease.EndDate) return;
        // The copy reads the terms anew, for another end.
        await SettleAsync((await BilledLease.LockAsync(transaction, change.LeaseId))!, cause, transaction);
    }

    private static async Task SettleAsync(BilledLease lease, CorrectionCause cause, Transaction transaction)
    {
        await ScheduleRows.WriteAsync(lease, transaction);
        List<JournalEntry> entries =
        [
            .. await CorrectInvoices.HandleAsync(lease, cause, transaction),
            .. await IssueInvoice.IssuePastAsync(lease, transaction),
        ];
        await Ledger.PostAsync(transaction, entries);
    }
}

/// <summary>A lease's end as an event states it.</summary>
/// <param name="LeaseId">The lease.</param>
/// <param name="LeaseVersion">The version of the event.</param>
/// <param name="EndDate">The day after the last service day.</param>
/// <param name="EndKind">How the lease has ended; null: it has not.</param>
internal sealed record EndChange(Guid LeaseId, long LeaseVersion, DateOnly EndDate, string? EndKind);
