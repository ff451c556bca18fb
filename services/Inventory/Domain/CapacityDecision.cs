namespace Marketplace.Inventory;

/// <summary>Whether a curve of a pool can be what it is to be.</summary>
internal abstract record CapacityDecision
{
    private CapacityDecision()
    {
    }

    /// <summary>It can, and leaves this free.</summary>
    public sealed record Granted(PoolDays Free) : CapacityDecision;

    /// <summary>It cannot: nothing changes.</summary>
    public sealed record Short(IReadOnlyList<Shortfall> Shortfalls) : CapacityDecision;
}
