using Marketplace.Contracts;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Lifecycle;

/// <summary>
/// Leads a lease on when the first instant of a civil day of its zone has come: its start, the end of its ramp, its
/// end.
/// </summary>
internal sealed class LeasePhaseWork : IDueWork
{
    private const string WorkKind = "lease-phase";

    public string Kind => WorkKind;

    /// <summary>Has the lease looked at when a day begins.</summary>
    public static Task ScheduleAsync(Transaction transaction, Guid leaseId, DateTimeZone zone, DateOnly date) =>
        transaction.ScheduleAsync(
            WorkKind, $"{leaseId}/{date:O}", zone.AtStartOfDay(LocalDate.FromDateOnly(date)).ToInstant(),
            leaseId.ToString());

    public async Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken)
    {
        var row = await LeaseBook.LoadAsync(transaction, Guid.Parse(item.Payload), toChange: true);
        if (row is null or { State: "ENDED" }) return;
        var terms = row.Terms();
        // What happened on that day, however late it is known.
        var date = item.DueTime.InZone(terms.Zone).Date.ToDateOnly();
        var state = LeasePhases.On(terms, row.EndDate, date, row.IsScheduled);
        if (state == V1.LeaseState.Ended) await EndAsync(transaction, row, item.DueTime);
        else if (row.State != ProtoNames.Of(state))
            await LeaseBook.SaveAsync(
                transaction, row, row with { State = ProtoNames.Of(state) }, Cause.Market(Reason(state), item.DueTime));
    }

    private static async Task EndAsync(Transaction transaction, LeaseRow row, Instant endTime)
    {
        var kind = row.EndKind ?? ProtoNames.Of(V1.LeaseEndKind.Expired);
        var ended = row with { State = ProtoNames.Of(V1.LeaseState.Ended), EndKind = kind };
        await LeaseBook.SaveAsync(transaction, row, ended, Cause.Market($"LEASE_{kind}", endTime));
        await LeaseBook.PublishAsync(
            transaction, row.LeaseId, new LeaseEnded { LeaseId = row.LeaseId, Kind = kind, EndDate = row.EndDate });
    }

    private static string Reason(V1.LeaseState state) => state == V1.LeaseState.Active ? "FULL_SERVICE" : "TERM_BEGAN";
}
