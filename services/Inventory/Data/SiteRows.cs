using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Sites in the database.</summary>
internal static class SiteRows
{
    private const string Columns =
        "site_id, organisation_id, display_name, description, region, time_zone, create_time";

    public static Task<int> InsertAsync(Transaction transaction, Site site) =>
        transaction.Connection.ExecuteAsync(
            $"""
            insert into site ({Columns})
            values (@SiteId, @OrganisationId, @DisplayName, @Description, @Region, @TimeZone, @CreateTime)
            """,
            site);

    /// <summary>A site of an organisation, or of any if none is named.</summary>
    public static Task<Site?> FindAsync(Transaction transaction, Guid siteId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Site>(
            $"""
            select {Columns} from site
            where site_id = @siteId and (@organisationId::uuid is null or organisation_id = @organisationId)
            """,
            new { siteId, organisationId });

    public static async Task<IReadOnlyList<Site>> ListAsync(
        Transaction transaction, Guid? organisationId, Guid? after, int limit) =>
        (await transaction.Connection.QueryAsync<Site>(
            $"""
            select {Columns} from site
            where (@organisationId::uuid is null or organisation_id = @organisationId)
                and (@after::uuid is null or site_id > @after)
            order by site_id limit @limit
            """,
            new { organisationId, after, limit })).AsList();
}
