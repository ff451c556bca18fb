using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// Keeps the capacity of leases as long as they last, and frees it from the day on that they end earlier.
/// </summary>
internal sealed class LeaseConsumer : EventConsumer
{
    public LeaseConsumer()
        : base("inventory.lease", "lease")
    {
        // A notice without effect states the end that the lease has anyway, which a withdrawal may be about to move.
        On<LeaseNoticeServed>((notice, context, transaction, _) => notice.MovesEnd
            ? ChangeReservation.EndMovedForwardAsync(
                transaction, notice.LeaseId, notice.EndDate, context.AggregateVersion)
            : Task.CompletedTask);
        On<LeaseNoticeWithdrawn>((notice, context, transaction, _) => ChangeReservation.EndMovedBackAsync(
            transaction, notice.LeaseId, notice.EndDate, context.AggregateVersion));
        // The days up to the end stay on the books: they were held.
        On<LeaseEnded>((lease, context, transaction, _) => ChangeReservation.EndMovedForwardAsync(
            transaction, lease.LeaseId, lease.EndDate, context.AggregateVersion));
    }
}
