namespace Marketplace.Terms;

/// <summary>The named maxima of terms; the comments of the proto's fields state the same numbers.</summary>
public static class TermsLimits
{
    /// <summary>The characters of a title.</summary>
    public const int TitleLengthMax = 200;

    /// <summary>The characters of a comment.</summary>
    public const int CommentLengthMax = 10_000;

    /// <summary>The characters of a condition in words.</summary>
    public const int ConditionsLengthMax = 2_000;

    /// <summary>The characters of a model's or an index's name.</summary>
    public const int NameLengthMax = 100;

    /// <summary>The years of a term: as far as the capacity calendar reaches.</summary>
    public const int TermYearsMax = 25;

    /// <summary>The first year of a date.</summary>
    public const int YearMin = 2000;

    /// <summary>The last year of a date.</summary>
    public const int YearMax = 2199;

    /// <summary>The tranches of a lease.</summary>
    public const int TranchesMax = 64;

    /// <summary>The capacity steps of a tranche.</summary>
    public const int CapacityStepsMax = 1_024;

    /// <summary>The fee intervals of a lease.</summary>
    public const int FeeIntervalsMax = 1_024;

    /// <summary>The termination rights of a lease.</summary>
    public const int TerminationRightsMax = 32;

    /// <summary>The invoice lines of a whole lease: one for each tranche and each of its segments.</summary>
    public const int LinesMax = 200_000;

    /// <summary>The holidays of a lease.</summary>
    public const int HolidaysMax = 1_024;

    /// <summary>The options of a lease.</summary>
    public const int OptionsMax = 32;

    /// <summary>The commitments, and the prepayments, of a lease.</summary>
    public const int CommitmentsMax = 64;

    /// <summary>The letters of credit, and the escrows, of a lease.</summary>
    public const int SecuritiesMax = 16;

    /// <summary>The tiers of availability credits.</summary>
    public const int CreditTiersMax = 16;

    /// <summary>The power of a tranche, in kW.</summary>
    public const int ContractedKwMax = 100_000_000;

    /// <summary>The accelerators of a tranche.</summary>
    public const int AcceleratorsMax = 100_000_000;

    /// <summary>A fee or another amount that is paid, in currency units.</summary>
    public const long AmountMax = 1_000_000_000_000;

    /// <summary>A unit price, in currency units.</summary>
    public const long UnitPriceMax = 1_000_000_000;

    /// <summary>A committed quantity.</summary>
    public const long QuantityMax = 1_000_000_000_000_000;

    /// <summary>The total contract value in minor units, so that no sum of invoices leaves 64 bits.</summary>
    public const long TotalMinorUnitsMax = 1_000_000_000_000_000_000;

    /// <summary>The days of a notice.</summary>
    public const int NoticeDaysMax = 3_650;

    /// <summary>The days from issue to due date, and of deemed acceptance.</summary>
    public const int DueDaysMax = 180;

    /// <summary>The days of a cure period, a release, a decommissioning or a step of default.</summary>
    public const int PeriodDaysMax = 365;

    /// <summary>The months of a renewal or an extension.</summary>
    public const int RenewalMonthsMax = 300;

    /// <summary>The months that chronic failure looks at.</summary>
    public const int ChronicMonthsMax = 60;

    /// <summary>The minutes of a month of 31 days.</summary>
    public const int MaintenanceMinutesMax = 44_640;

    /// <summary>The price of staying on, as a multiple of the last fee.</summary>
    public const int HoldoverMultipleMax = 10;
}
