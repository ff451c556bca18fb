using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>
/// Ends holds when their time is over. The change of the books is durable before the work counts as done; a second time
/// there is nothing left to give back.
/// </summary>
internal sealed class HoldExpiry(ProviderBooks books) : IDueWork
{
    public const string WorkKind = "hold.expiry";

    public string Kind => WorkKind;

    public async Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken)
    {
        var leaseId = Guid.Parse(item.Payload);
        if (await ShardRows.ProviderOfAsync(transaction, leaseId) is { } providerId)
            await books.ChangeAsync(providerId, new ExpireHold(leaseId), cancellationToken);
    }
}
