using Marketplace.Contracts;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Shows blind listings to the buyers who negotiate on them.</summary>
internal sealed class DisclosureConsumer : EventConsumer
{
    public DisclosureConsumer()
        : base("inventory.disclosure", "disclosure") =>
        On<ListingDisclosed>((disclosed, _, transaction, _) =>
            ListingRows.DiscloseAsync(transaction, disclosed.ListingId, disclosed.BuyerOrganisationId));
}
