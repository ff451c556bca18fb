using Marketplace.Inventory.V1;
using Marketplace.Terms;

namespace Marketplace.Leasing.Domain;

/// <summary>Power over time as steps in ascending order; on days outside of them there is none.</summary>
internal static class FreeCapacity
{
    /// <summary>The least power on any of the days.</summary>
    public static int Least(IReadOnlyList<CapacityStep> steps, DateRange days) =>
        Pieces(steps, days).Min(piece => piece.ContractedKw);

    /// <summary>Where wanted power is more than what is free, the days and kW.</summary>
    public static IEnumerable<CapacityShortfall> Shortfalls(
        string poolId, IEnumerable<CapacityStep> wanted, IReadOnlyList<CapacityStep> free) =>
        from step in wanted
        from piece in Pieces(free, step.Days)
        where piece.ContractedKw < step.ContractedKw
        select Shortfall(poolId, "", piece.Days, step.ContractedKw, piece.ContractedKw);

    public static CapacityShortfall Shortfall(
        string poolId, string trancheId, DateRange days, int wantedKw, int freeKw) => new()
        {
            PoolId = poolId,
            TrancheId = trancheId,
            StartDate = Wire.Date(days.Start),
            EndDate = Wire.Date(days.End),
            WantedKw = wantedKw,
            FreeKw = freeKw,
            ShortKw = wantedKw - freeKw,
        };

    // Covers the days exactly: where no step says anything there is nothing.
    private static IEnumerable<CapacityStep> Pieces(IReadOnlyList<CapacityStep> steps, DateRange days)
    {
        var covered = days.Start;
        foreach (var step in steps)
        {
            var piece = step.Days.Intersect(days);
            if (piece.IsEmpty) continue;
            if (piece.Start > covered) yield return new(new(covered, piece.Start), 0);
            yield return new(piece, step.ContractedKw);
            covered = piece.End;
        }
        if (covered < days.End) yield return new(new(covered, days.End), 0);
    }
}
