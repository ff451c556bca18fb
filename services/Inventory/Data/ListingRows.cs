using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Listings in the database.</summary>
internal static class ListingRows
{
    private const string Columns =
        """
        select listing_id, pool_id, state as state_name, offer, listing.version, listing.create_time,
            listing.update_time, publish_time, expire_time, site_id, pool.organisation_id, region, time_zone,
            service_level, accelerator_model
        """;

    private const string From = "from listing join pool using (pool_id) join site using (site_id)";

    private const string Select = $"{Columns} {From}";

    // A draft is seen by its provider alone, whatever is or was published by those whom it is for. The rule for one
    // listing is ListingAudience; this is the same for many.
    private const string Visible =
        """
        (pool.organisation_id = @OrganisationId or publish_time is not null and (@isToldAll
            or not @OrganisationId = any(excluded_organisation_ids)
            and (visibility <> 'NAMED' or @OrganisationId = any(named_buyer_organisation_ids))))
        """;

    private const string Disclosed =
        """
        exists (select from listing_disclosure disclosure where disclosure.listing_id = listing.listing_id
            and disclosure.organisation_id = @OrganisationId)
        """;

    private const string ProviderKnown =
        $"(visibility <> 'BLIND' or pool.organisation_id = @OrganisationId or @isToldAll or {Disclosed})";

    private const string SelectSeen = $"{Columns}, {Disclosed} as is_disclosed {From}";

    public static async Task InsertAsync(Transaction transaction, Listing listing)
    {
        await transaction.Connection.ExecuteAsync(
            """
            insert into listing (listing_id, pool_id, state, offer, version, create_time, update_time, publish_time,
                expire_time)
            values (@ListingId, @PoolId, upper(@StateName), @Offer, @Version, @CreateTime, @UpdateTime, @PublishTime,
                @ExpireTime)
            """,
            listing);
        await SaveAudienceAsync(transaction, listing);
    }

    /// <summary>Saves whom the offer of a listing is for.</summary>
    public static Task SaveAudienceAsync(Transaction transaction, Listing listing)
    {
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        var visibility = offer.Visibility == V1.ListingVisibility.Unspecified
            ? V1.ListingVisibility.Public
            : offer.Visibility;
        return transaction.Connection.ExecuteAsync(
            """
            update listing set visibility = @visibility, named_buyer_organisation_ids = @named,
                excluded_organisation_ids = @excluded
            where listing_id = @ListingId
            """,
            new
            {
                listing.ListingId,
                visibility = visibility.ToString().ToUpperInvariant(),
                named = offer.NamedBuyerOrganisationIds.Select(Guid.Parse).ToArray(),
                excluded = offer.ExcludedOrganisationIds.Select(Guid.Parse).ToArray(),
            });
    }

    public static Task<int> UpdateAsync(Transaction transaction, Listing listing) =>
        transaction.Connection.ExecuteAsync(
            """
            update listing set state = upper(@StateName), offer = @Offer, version = @Version, update_time = @UpdateTime,
                publish_time = @PublishTime, expire_time = @ExpireTime
            where listing_id = @ListingId
            """,
            listing);

    public static async Task<SeenListing?> FindVisibleAsync(Transaction transaction, Guid listingId, Caller caller) =>
        (await SeenAsync(
            transaction,
            $"{SelectSeen} where listing_id = @listingId and {Visible}",
            new { listingId, caller.OrganisationId, isToldAll = ListingAudience.IsToldAll(caller) })).SingleOrDefault();

    public static Task<Listing?> FindAsync(Transaction transaction, Guid listingId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Listing>(
            $"{Select} where listing_id = @listingId", new { listingId });

    public static Task<IReadOnlyList<SeenListing>> ListVisibleAsync(
        Transaction transaction, Caller caller, ListingFilter filter, Guid? after, int limit) =>
        ListVisibleAsync(
            transaction, caller.OrganisationId, ListingAudience.IsToldAll(caller), filter, after, limit);

    /// <summary>The listings that an organisation may see.</summary>
    public static Task<IReadOnlyList<SeenListing>> ListVisibleAsync(
        Transaction transaction,
        Guid organisationId,
        bool isToldAll,
        ListingFilter filter,
        Guid? after,
        int limit) =>
        SeenAsync(
            transaction,
            $"""
            {SelectSeen}
            where {Visible} and (@after::uuid is null or listing_id > @after)
                and (@State::text is null or state = @State)
                and (@ProviderId::uuid is null or pool.organisation_id = @ProviderId and {ProviderKnown})
                and (@PoolId::uuid is null or pool_id = @PoolId and {ProviderKnown})
                and (@Region::text is null or region = @Region)
                and (@ServiceLevel = 0 or service_level = @ServiceLevel)
            order by listing_id limit @limit
            """,
            new
            {
                organisationId,
                isToldAll,
                after,
                limit,
                filter.State,
                filter.ProviderId,
                filter.PoolId,
                filter.Region,
                filter.ServiceLevel,
            });

    /// <summary>Which of some pools a caller is shown by any listing that is or was published.</summary>
    public static async Task<IReadOnlySet<Guid>> ShownPoolsAsync(
        Transaction transaction, Caller caller, IReadOnlyCollection<Guid> poolIds) =>
        (await transaction.Connection.QueryAsync<Guid>(
            $"""
            select pool_id from pool
            where pool_id = any(@poolIds) and (pool.organisation_id = @OrganisationId or exists (
                select from listing where listing.pool_id = pool.pool_id and publish_time is not null
                    and {Visible} and {ProviderKnown}))
            """,
            new
            {
                caller.OrganisationId,
                isToldAll = ListingAudience.IsToldAll(caller),
                poolIds = poolIds.ToArray(),
            })).ToHashSet();

    /// <summary>Notes that an organisation may know whose a listing is; once is enough.</summary>
    public static Task<int> DiscloseAsync(Transaction transaction, Guid listingId, Guid organisationId) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into listing_disclosure (listing_id, organisation_id) values (@listingId, @organisationId)
            on conflict do nothing
            """,
            new { listingId, organisationId });

    /// <summary>On which of some listings an organisation has opened a negotiation, of those that are blind.</summary>
    public static async Task<IReadOnlySet<Guid>> DisclosedAsync(
        Transaction transaction, Guid organisationId, IReadOnlyCollection<Guid> listingIds) =>
        (await transaction.Connection.QueryAsync<Guid>(
            """
            select listing_id from listing_disclosure
            where organisation_id = @organisationId and listing_id = any(@listingIds)
            """,
            new { organisationId, listingIds = listingIds.ToArray() })).ToHashSet();

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

    private static async Task<IReadOnlyList<SeenListing>> SeenAsync(
        Transaction transaction, string sql, object parameters) =>
        (await transaction.Connection.QueryAsync<Listing, bool, SeenListing>(
            sql, (listing, isDisclosed) => new(listing, isDisclosed), parameters, splitOn: "is_disclosed")).AsList();
}

/// <summary>A listing that a caller may see.</summary>
/// <param name="Listing">The listing.</param>
/// <param name="IsDisclosed">Whether the caller's organisation has opened a negotiation on it, if it is blind.</param>
internal sealed record SeenListing(Listing Listing, bool IsDisclosed);

/// <summary>Which listings are asked for; null and 0: any.</summary>
internal sealed record ListingFilter(string? State, Guid? ProviderId, Guid? PoolId, string? Region, int ServiceLevel);
