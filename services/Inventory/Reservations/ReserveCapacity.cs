using System.Security.Cryptography;
using Google.Protobuf;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Reserves the whole profile of a lease, or nothing of it; once for each lease.</summary>
internal sealed class ReserveCapacity : BookChange
{
    private const int TranchesMax = 64;
    private const int StepsMax = 1_024;

    private readonly Guid buyerId;
    private readonly Guid? listingId;
    private readonly List<HeldStep> profile;
    private readonly byte[] contentHash;

    private ReserveCapacity(
        Guid leaseId,
        RequestKey request,
        Guid providerId,
        Guid buyerId,
        Guid? listingId,
        List<HeldStep> profile,
        byte[] contentHash)
        : base(leaseId, request)
    {
        (ProviderId, this.buyerId, this.listingId) = (providerId, buyerId, listingId);
        (this.profile, this.contentHash) = (profile, contentHash);
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
        var leaseId = fields.Id("lease_id", request.LeaseId);
        var providerId = fields.Id("provider_organisation_id", request.ProviderOrganisationId);
        var buyerId = fields.Id("buyer_organisation_id", request.BuyerOrganisationId);
        var listingId = fields.OptionalId("listing_id", request.ListingId);
        var profile = new List<HeldStep>();
        if (fields.Count("tranches", request.Tranches.Count, 1, TranchesMax))
        {
            var names = new HashSet<string>();
            for (var i = 0; i < request.Tranches.Count; i++)
            {
                if (!names.Add(fields.Name($"tranches[{i}].tranche_id", request.Tranches[i].TrancheId)))
                    fields.Wrong($"tranches[{i}].tranche_id", "DUPLICATE_ID", "Another tranche has this name.");
                profile.AddRange(Steps(fields, i, request.Tranches[i]));
            }
        }
        fields.Check();
        return new(leaseId, key, providerId, buyerId, listingId, profile, ContentHash(request));
    }

    public override ReservationChange Decide(Reservation? existing, Func<Guid, Pool?> pools, Instant now)
    {
        if (existing is not null)
        {
            return existing.ContentHash.AsSpan().SequenceEqual(contentHash)
                ? ReservationChange.None(existing)
                : throw RpcErrors.FailedPrecondition("LEASE_ID_REUSED",
                    "The lease has a reservation that was made with other content.", ("lease_id", LeaseId.ToString()));
        }
        CheckPools(pools);
        var made = new Reservation
        {
            ReservationId = Guid.CreateVersion7(),
            LeaseId = LeaseId,
            ProviderOrganisationId = ProviderId,
            BuyerOrganisationId = buyerId,
            ListingId = listingId,
            Profile = profile,
            EndDate = profile.Max(step => step.Days.End),
            ContentHash = contentHash,
            Version = 1,
            CreateTime = now,
            UpdateTime = now,
        };
        return new(made, [], profile);
    }

    private void CheckPools(Func<Guid, Pool?> pools)
    {
        var fields = new Fields();
        foreach (var step in profile)
        {
            var pool = pools(step.PoolId)
                ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool of the provider", step.PoolId.ToString());
            if (step.Days.Start < pool.Calendar.Start || step.Days.End > pool.Calendar.End)
                fields.Wrong($"tranches[{step.TrancheIndex}].steps", "OUTSIDE_CALENDAR",
                    $"The calendar of pool {pool.PoolId} is {pool.Calendar}.");
        }
        fields.Check();
    }

    private static List<HeldStep> Steps(Fields fields, int index, V1.TrancheProfile tranche)
    {
        var read = new List<HeldStep>();
        var poolId = fields.Id($"tranches[{index}].pool_id", tranche.PoolId);
        if (!fields.Count($"tranches[{index}].steps", tranche.Steps.Count, 1, StepsMax)) return read;
        for (var i = 0; i < tranche.Steps.Count; i++)
        {
            var (step, path) = (tranche.Steps[i], $"tranches[{index}].steps[{i}]");
            fields.RequiredNumber($"{path}.reserved_kw", step.HasReservedKw, step.ReservedKw, 0, Fields.PowerKwMax);
            var (start, end) =
                (fields.Date($"{path}.start_date", step.StartDate), fields.Date($"{path}.end_date", step.EndDate));
            if (fields.Range($"{path}.", start, end) is not { } days) continue;
            if (read.Count > 0 && days.Start != read[^1].Days.End)
            {
                fields.Wrong($"{path}.start_date", days.Start < read[^1].Days.End ? "OVERLAP" : "GAP",
                    $"The step before ends on {read[^1].Days.End:O}; this one begins there.");
            }
            read.Add(new(index, tranche.TrancheId, poolId, days, step.ReservedKw));
        }
        return read;
    }

    private static byte[] ContentHash(V1.ReserveCapacityRequest request)
    {
        var content = request.Clone();
        content.RequestId = "";
        return SHA256.HashData(content.ToByteArray());
    }
}
