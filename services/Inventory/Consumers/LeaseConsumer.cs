using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Frees the capacity of leases that end earlier than they were signed for.</summary>
internal sealed class LeaseConsumer : EventConsumer
{
    public LeaseConsumer()
        : base("inventory.lease", "lease")
    {
        On<LeaseNoticeServed>((notice, _, transaction, _) =>
            ChangeReservation.NoticeServedAsync(transaction, notice.LeaseId, notice.EndDate));
        On<LeaseNoticeWithdrawn>((notice, _, transaction, _) =>
            ChangeReservation.NoticeWithdrawnAsync(transaction, notice.LeaseId, notice.EndDate));
        // The days up to the end stay on the books: they were held.
        On<LeaseEnded>((lease, _, transaction, _) =>
            ChangeReservation.TruncateAsync(transaction, lease.LeaseId, lease.EndDate));
    }
}
