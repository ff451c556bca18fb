using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// Reserves the whole profile of a lease, or nothing of it; once for each lease. A hold ends by itself.
/// </summary>
internal sealed class ReserveCapacity : BookChange
{
    private static readonly Duration HoldMax = Duration.FromDays(30);

    private readonly Guid buyerId;
    private readonly Guid? listingId;
    private readonly List<HeldStep> profile;
    private readonly Instant? expireTime;

    private ReserveCapacity(
        Guid leaseId,
        RequestKey request,
        Guid providerId,
        Guid buyerId,
        Guid? listingId,
        List<HeldStep> profile,
        Instant? expireTime)
        : base(leaseId, request)
    {
        (ProviderId, this.buyerId, this.listingId) = (providerId, buyerId, listingId);
        (this.profile, this.expireTime) = (profile, expireTime);
        PoolIds = [.. profile.Select(step => step.PoolId).Distinct()];
    }

    public Guid ProviderId { get; }

    public override bool IsNew => true;

    public override IReadOnlyCollection<Guid> PoolIds { get; }

    public override int StepCount => profile.Count;

    /// <summary>Reads what is asked for.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming all wrong fields.</exception>
    public static ReserveCapacity Read(V1.ReserveCapacityRequest request, RequestKey key)
    {
        var fields = new Fields();
        var read = Read(fields, request, key, expireTime: null);
        fields.Check();
        return read;
    }

    /// <summary>Reads what is asked for, as a hold.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming all wrong fields.</exception>
    public static ReserveCapacity Read(V1.HoldCapacityRequest request, RequestKey key)
    {
        var fields = new Fields();
        var expireTime = fields.Time("expire_time", request.ExpireTime);
        var profile = new V1.ReserveCapacityRequest
        {
            LeaseId = request.LeaseId,
            ProviderOrganisationId = request.ProviderOrganisationId,
            BuyerOrganisationId = request.BuyerOrganisationId,
            ListingId = request.ListingId,
            Tranches = { request.Tranches },
        };
        var read = Read(fields, profile, key, expireTime);
        fields.Check();
        return read;
    }

    private static ReserveCapacity Read(
        Fields fields, V1.ReserveCapacityRequest request, RequestKey key, Instant? expireTime)
    {
        var leaseId = fields.Id("lease_id", request.LeaseId);
        var providerId = fields.Id("provider_organisation_id", request.ProviderOrganisationId);
        var buyerId = fields.Id("buyer_organisation_id", request.BuyerOrganisationId);
        var listingId = fields.OptionalId("listing_id", request.ListingId);
        var profile = fields.Profile("tranches", request.Tranches);
        return new(leaseId, key, providerId, buyerId, listingId, profile, expireTime);
    }

    public override ReservationChange Decide(Reservation? existing, Func<Guid, Pool?> pools, Instant now)
    {
        if (existing is not null)
        {
            // The hash is of the method too: a hold is never taken for a reservation.
            return existing.ContentHash.AsSpan().SequenceEqual(Request!.ContentHash)
                ? ReservationChange.None(existing)
                : throw RpcErrors.FailedPrecondition("LEASE_ID_REUSED",
                    "The lease has a reservation that was made with other content.", ("lease_id", LeaseId.ToString()));
        }
        if (expireTime is { } time && (time <= now || time > now + HoldMax))
            throw RpcErrors.InvalidFields(
                [new("expire_time", "OUT_OF_RANGE", $"Must be after {now} and at most {HoldMax.Days} days later.")]);
        var known = new ProfilePools(profile, pools);
        known.Check();
        var made = new Reservation
        {
            ReservationId = Guid.CreateVersion7(),
            LeaseId = LeaseId,
            ProviderOrganisationId = ProviderId,
            BuyerOrganisationId = buyerId,
            ListingId = listingId,
            Profile = known.WithMargins(),
            EndDate = profile.Max(step => step.Days.End),
            ExpireTime = expireTime,
            ContentHash = Request!.ContentHash,
            Version = 1,
            CreateTime = now,
            UpdateTime = now,
        };
        return made.Take();
    }
}
