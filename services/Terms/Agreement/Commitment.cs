namespace Marketplace.Terms;

/// <summary>A take-or-pay commitment (contract semantics, Take-or-pay).</summary>
/// <param name="ClauseId">The name of the commitment.</param>
/// <param name="TrancheIds">The tranches whose use counts; empty: all.</param>
/// <param name="Days">The fulfilment interval.</param>
/// <param name="Quantity">The committed quantity.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="TakeOrPayShare">The share that is paid whether taken or not, in <c>[0, 1]</c>.</param>
/// <param name="Price">The price of a unit, in currency units.</param>
/// <param name="MakeUpDays">Days after the interval in which what was paid may still be taken.</param>
public sealed record Commitment(
    string ClauseId,
    IReadOnlyList<string> TrancheIds,
    DateRange Days,
    decimal Quantity,
    CommitmentUnit Unit,
    decimal TakeOrPayShare,
    decimal Price,
    int MakeUpDays);

/// <summary>The unit of a commitment.</summary>
public enum CommitmentUnit
{
    /// <summary>Energy, in kWh.</summary>
    Kwh = 1,

    /// <summary>Power over time, in MW-months.</summary>
    MwMonth = 2,

    /// <summary>Accelerators over time, in accelerator-hours.</summary>
    AcceleratorHour = 3,
}
