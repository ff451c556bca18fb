using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Changes what is said of a pool. Its book is not touched.</summary>
internal static class UpdatePool
{
    private const int NamedListingsMax = 3;

    public static async Task<Pool> HandleAsync(
        Transaction transaction, V1.UpdatePoolRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        fields.Check();
        // The curve and the listings are checked, so whoever changes them has to wait.
        if (await PoolRows.LockAsync(transaction, poolId) is not { } pool || pool.OrganisationId != organisationId)
            throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var updated = new V1.UpdatePoolRequest
        {
            DisplayName = pool.DisplayName,
            AcceleratorModel = pool.AcceleratorModel,
            AcceleratorCount = pool.AcceleratorCount,
            NameplateKw = pool.NameplateKw,
            DecommissioningDays = pool.DecommissioningDays,
        };
        UpdateMask.Apply(fields, request.UpdateMask, updated, request,
            "display_name", "accelerator_model", "accelerator_count", "nameplate_kw", "decommissioning_days");
        PoolRules.Check(fields, updated.DisplayName, updated.AcceleratorModel, updated.AcceleratorCount,
            updated.NameplateKw, updated.DecommissioningDays);
        fields.Check();

        var changed = pool with
        {
            DisplayName = updated.DisplayName,
            AcceleratorModel = updated.AcceleratorModel,
            AcceleratorCount = updated.AcceleratorCount,
            NameplateKw = updated.NameplateKw,
            DecommissioningDays = updated.DecommissioningDays,
            UpdateTime = transaction.Now,
        };
        CheckNameplate(changed);
        if (changed.AcceleratorModel != pool.AcceleratorModel) await CheckNotListedAsync(transaction, pool);
        await PoolRows.UpdateAsync(transaction, changed);
        return changed;
    }

    private static void CheckNameplate(Pool pool)
    {
        var capacity = pool.Capacity.Over(pool.Calendar);
        var nameplate = new int[capacity.Length];
        Array.Fill(nameplate, pool.NameplateKw);
        var shortfalls = Shortfall.Find(pool.PoolId, "", pool.Calendar.Start, capacity, nameplate).ToList();
        if (shortfalls.Count > 0) throw CapacityErrors.Short(shortfalls);
    }

    private static async Task CheckNotListedAsync(Transaction transaction, Pool pool)
    {
        var listings = await ListingRows.ListOnMarketAsync(transaction, [pool.PoolId]);
        if (listings.Count == 0) return;
        var named = string.Join(", ", listings.Take(NamedListingsMax).Select(listing => listing.ListingId));
        var more = listings.Count > NamedListingsMax ? $" and {listings.Count - NamedListingsMax} more" : "";
        throw RpcErrors.FailedPrecondition("POOL_LISTED",
            $"Listings offer the pool with its accelerators as they are; withdraw {named}{more} first.",
            ("pool_id", pool.PoolId.ToString()), ("listing_id", listings[0].ListingId.ToString()));
    }
}
