namespace Marketplace.Inventory;

/// <summary>Whether a change of pools' books is possible.</summary>
internal abstract record CapacityDecision
{
    private CapacityDecision()
    {
    }

    /// <summary>It is, and leaves this free.</summary>
    public sealed record Granted(IReadOnlyList<PoolDays> Pools) : CapacityDecision;

    /// <summary>It is not: nothing changes.</summary>
    public sealed record Short(IReadOnlyList<Shortfall> Shortfalls) : CapacityDecision;
}
