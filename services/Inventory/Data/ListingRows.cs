using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Listings in the database.</summary>
internal static class ListingRows
{
    private const string Select =
        """
        select listing_id, pool_id, state as state_name, offer, listing.version, listing.create_time,
            listing.update_time, publish_time, expire_time, site_id, pool.organisation_id, region, time_zone,
            service_level, accelerator_model
        from listing join pool using (pool_id) join site using (site_id)
        """;

    // Whatever is or was published is seen by all; a draft by its provider alone.
    private const string Visible = "(publish_time is not null or pool.organisation_id = @organisationId)";

    public static Task<int> InsertAsync(Transaction transaction, Listing listing) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into listing (listing_id, pool_id, state, offer, version, create_time, update_time, publish_time,
                expire_time)
            values (@ListingId, @PoolId, upper(@StateName), @Offer, @Version, @CreateTime, @UpdateTime, @PublishTime,
                @ExpireTime)
            """,
            listing);

    public static Task<int> UpdateAsync(Transaction transaction, Listing listing) =>
        transaction.Connection.ExecuteAsync(
            """
            update listing set state = upper(@StateName), offer = @Offer, version = @Version, update_time = @UpdateTime,
                publish_time = @PublishTime, expire_time = @ExpireTime
            where listing_id = @ListingId
            """,
            listing);

    public static Task<Listing?> FindVisibleAsync(Transaction transaction, Guid listingId, Guid organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Listing>(
            $"{Select} where listing_id = @listingId and {Visible}", new { listingId, organisationId });

    public static Task<Listing?> FindAsync(Transaction transaction, Guid listingId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Listing>(
            $"{Select} where listing_id = @listingId", new { listingId });

    public static async Task<IReadOnlyList<Listing>> ListVisibleAsync(
        Transaction transaction, Guid organisationId, ListingFilter filter, Guid? after, int limit) =>
        (await transaction.Connection.QueryAsync<Listing>(
            $"""
            {Select}
            where {Visible} and (@after::uuid is null or listing_id > @after)
                and (@State::text is null or state = @State)
                and (@ProviderId::uuid is null or pool.organisation_id = @ProviderId)
                and (@PoolId::uuid is null or pool_id = @PoolId)
                and (@Region::text is null or region = @Region)
                and (@ServiceLevel = 0 or service_level = @ServiceLevel)
            order by listing_id limit @limit
            """,
            new
            {
                organisationId,
                after,
                limit,
                filter.State,
                filter.ProviderId,
                filter.PoolId,
                filter.Region,
                filter.ServiceLevel,
            })).AsList();

    /// <summary>The listings of pools that a snapshot for watchers holds.</summary>
    public static async Task<IReadOnlyList<Listing>> ListOnMarketAsync(Transaction transaction) =>
        (await transaction.Connection.QueryAsync<Listing>(
            $"{Select} where state in ('PUBLISHED', 'SUSPENDED', 'EXHAUSTED') order by listing_id")).AsList();

    /// <summary>The listings of pools that are on the market. Whoever asks holds the pools' rows.</summary>
    public static async Task<IReadOnlyList<Listing>> ListOnMarketAsync(
        Transaction transaction, IReadOnlyCollection<Guid> poolIds) =>
        (await transaction.Connection.QueryAsync<Listing>(
            $"""
            {Select} where pool_id = any(@poolIds)
                and state in ('PUBLISHED', 'SUSPENDED', 'EXHAUSTED') order by listing_id
            """,
            new { poolIds = poolIds.ToArray() })).AsList();

    public static async Task<IReadOnlyList<Listing>> ReadAsync(
        Transaction transaction, IReadOnlyCollection<Guid> listingIds) =>
        (await transaction.Connection.QueryAsync<Listing>(
            $"{Select} where listing_id = any(@listingIds)", new { listingIds = listingIds.ToArray() })).AsList();
}

/// <summary>Which listings are asked for; null and 0: any.</summary>
internal sealed record ListingFilter(string? State, Guid? ProviderId, Guid? PoolId, string? Region, int ServiceLevel);
