using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Power that one tranche of a lease holds of a pool.</summary>
/// <param name="TrancheIndex">The tranche's place in the lease.</param>
/// <param name="TrancheId">The tranche's name within the lease.</param>
/// <param name="PoolId">The pool.</param>
/// <param name="Days">The days.</param>
/// <param name="Kw">The power.</param>
internal sealed record HeldStep(int TrancheIndex, string TrancheId, Guid PoolId, DateRange Days, int Kw);

/// <summary>The capacity that a lease holds: its profile up to an end that moves.</summary>
internal sealed record Reservation
{
    public required Guid ReservationId { get; init; }

    public required Guid LeaseId { get; init; }

    public required Guid ProviderOrganisationId { get; init; }

    public required Guid BuyerOrganisationId { get; init; }

    public required Guid? ListingId { get; init; }

    /// <summary>The profile as it was reserved, by tranche and day.</summary>
    public required IReadOnlyList<HeldStep> Profile { get; init; }

    /// <summary>
    /// The day after the last day that the lease holds; the first day of the profile when nothing is left.
    /// </summary>
    public required DateOnly EndDate { get; init; }

    /// <summary>
    /// The version of the lease that has this end. Calls of Leasing run ahead of the lease's events, which may come
    /// late: an event of a version that a call took account of must not undo it.
    /// </summary>
    public long LeaseVersion { get; init; }

    /// <summary>Whether the whole reservation was given back; then it cannot be restored.</summary>
    public bool IsGivenBack { get; init; }

    public required byte[] ContentHash { get; init; }

    public required long Version { get; init; }

    public required Instant CreateTime { get; init; }

    public required Instant UpdateTime { get; init; }

    public DateOnly StartDate => Profile.Min(step => step.Days.Start);

    public DateOnly OriginalEndDate => Profile.Max(step => step.Days.End);

    public bool HoldsNothing => EndDate == StartDate;

    /// <summary>What the lease holds now.</summary>
    public IReadOnlyList<HeldStep> Held => Between(StartDate, EndDate);

    public IReadOnlyList<Guid> PoolIds => [.. Profile.Select(step => step.PoolId).Distinct()];

    /// <summary>Cuts the reservation at a date.</summary>
    public ReservationChange Truncate(DateOnly endDate, Instant now)
    {
        var end = endDate < StartDate ? StartDate : endDate;
        return end >= EndDate ? ReservationChange.None(this) : new(MovedTo(end, now), Between(end, EndDate), []);
    }

    /// <summary>Restores the reservation up to a date.</summary>
    public ReservationChange Restore(DateOnly endDate, Instant now) => endDate <= EndDate
        ? ReservationChange.None(this)
        : new(MovedTo(endDate, now), [], Between(EndDate, endDate));

    /// <summary>Gives the whole reservation back.</summary>
    public ReservationChange GiveBack(Instant now) => IsGivenBack
        ? ReservationChange.None(this)
        : new(MovedTo(StartDate, now) with { IsGivenBack = true }, Held, []);

    private Reservation MovedTo(DateOnly endDate, Instant now) =>
        this with { EndDate = endDate, Version = Version + 1, UpdateTime = now };

    private List<HeldStep> Between(DateOnly start, DateOnly end)
    {
        var days = new DateRange(start, end);
        return
        [
            .. Profile.Select(step => step with { Days = step.Days.Intersect(days) }).Where(step => !step.Days.IsEmpty),
        ];
    }
}

/// <summary>What a change makes of a reservation.</summary>
/// <param name="After">The reservation afterwards.</param>
/// <param name="Freed">What it gives back.</param>
/// <param name="Taken">What it takes.</param>
internal sealed record ReservationChange(
    Reservation After, IReadOnlyList<HeldStep> Freed, IReadOnlyList<HeldStep> Taken)
{
    /// <summary>The reservation stays as it is.</summary>
    public static ReservationChange None(Reservation reservation) => new(reservation, [], []);

    /// <summary>The change with the version of the lease that asks for it.</summary>
    public ReservationChange Of(long leaseVersion) => this with { After = After with { LeaseVersion = leaseVersion } };
}
