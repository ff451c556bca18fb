using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// Keeps the capacity of leases as long as they last, and frees it from the day on that they end earlier. The change of
/// the books is durable before the event counts as applied; a second time, the version of the lease tells that it was.
/// </summary>
internal sealed class LeaseConsumer : EventConsumer
{
    private readonly ProviderBooks books;

    public LeaseConsumer(ProviderBooks books)
        : base("inventory.lease", "lease")
    {
        this.books = books;
        // A notice without effect states the end that the lease has anyway, which a withdrawal may be about to move.
        On<LeaseNoticeServed>((notice, context, transaction, cancellationToken) => notice.MovesEnd
            ? FollowAsync(notice.LeaseId, notice.EndDate, context, movesBack: false, transaction, cancellationToken)
            : Task.CompletedTask);
        On<LeaseNoticeWithdrawn>((notice, context, transaction, cancellationToken) =>
            FollowAsync(notice.LeaseId, notice.EndDate, context, movesBack: true, transaction, cancellationToken));
        // The days up to the end stay on the books: they were held.
        On<LeaseEnded>((lease, context, transaction, cancellationToken) =>
            FollowAsync(lease.LeaseId, lease.EndDate, context, movesBack: false, transaction, cancellationToken));
    }

    private async Task FollowAsync(
        Guid leaseId,
        DateOnly endDate,
        EventContext context,
        bool movesBack,
        Transaction transaction,
        CancellationToken cancellationToken)
    {
        var providerId = await ShardRows.ProviderOfAsync(transaction, leaseId)
            ?? throw ExistingReservationChange.NotFound(leaseId);
        await books.ChangeAsync(
            providerId, new FollowLeaseEnd(leaseId, endDate, context.AggregateVersion, movesBack), cancellationToken);
    }
}
