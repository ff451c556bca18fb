using Marketplace.Billing.Schedules;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Consumers;

/// <summary>Turns what happens to leases into schedules, invoices and notes.</summary>
internal sealed class LeaseConsumer : EventConsumer
{
    public LeaseConsumer()
        : base("billing.lease", "lease")
    {
        On<LeaseSigned>((signed, context, transaction, _) =>
            FollowLease.OpenAsync(signed, context.AggregateVersion, transaction));
        On<LeaseNoticeServed>((served, context, transaction, _) => FollowLease.MoveEndAsync(
            Change(context, served.EndDate), new("NOTICE_SERVED", served.NoticeId, context.MarketTime), transaction));
        On<LeaseNoticeWithdrawn>((withdrawn, context, transaction, _) => FollowLease.MoveEndAsync(
            Change(context, withdrawn.EndDate),
            new("NOTICE_WITHDRAWN", withdrawn.NoticeId, context.MarketTime),
            transaction));
        On<LeaseEnded>((ended, context, transaction, _) => FollowLease.MoveEndAsync(
            Change(context, ended.EndDate, ended.Kind), new("LEASE_ENDED", null, context.MarketTime), transaction));
    }

    private static EndChange Change(EventContext context, DateOnly end, string? endKind = null) =>
        new(context.AggregateId, context.AggregateVersion, end, endKind);
}
