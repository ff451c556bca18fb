using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>A pool is short of power on days that are all alike.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="TrancheId">The tranche that wants the power; empty: it is not wanted for a tranche.</param>
/// <param name="Days">The days.</param>
/// <param name="WantedKw">What is wanted.</param>
/// <param name="FreeKw">What is free for it; less than is wanted.</param>
internal sealed record Shortfall(Guid PoolId, string TrancheId, DateRange Days, int WantedKw, int FreeKw)
{
    /// <summary>The days on which more is wanted than is free.</summary>
    public static IEnumerable<Shortfall> Find(
        Guid poolId, string trancheId, DateOnly start, IReadOnlyList<int> wantedKw, IReadOnlyList<int> freeKw)
    {
        for (var first = 0; first < wantedKw.Count;)
        {
            var end = first + 1;
            while (end < wantedKw.Count && wantedKw[end] == wantedKw[first] && freeKw[end] == freeKw[first]) end++;
            if (wantedKw[first] > freeKw[first])
                yield return new(
                    poolId, trancheId, new(start.AddDays(first), start.AddDays(end)), wantedKw[first], freeKw[first]);
            first = end;
        }
    }
}
