using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Replaces the profile of a reservation: all of the difference is given back and taken as one.</summary>
internal sealed class AmendReservation(
    Guid leaseId, RequestKey request, IReadOnlyList<HeldStep> profile, long leaseVersion)
    : BookChange(leaseId, request)
{
    public override IReadOnlyCollection<Guid> PoolIds { get; } = [.. profile.Select(step => step.PoolId).Distinct()];

    public override int StepCount => profile.Count;

    public override ReservationChange Decide(Reservation? existing, Func<Guid, Pool?> pools, Instant now)
    {
        if (existing is null) throw ExistingReservationChange.NotFound(LeaseId);
        if (existing.IsGivenBack) throw RestoreReservation.Released(LeaseId);
        if (leaseVersion < existing.LeaseVersion) return ReservationChange.None(existing);
        var known = new ProfilePools(profile, pools);
        known.Check();
        return existing.Amend(known.WithMargins(), now).Of(leaseVersion);
    }
}
