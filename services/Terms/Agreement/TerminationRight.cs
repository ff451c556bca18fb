using NodaTime;

namespace Marketplace.Terms;

/// <summary>A right to end the lease before its end date.</summary>
/// <param name="ClauseId">The name of the right.</param>
/// <param name="Party">Who holds it.</param>
/// <param name="Kind">What must have happened.</param>
/// <param name="NoticeDays">Days of notice after the day of receipt.</param>
/// <param name="NoticeBasis">Which days count.</param>
/// <param name="LockIn">Whether there is a time in which the right cannot be used.</param>
/// <param name="EarliestServiceDate">The first day on which a notice may be received, if restricted.</param>
/// <param name="EarliestEffectiveDate">The first day that a notice may make the end date, if restricted.</param>
/// <param name="Alignment">Where the end that a notice reaches is moved to.</param>
/// <param name="Fee">What the party that ends the lease pays.</param>
/// <param name="CureDays">Days to cure a breach, if stated.</param>
public sealed record TerminationRight(
    string ClauseId,
    TerminationParty Party,
    TerminationKind Kind,
    int NoticeDays,
    NoticeBasis NoticeBasis,
    LockIn LockIn,
    DateOnly? EarliestServiceDate,
    DateOnly? EarliestEffectiveDate,
    TerminationAlignment Alignment,
    TerminationFee Fee,
    int? CureDays)
{
    /// <summary>Whether <paramref name="party"/> holds the right, alone or as either party.</summary>
    public bool IsHeldBy(Party party) => Party switch
    {
        TerminationParty.Either => true,
        TerminationParty.Provider => party == Terms.Party.Provider,
        _ => party == Terms.Party.Buyer,
    };
}

/// <summary>A side of the lease.</summary>
public enum Party
{
    /// <summary>The one that has the capacity.</summary>
    Provider = 1,

    /// <summary>The one that uses it.</summary>
    Buyer = 2,
}

/// <summary>Who holds a right.</summary>
public enum TerminationParty
{
    /// <summary>The provider alone.</summary>
    Provider = 1,

    /// <summary>The buyer alone.</summary>
    Buyer = 2,

    /// <summary>Each by itself.</summary>
    Either = 3,
}

/// <summary>What must have happened for a right to be used.</summary>
public enum TerminationKind
{
    /// <summary>Nothing.</summary>
    Convenience = 1,

    /// <summary>A breach that was not cured.</summary>
    Cause = 2,

    /// <summary>A tranche not delivered by its longstop date.</summary>
    LateDelivery = 3,

    /// <summary>An invoice that stayed unpaid.</summary>
    NonPayment = 4,

    /// <summary>Service levels missed too often.</summary>
    ChronicSla = 5,
}

/// <summary>Which days of a notice period count.</summary>
public enum NoticeBasis
{
    /// <summary>All.</summary>
    Calendar = 1,

    /// <summary>Business days.</summary>
    Business = 2,
}

/// <summary>Whether there is a time in which a right cannot be used.</summary>
public enum LockIn
{
    /// <summary>There is none.</summary>
    None = 1,

    /// <summary>The right's earliest dates say which.</summary>
    Dated = 2,
}

/// <summary>Where the end that a notice reaches is moved to.</summary>
public enum TerminationAlignment
{
    /// <summary>Nowhere.</summary>
    Exact = 1,

    /// <summary>To the end of its billing period.</summary>
    EndOfBillingMonth = 2,
}

/// <summary>What the party that ends the lease pays for it.</summary>
/// <param name="Kind">How the fee is found.</param>
/// <param name="AmountMinorUnits">The fixed fee of WIND_DOWN.</param>
/// <param name="Share">The share of MAKE_WHOLE and RAMP_CLAWBACK.</param>
public sealed record TerminationFee(TerminationFeeKind Kind, long? AmountMinorUnits, decimal? Share);

/// <summary>How a termination fee is found.</summary>
public enum TerminationFeeKind
{
    /// <summary>There is none.</summary>
    None = 1,

    /// <summary>A fixed amount.</summary>
    WindDown = 2,

    /// <summary>A share of the remaining fees.</summary>
    MakeWhole = 3,

    /// <summary>A share of the granted discounts.</summary>
    RampClawback = 4,
}

/// <summary>When a notice counts as received.</summary>
/// <param name="Rule">At which hours it can be received.</param>
/// <param name="CutoffTime">The last minute of a business day at which it can, with business days.</param>
public sealed record NoticeReceipt(NoticeReceiptRule Rule, LocalTime? CutoffTime);

/// <summary>At which hours a notice can be received.</summary>
public enum NoticeReceiptRule
{
    /// <summary>At any hour of any day.</summary>
    AnyTime = 1,

    /// <summary>On business days up to the cutoff time.</summary>
    BusinessDays = 2,
}
