using Marketplace.Contracts;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Consumers;

/// <summary>Leads leases on when Billing has built their schedules.</summary>
internal sealed class ScheduleConsumer : EventConsumer
{
    public ScheduleConsumer()
        : base("leasing.schedule", "schedule") =>
        On<ScheduleBuilt>((built, context, transaction, _) =>
            LeaseBook.ScheduledAsync(transaction, built.LeaseId, context.MarketTime));
}
