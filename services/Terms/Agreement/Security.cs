namespace Marketplace.Terms;

/// <summary>The buyer's money, held as a liability.</summary>
/// <param name="AmountMinorUnits">The amount in minor units.</param>
/// <param name="DueDate">The day by which it must be paid.</param>
/// <param name="ReleaseDays">Days after the lease's end by which it is returned.</param>
public sealed record Deposit(long AmountMinorUnits, DateOnly DueDate, int ReleaseDays);

/// <summary>A payment made before the service it pays for.</summary>
/// <param name="ClauseId">The name of the prepayment.</param>
/// <param name="AmountMinorUnits">The amount in minor units.</param>
/// <param name="DueDate">The day by which it must be paid.</param>
/// <param name="TrancheIds">The tranches whose fees it pays; empty: all.</param>
/// <param name="ConsumeFromDate">The first day from which invoices consume it.</param>
/// <param name="ShareOfInvoice">The most that it pays of an invoice, above 0 and at most 1.</param>
public sealed record Prepayment(
    string ClauseId,
    long AmountMinorUnits,
    DateOnly DueDate,
    IReadOnlyList<string> TrancheIds,
    DateOnly ConsumeFromDate,
    decimal ShareOfInvoice);

/// <summary>A letter of credit; it stands off the ledger.</summary>
/// <param name="AmountMinorUnits">The amount in minor units.</param>
/// <param name="ExpiryDate">The day after the last day on which it may be drawn.</param>
/// <param name="DrawConditions">When it may be drawn.</param>
public sealed record LetterOfCredit(long AmountMinorUnits, DateOnly ExpiryDate, string DrawConditions);

/// <summary>An amount that is posted, voided or expires, at most once.</summary>
/// <param name="AmountMinorUnits">The amount in minor units.</param>
/// <param name="ExpiryDate">The day on which it expires.</param>
/// <param name="ReleaseConditions">When it is released.</param>
public sealed record Escrow(long AmountMinorUnits, DateOnly ExpiryDate, string ReleaseConditions);

/// <summary>What follows when the buyer does not pay.</summary>
/// <param name="ReminderDays">Days after the due date to the reminder.</param>
/// <param name="DefaultNoticeDays">Days after the due date to the notice of default.</param>
/// <param name="CureDays">Days after that in which the buyer may cure.</param>
/// <param name="SuspensionDays">Days after the cure period to suspension, if service is suspended.</param>
public sealed record PaymentDefault(int ReminderDays, int DefaultNoticeDays, int CureDays, int? SuspensionDays);
