using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Power that one tranche of a lease holds of a pool.</summary>
/// <param name="TrancheIndex">The tranche's place in the lease.</param>
/// <param name="TrancheId">The tranche's name within the lease.</param>
/// <param name="PoolId">The pool.</param>
/// <param name="Days">The days.</param>
/// <param name="Kw">The power.</param>
/// <param name="MarginDays">How many days the tranche's power is held beyond its end, to clear the ground.</param>
internal sealed record HeldStep(
    int TrancheIndex, string TrancheId, Guid PoolId, DateRange Days, int Kw, int MarginDays = 0);

/// <summary>
/// The capacity that a lease holds: its profile up to an end that moves, and for a margin of days beyond it.
/// </summary>
internal sealed record Reservation
{
    public required Guid ReservationId { get; init; }

    public required Guid LeaseId { get; init; }

    public required Guid ProviderOrganisationId { get; init; }

    public required Guid BuyerOrganisationId { get; init; }

    public required Guid? ListingId { get; init; }

    /// <summary>The profile as it was reserved or last amended, by tranche and day.</summary>
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

    /// <summary>When a hold ends by itself, unless it is confirmed before; null: it is not a hold.</summary>
    public Instant? ExpireTime { get; init; }

    public required byte[] ContentHash { get; init; }

    public required long Version { get; init; }

    public required Instant CreateTime { get; init; }

    public required Instant UpdateTime { get; init; }

    public DateOnly StartDate => Profile.Min(step => step.Days.Start);

    public DateOnly OriginalEndDate => Profile.Max(step => step.Days.End);

    public bool HoldsNothing => EndDate == StartDate;

    public string StateName => HoldsNothing ? "RELEASED" : ExpireTime is null ? "RESERVED" : "HELD";

    /// <summary>What the lease holds now, without margins.</summary>
    public IReadOnlyList<HeldStep> Held => UpTo(EndDate);

    /// <summary>What is kept from others: what the lease holds now, and the margins after it.</summary>
    public IReadOnlyList<HeldStep> HeldWithMargins => WithMargins(EndDate);

    public IReadOnlyList<Guid> PoolIds => [.. Profile.Select(step => step.PoolId).Distinct()];

    /// <summary>What a new reservation takes.</summary>
    public ReservationChange Take() => new(this, [], HeldWithMargins);

    /// <summary>Cuts the reservation at a date.</summary>
    public ReservationChange Truncate(DateOnly endDate, Instant now)
    {
        var end = endDate < StartDate ? StartDate : endDate;
        return end >= EndDate ? ReservationChange.None(this) : MovedTo(end, now);
    }

    /// <summary>Restores the reservation up to a date.</summary>
    public ReservationChange Restore(DateOnly endDate, Instant now) =>
        endDate <= EndDate ? ReservationChange.None(this) : MovedTo(endDate, now);

    /// <summary>Gives the whole reservation back.</summary>
    public ReservationChange GiveBack(Instant now)
    {
        if (IsGivenBack) return ReservationChange.None(this);
        var change = MovedTo(StartDate, now);
        return change with { After = change.After with { IsGivenBack = true, ExpireTime = null } };
    }

    /// <summary>Makes a hold last.</summary>
    public ReservationChange Confirm(Instant now) => ExpireTime is null
        ? ReservationChange.None(this)
        : ReservationChange.None(this with { ExpireTime = null, Version = Version + 1, UpdateTime = now });

    /// <summary>Replaces the profile, up to its end.</summary>
    public ReservationChange Amend(IReadOnlyList<HeldStep> profile, Instant now)
    {
        var after = this with
        {
            Profile = profile,
            EndDate = profile.Max(step => step.Days.End),
            Version = Version + 1,
            UpdateTime = now,
        };
        return new(after, HeldWithMargins, after.HeldWithMargins);
    }

    private ReservationChange MovedTo(DateOnly endDate, Instant now) => new(
        this with { EndDate = endDate, Version = Version + 1, UpdateTime = now },
        HeldWithMargins,
        WithMargins(endDate));

    private List<HeldStep> UpTo(DateOnly end) =>
        [.. Profile.Select(step => step with { Days = step.Days.CutAt(end) }).Where(step => !step.Days.IsEmpty)];

    // Each tranche is followed by its margin: the least that it has held since its last day, so that an earlier end
    // never takes more than a later one.
    private IReadOnlyList<HeldStep> WithMargins(DateOnly end)
    {
        var hasMargins = Profile.Any(step => step.MarginDays > 0);
        if (!hasMargins && end >= OriginalEndDate) return Profile;
        var held = UpTo(end);
        if (!hasMargins) return held;
        foreach (var tranche in Profile.GroupBy(step => step.TrancheIndex))
        {
            if (held.LastOrDefault(step => step.TrancheIndex == tranche.Key) is not { } last) continue;
            var (day, marginEnd, kw) = (last.Days.End, last.Days.End.AddDays(last.MarginDays), last.Kw);
            foreach (var step in tranche.Where(step => step.Days.End > last.Days.End))
            {
                kw = Math.Min(kw, step.Kw);
                var until = step.Days.End < marginEnd ? step.Days.End : marginEnd;
                if (day < until) held.Add(last with { Days = new(day, until), Kw = kw });
                day = until;
            }
            if (day < marginEnd) held.Add(last with { Days = new(day, marginEnd), Kw = kw });
        }
        return held;
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
