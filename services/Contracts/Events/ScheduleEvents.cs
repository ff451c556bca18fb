namespace Marketplace.Contracts;

/// <summary>
/// The billing schedule of a signed lease stands: the first event of the schedule. A lease has one schedule, which goes
/// by the lease's id.
/// </summary>
[Event("schedule", "schedule-built.v1")]
public sealed record ScheduleBuilt
{
    /// <summary>The lease.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>How many billing periods it has.</summary>
    public required int PeriodCount { get; init; }

    /// <summary>The currency, ISO 4217.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>The sum of all periods as a plain decimal with the currency's places.</summary>
    public required string Amount { get; init; }
}
