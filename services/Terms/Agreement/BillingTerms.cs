namespace Marketplace.Terms;

/// <summary>When fees are invoiced and due.</summary>
/// <param name="Cycle">Where billing periods begin.</param>
/// <param name="AnniversaryDay">The day of the month on which a period begins; 0 with calendar months.</param>
/// <param name="Timing">Whether a period is invoiced at its beginning or at its end.</param>
/// <param name="DueDays">Days from issue to due date.</param>
public sealed record BillingTerms(BillingCycle Cycle, int AnniversaryDay, BillingTiming Timing, int DueDays)
{
    /// <summary>The grid of billing periods.</summary>
    public BillingCalendar Calendar => new(Cycle == BillingCycle.Anniversary ? AnniversaryDay : 1);
}

/// <summary>Where billing periods begin.</summary>
public enum BillingCycle
{
    /// <summary>On the first of each month.</summary>
    CalendarMonth = 1,

    /// <summary>On the anniversary day of each month.</summary>
    Anniversary = 2,
}

/// <summary>When a billing period is invoiced.</summary>
public enum BillingTiming
{
    /// <summary>On its first service day.</summary>
    Advance = 1,

    /// <summary>On the day after its last service day.</summary>
    Arrears = 2,
}
