using System.Security.Cryptography;
using Google.Protobuf;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Reserves the whole profile of a lease, or nothing of it; once for each lease.</summary>
internal static class ReserveCapacity
{
    private const int TranchesMax = 64;
    private const int StepsMax = 1_024;

    public static async Task<Reservation> HandleAsync(Transaction transaction, V1.ReserveCapacityRequest request)
    {
        var wanted = Read(request, transaction);
        // The row of the lease comes first: a twin that is inserting it is waited for and then decides what is answered
        // here.
        if (!await ReservationRows.TryInsertAsync(transaction, wanted)) return await ExistingAsync(transaction, wanted);

        var pools = await PoolRows.LockAsync(transaction, wanted.PoolIds);
        CheckPools(wanted, pools);
        var before = await PoolMonthRows.ReadAsync(transaction, pools, new(wanted.StartDate, wanted.OriginalEndDate));
        var after = CapacityErrors.Granted(CapacityRules.Take(before, wanted.Profile));
        await ReservationRows.InsertStepsAsync(transaction, wanted);
        await PoolBooks.SaveAsync(transaction, pools, before, after);
        return wanted;
    }

    private static async Task<Reservation> ExistingAsync(Transaction transaction, Reservation wanted)
    {
        var existing = await ReservationRows.LockByLeaseAsync(transaction, wanted.LeaseId);
        if (existing!.ContentHash.AsSpan().SequenceEqual(wanted.ContentHash)) return existing;
        throw RpcErrors.FailedPrecondition("LEASE_ID_REUSED",
            "The lease has a reservation that was made with other content.", ("lease_id", wanted.LeaseId.ToString()));
    }

    private static void CheckPools(Reservation wanted, IReadOnlyList<Pool> pools)
    {
        var known =
            pools.Where(pool => pool.OrganisationId == wanted.ProviderOrganisationId).ToDictionary(pool => pool.PoolId);
        var fields = new Fields();
        foreach (var step in wanted.Profile)
        {
            if (!known.TryGetValue(step.PoolId, out var pool))
                throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool of the provider", step.PoolId.ToString());
            if (step.Days.Start < pool.Calendar.Start || step.Days.End > pool.Calendar.End)
                fields.Wrong($"tranches[{step.TrancheIndex}].steps", "OUTSIDE_CALENDAR",
                    $"The calendar of pool {pool.PoolId} is {pool.Calendar}.");
        }
        fields.Check();
    }

    private static Reservation Read(V1.ReserveCapacityRequest request, Transaction transaction)
    {
        var fields = new Fields();
        var leaseId = fields.Id("lease_id", request.LeaseId);
        var provider = fields.Id("provider_organisation_id", request.ProviderOrganisationId);
        var buyer = fields.Id("buyer_organisation_id", request.BuyerOrganisationId);
        var listing = fields.OptionalId("listing_id", request.ListingId);
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
        return new()
        {
            ReservationId = Guid.CreateVersion7(),
            LeaseId = leaseId,
            ProviderOrganisationId = provider,
            BuyerOrganisationId = buyer,
            ListingId = listing,
            Profile = profile,
            EndDate = profile.Max(step => step.Days.End),
            ContentHash = ContentHash(request),
            Version = 1,
            CreateTime = transaction.Now,
            UpdateTime = transaction.Now,
        };
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
