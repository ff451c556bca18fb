using NodaTime;

namespace Marketplace.Terms;

/// <summary>
/// What one version of a lease says, complete and free of contradictions: <see cref="TermsReader"/> makes it from the
/// wire form, whose field comments define each term, and <see cref="TermsWriter"/> makes the wire form again.
/// </summary>
public sealed record LeaseTerms
{
    /// <summary>What people call the deal; may be empty.</summary>
    public required string Title { get; init; }

    /// <summary>Facts, sources and assumptions behind the terms; may be empty.</summary>
    public required string Comment { get; init; }

    /// <summary>The currency of every amount.</summary>
    public required Currency Currency { get; init; }

    /// <summary>The time zone of the contract's dates.</summary>
    public required DateTimeZone Zone { get; init; }

    /// <summary>The service days.</summary>
    public required DateRange Term { get; init; }

    /// <summary>What is leased, in the order of the terms; at least one.</summary>
    public required IReadOnlyList<Tranche> Tranches { get; init; }

    /// <summary>What is paid, in the order of the terms; for each tranche they cover the term exactly.</summary>
    public required IReadOnlyList<FeeInterval> FeeIntervals { get; init; }

    /// <summary>How fees are prorated.</summary>
    public required DayCount DayCount { get; init; }

    /// <summary>When fees are invoiced and due.</summary>
    public required BillingTerms Billing { get; init; }

    /// <summary>Who may end the lease early, in the order of the terms; may be empty.</summary>
    public required IReadOnlyList<TerminationRight> TerminationRights { get; init; }

    /// <summary>When a notice counts as received; null only if nobody has a right to give one.</summary>
    public required NoticeReceipt? NoticeReceipt { get; init; }

    /// <summary>Days that are not business days, ascending.</summary>
    public required IReadOnlyList<DateOnly> Holidays { get; init; }

    /// <summary>What happens at the end; null: the lease ends.</summary>
    public required Renewal? Renewal { get; init; }

    /// <summary>Options on more time or capacity.</summary>
    public required IReadOnlyList<LeaseOption> Options { get; init; }

    /// <summary>Take-or-pay commitments.</summary>
    public required IReadOnlyList<Commitment> Commitments { get; init; }

    /// <summary>The deposit, if any.</summary>
    public required Deposit? Deposit { get; init; }

    /// <summary>Payments made before the service they pay for.</summary>
    public required IReadOnlyList<Prepayment> Prepayments { get; init; }

    /// <summary>Letters of credit.</summary>
    public required IReadOnlyList<LetterOfCredit> LettersOfCredit { get; init; }

    /// <summary>Amounts held in escrow.</summary>
    public required IReadOnlyList<Escrow> Escrows { get; init; }

    /// <summary>What follows when the buyer does not pay, if it is agreed.</summary>
    public required PaymentDefault? PaymentDefault { get; init; }

    /// <summary>
    /// The terms of a lease that ends on <paramref name="date"/>: term, steps and intervals are clipped, nothing else
    /// changes. A date after the end changes nothing; one at or before the start leaves an empty term, for which
    /// nothing is charged.
    /// </summary>
    public LeaseTerms CutAt(DateOnly date)
    {
        var term = Term.CutAt(date);
        return this with
        {
            Term = term,
            Tranches =
            [
                .. Tranches.Select(tranche => tranche with
                {
                    CapacitySteps =
                    [
                        .. tranche.CapacitySteps
                            .Select(step => step with { Days = step.Days.Intersect(term) })
                            .Where(step => !step.Days.IsEmpty),
                    ],
                }),
            ],
            FeeIntervals =
            [
                .. FeeIntervals
                    .Select(interval => interval with { Days = interval.Days.Intersect(term) })
                    .Where(interval => !interval.Days.IsEmpty),
            ],
        };
    }
}
