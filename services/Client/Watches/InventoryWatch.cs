using Grpc.Core;
using Marketplace.Inventory.V1;

namespace Marketplace.Client;

/// <summary>Listings and free capacity, each change once and in sequence.</summary>
internal sealed class InventoryWatch(
    InventoryService.InventoryServiceClient inventory, MarketClientOptions options, long afterSequence)
    : Watch<InventoryChange>(options, options.Endpoints.Inventory)
{
    private long resumeAfter = afterSequence;
    private bool inSnapshot;

    // Three of the heartbeats that the service sends at least every ten seconds.
    protected override TimeSpan SilenceMax { get; } = TimeSpan.FromSeconds(30);

    // A snapshot that broke off left the caller with a part of it: only another one helps.
    protected override AsyncServerStreamingCall<InventoryChange> Open(CallOptions callOptions) =>
        inventory.WatchInventory(new() { AfterSequence = inSnapshot ? 0 : resumeAfter }, callOptions);

    protected override bool Accept(InventoryChange message)
    {
        switch (message.ChangeCase)
        {
            case InventoryChange.ChangeOneofCase.SnapshotBegin:
                inSnapshot = true;
                return true;
            case InventoryChange.ChangeOneofCase.SnapshotEnd:
                (inSnapshot, resumeAfter) = (false, message.Sequence);
                return true;
            case InventoryChange.ChangeOneofCase.Heartbeat:
                resumeAfter = Math.Max(resumeAfter, message.Sequence);
                return false;
            default:
                if (inSnapshot) return true;
                if (message.Sequence <= resumeAfter) return false;
                resumeAfter = message.Sequence;
                return true;
        }
    }
}
