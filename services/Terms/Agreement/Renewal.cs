namespace Marketplace.Terms;

/// <summary>What happens at the end of the term.</summary>
/// <param name="Kind">Whether and how often the lease is renewed.</param>
/// <param name="TermMonths">The length of a renewal; 0 with CANCEL.</param>
/// <param name="NonRenewalNoticeDays">Days before the end by which a party must decline; null with CANCEL.</param>
/// <param name="PriceRule">The price of the renewed term; null with CANCEL.</param>
/// <param name="HoldoverMultiple">The price of staying on as a multiple of the last fee, if it is allowed.</param>
/// <param name="DecommissioningDays">Days after the end in which the capacity stays blocked, not charged.</param>
public sealed record Renewal(
    RenewalKind Kind,
    int TermMonths,
    int? NonRenewalNoticeDays,
    PriceRule? PriceRule,
    decimal? HoldoverMultiple,
    int DecommissioningDays);

/// <summary>Whether and how often a lease is renewed.</summary>
public enum RenewalKind
{
    /// <summary>Never.</summary>
    Cancel = 1,

    /// <summary>Once, unless a party says no.</summary>
    RenewOnce = 2,

    /// <summary>Every time, unless a party says no.</summary>
    Renew = 3,

    /// <summary>Without a term, until a party gives notice.</summary>
    Evergreen = 4,
}

/// <summary>How a later price follows from the last one.</summary>
/// <param name="Kind">How the price is found.</param>
/// <param name="Escalator">The yearly increase of ESCALATOR.</param>
/// <param name="IndexName">The index of INDEX; else empty.</param>
/// <param name="IndexCap">The most by which INDEX raises the price in a year, if capped.</param>
/// <param name="IndexFloor">The least by which INDEX raises the price in a year, if floored.</param>
public sealed record PriceRule(
    PriceRuleKind Kind,
    decimal? Escalator,
    string IndexName,
    decimal? IndexCap,
    decimal? IndexFloor);

/// <summary>How a later price is found.</summary>
public enum PriceRuleKind
{
    /// <summary>It stays.</summary>
    Fixed = 1,

    /// <summary>It rises by a share each year.</summary>
    Escalator = 2,

    /// <summary>It follows an index.</summary>
    Index = 3,
}

/// <summary>An option on more time or more capacity.</summary>
/// <param name="ClauseId">The name of the option.</param>
/// <param name="Kind">What it gives.</param>
/// <param name="Party">Who may exercise it.</param>
/// <param name="ExerciseWindow">The days on which it may be exercised.</param>
/// <param name="ExtensionMonths">The months added by EXTENSION; else 0.</param>
/// <param name="ExpansionKw">The power added by EXPANSION, in kW; else 0.</param>
/// <param name="PriceRule">The price of what is added.</param>
public sealed record LeaseOption(
    string ClauseId,
    LeaseOptionKind Kind,
    TerminationParty Party,
    DateRange ExerciseWindow,
    int ExtensionMonths,
    int ExpansionKw,
    PriceRule PriceRule);

/// <summary>What an option gives.</summary>
public enum LeaseOptionKind
{
    /// <summary>A longer term.</summary>
    Extension = 1,

    /// <summary>More power.</summary>
    Expansion = 2,
}
