using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Shards in the database.</summary>
internal static class ShardRows
{
    /// <summary>Makes the shard of a provider, unless there is one.</summary>
    public static Task<int> InsertAsync(Transaction transaction, Guid providerId) =>
        transaction.Connection.ExecuteAsync(
            "insert into shard (provider_organisation_id) values (@providerId) on conflict do nothing",
            new { providerId });

    /// <summary>Where a shard stands, or null if the provider has none.</summary>
    public static Task<ShardEpoch?> FindAsync(Transaction transaction, Guid providerId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<ShardEpoch>(
            "select epoch, reserve_epoch, fencing_token from shard where provider_organisation_id = @providerId",
            new { providerId });

    /// <summary>The pools of a provider that have changed after an epoch.</summary>
    public static async Task<IReadOnlyList<Guid>> ChangedPoolsAsync(
        Transaction transaction, Guid providerId, long afterEpoch) =>
        (await transaction.Connection.QueryAsync<Guid>(
            "select pool_id from pool where organisation_id = @providerId and epoch > @afterEpoch",
            new { providerId, afterEpoch })).AsList();

    /// <summary>The provider that a lease's reservation is on, or null.</summary>
    public static Task<Guid?> ProviderOfAsync(Transaction transaction, Guid leaseId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Guid?>(
            "select provider_organisation_id from reservation where lease_id = @leaseId", new { leaseId });

    /// <summary>All leases that have a reservation on a provider's pools.</summary>
    public static async Task<HashSet<Guid>> LeasesAsync(Transaction transaction, Guid providerId) =>
        [
            .. await transaction.Connection.QueryAsync<Guid>(
                "select lease_id from reservation where provider_organisation_id = @providerId", new { providerId }),
        ];
}

/// <summary>Where a shard stands.</summary>
/// <param name="Epoch">How often it has changed.</param>
/// <param name="ReserveEpoch">The epoch of the last change that made a reservation.</param>
/// <param name="FencingToken">The token of the last change, which the next one has to name.</param>
internal sealed record ShardEpoch(long Epoch, long ReserveEpoch, Guid FencingToken)
{
    /// <summary>Where the shard stands after a change.</summary>
    public ShardEpoch After(Guid token, bool makesReservations) =>
        new(Epoch + 1, makesReservations ? Epoch + 1 : ReserveEpoch, token);
}
