using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>A profile and the pools of its provider that it names.</summary>
internal sealed class ProfilePools(IReadOnlyList<HeldStep> profile, Func<Guid, Pool?> pools)
{
    /// <summary>Refuses a profile on pools that the provider does not have, or on days that are not theirs.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, or INVALID_ARGUMENT naming the wrong fields.</exception>
    public void Check()
    {
        var fields = new Fields();
        foreach (var step in profile)
        {
            var pool = pools(step.PoolId)
                ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool of the provider", step.PoolId.ToString());
            if (step.Days.Start < pool.Calendar.Start || step.Days.End > pool.Calendar.End)
                fields.Wrong($"tranches[{step.TrancheIndex}].steps", "OUTSIDE_CALENDAR",
                    $"The calendar of pool {pool.PoolId} is {pool.Calendar}.");
        }
        fields.Check();
    }

    /// <summary>The profile with the margin that each pool has now, as far as its calendar goes.</summary>
    public IReadOnlyList<HeldStep> WithMargins()
    {
        if (profile.All(step => pools(step.PoolId)!.DecommissioningDays == 0)) return profile;
        var ends = profile.GroupBy(step => step.TrancheIndex).ToDictionary(
            tranche => tranche.Key, tranche => tranche.Max(step => step.Days.End));
        return
        [
            .. profile.Select(step => step with
            {
                MarginDays = Math.Min(
                    pools(step.PoolId)!.DecommissioningDays,
                    pools(step.PoolId)!.CalendarEndDate.DayNumber - ends[step.TrancheIndex].DayNumber),
            }),
        ];
    }
}
