using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Says where capacity is short.</summary>
internal static class CapacityErrors
{
    public const int ShortfallsMax = 100;

    private const int NamedMax = 3;

    /// <summary>What a decision grants.</summary>
    /// <exception cref="Grpc.Core.RpcException">RESOURCE_EXHAUSTED, CAPACITY_SHORT, naming days and kW.</exception>
    public static PoolDays Granted(CapacityDecision decision) => decision switch
    {
        CapacityDecision.Granted granted => granted.Free,
        CapacityDecision.Short refused => throw Short(refused.Shortfalls),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>RESOURCE_EXHAUSTED, CAPACITY_SHORT.</summary>
    public static Grpc.Core.RpcException Short(IReadOnlyList<Shortfall> shortfalls)
    {
        var detail = new V1.CapacityShort { ShortfallCount = shortfalls.Count };
        detail.Shortfalls.Add(shortfalls.Take(ShortfallsMax).Select(shortfall => shortfall.ToProto()));
        var named = shortfalls.Take(NamedMax).Select(found =>
            $"from {found.Days.Start:O} to {found.Days.End.AddDays(-1):O} "
            + $"{found.WantedKw} kW are wanted and {found.FreeKw} kW free");
        var more = shortfalls.Count > NamedMax ? $", and {shortfalls.Count - NamedMax} more intervals" : "";
        return RpcErrors.ResourceExhausted(
            "CAPACITY_SHORT", $"Capacity is short: {string.Join("; ", named)}{more}.", detail);
    }
}
