using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Expires listings when their time is over.</summary>
internal sealed class ListingExpiry : IDueWork
{
    public const string WorkKind = "listing.expiry";

    public string Kind => WorkKind;

    public Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken) =>
        ListingLifecycle.ExpireAsync(transaction, Guid.Parse(item.Payload));
}
