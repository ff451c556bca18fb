namespace Marketplace.Terms;

/// <summary>How a tranche comes into service.</summary>
/// <param name="Kind">What starts the service.</param>
/// <param name="Acceptance">Dates and damages, with acceptance only.</param>
public sealed record Delivery(DeliveryKind Kind, AcceptanceTerms? Acceptance);

/// <summary>What starts the service of a tranche.</summary>
public enum DeliveryKind
{
    /// <summary>The first day of the term.</summary>
    AtStart = 1,

    /// <summary>The buyer's acceptance.</summary>
    Acceptance = 2,
}

/// <summary>Delivery by acceptance.</summary>
/// <param name="TargetReadyDate">The day on which the provider means to be ready.</param>
/// <param name="GuaranteedReadyDate">The day by which it promises to be; not before the target.</param>
/// <param name="LongstopDate">The day from which the buyer may drop the tranche; not before the guaranteed day.</param>
/// <param name="AcceptanceDays">Days of silence after which the tranche is deemed accepted.</param>
/// <param name="DelayDamages">What is paid for delay, if anything.</param>
public sealed record AcceptanceTerms(
    DateOnly TargetReadyDate,
    DateOnly GuaranteedReadyDate,
    DateOnly LongstopDate,
    int AcceptanceDays,
    DelayDamages? DelayDamages);

/// <summary>Liquidated damages for late delivery.</summary>
/// <param name="AmountPerMwDay">For each MW and day, in currency units.</param>
/// <param name="CapMinorUnits">The most for the tranche, if capped.</param>
public sealed record DelayDamages(decimal AmountPerMwDay, long? CapMinorUnits);

/// <summary>Credits for unavailability, month by month.</summary>
/// <param name="Tiers">Thresholds descending, credits rising.</param>
/// <param name="MonthlyCap">The most for a month as a share of the tranche's fee, if capped.</param>
/// <param name="MaintenanceMinutesPerMonth">Minutes of agreed maintenance that do not count.</param>
/// <param name="ChronicMonths">Months below the first threshold that make a failure chronic; 0: none.</param>
/// <param name="ChronicWindowMonths">The months looked at.</param>
public sealed record Availability(
    IReadOnlyList<CreditTier> Tiers,
    decimal? MonthlyCap,
    int MaintenanceMinutesPerMonth,
    int ChronicMonths,
    int ChronicWindowMonths);

/// <summary>One tier of availability credits.</summary>
/// <param name="AvailabilityBelow">The availability below which it applies, in <c>[0, 1]</c>.</param>
/// <param name="Credit">The share of the month's fee of the tranche, in <c>[0, 1]</c>.</param>
public sealed record CreditTier(decimal AvailabilityBelow, decimal Credit);
