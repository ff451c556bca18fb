namespace Marketplace.Terms;

/// <summary>A part of the leased capacity that is delivered, measured and priced together.</summary>
/// <param name="Id">The tranche's name within the lease.</param>
/// <param name="PoolId">The capacity pool that supplies it, if it is known yet.</param>
/// <param name="ServiceLevel">What the provider operates.</param>
/// <param name="CapacitySteps">The contracted power; the steps cover the term exactly, in order.</param>
/// <param name="Delivery">How the tranche comes into service.</param>
/// <param name="Availability">Credits for unavailability, if any are promised.</param>
/// <param name="AcceleratorModel">The accelerator's model; may be empty.</param>
/// <param name="AcceleratorCount">The number of accelerators; 0: not stated.</param>
public sealed record Tranche(
    string Id,
    Guid? PoolId,
    ServiceLevel ServiceLevel,
    IReadOnlyList<CapacityStep> CapacitySteps,
    Delivery Delivery,
    Availability? Availability,
    string AcceleratorModel,
    int AcceleratorCount)
{
    /// <summary>The contracted power in kW on <paramref name="date"/>; 0 outside the term.</summary>
    public int ContractedKw(DateOnly date)
    {
        foreach (var step in CapacitySteps)
            if (step.Days.Contains(date)) return step.ContractedKw;
        return 0;
    }
}

/// <summary>The contracted power over some days.</summary>
/// <param name="Days">The days.</param>
/// <param name="ContractedKw">The power in kW.</param>
public sealed record CapacityStep(DateRange Days, int ContractedKw);

/// <summary>What the provider operates for the buyer.</summary>
public enum ServiceLevel
{
    /// <summary>A building with power.</summary>
    PoweredShell = 1,

    /// <summary>Racks with power and cooling.</summary>
    Colocation = 2,

    /// <summary>Machines.</summary>
    BareMetal = 3,

    /// <summary>A cluster.</summary>
    ManagedCluster = 4,
}
