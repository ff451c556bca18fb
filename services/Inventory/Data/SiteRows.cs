using Dapper;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Sites in the database.</summary>
internal static class SiteRows
{
    private const string Columns =
        """
        site_id, organisation_id, display_name, description, region, time_zone, grid_zone, utility, pue, redundancy,
        curtailable_kw, curtailment_notice_minutes, curtailment_maximum_annual_hours, site_version, create_time,
        site_update_time
        """;

    public static Task<int> InsertAsync(Transaction transaction, Site site) =>
        transaction.Connection.ExecuteAsync(
            $"""
            insert into site ({Columns})
            values (@SiteId, @OrganisationId, @DisplayName, @Description, @Region, @TimeZone, @GridZone, @Utility, @Pue,
                @Redundancy, @CurtailableKw, @CurtailmentNoticeMinutes, @CurtailmentMaximumAnnualHours, @SiteVersion,
                @CreateTime, @SiteUpdateTime)
            """,
            Row.Of(site));

    /// <summary>Saves what can change of a site.</summary>
    public static Task<int> UpdateAsync(Transaction transaction, Site site) =>
        transaction.Connection.ExecuteAsync(
            """
            update site set display_name = @DisplayName, description = @Description, grid_zone = @GridZone,
                utility = @Utility, pue = @Pue, redundancy = @Redundancy, curtailable_kw = @CurtailableKw,
                curtailment_notice_minutes = @CurtailmentNoticeMinutes,
                curtailment_maximum_annual_hours = @CurtailmentMaximumAnnualHours, site_version = @SiteVersion,
                site_update_time = @SiteUpdateTime
            where site_id = @SiteId
            """,
            Row.Of(site));

    /// <summary>A site of an organisation, or of any if none is named.</summary>
    public static async Task<Site?> FindAsync(Transaction transaction, Guid siteId, Guid? organisationId) =>
        (await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"""
            select {Columns} from site
            where site_id = @siteId and (@organisationId::uuid is null or organisation_id = @organisationId)
            """,
            new { siteId, organisationId }))?.ToSite();

    /// <summary>A site of an organisation, locked until the transaction ends.</summary>
    public static async Task<Site?> LockAsync(Transaction transaction, Guid siteId, Guid organisationId) =>
        (await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from site where site_id = @siteId and organisation_id = @organisationId for update",
            new { siteId, organisationId }))?.ToSite();

    public static async Task<IReadOnlyList<Site>> ListAsync(
        Transaction transaction, Guid? organisationId, Guid? after, int limit) =>
        [
            .. (await transaction.Connection.QueryAsync<Row>(
                $"""
                select {Columns} from site
                where (@organisationId::uuid is null or organisation_id = @organisationId)
                    and (@after::uuid is null or site_id > @after)
                order by site_id limit @limit
                """,
                new { organisationId, after, limit })).Select(row => row.ToSite()),
        ];

    private sealed record Row(
        Guid SiteId,
        Guid OrganisationId,
        string DisplayName,
        string Description,
        string Region,
        string TimeZone,
        string GridZone,
        string Utility,
        decimal? Pue,
        int Redundancy,
        int? CurtailableKw,
        int? CurtailmentNoticeMinutes,
        int? CurtailmentMaximumAnnualHours,
        long SiteVersion,
        Instant CreateTime,
        Instant SiteUpdateTime)
    {
        public static Row Of(Site site) => new(
            site.SiteId,
            site.OrganisationId,
            site.DisplayName,
            site.Description,
            site.Region,
            site.TimeZone,
            site.Power.GridZone,
            site.Power.Utility,
            site.Power.Pue,
            site.Power.Redundancy,
            site.Power.CurtailableKw,
            site.Power.CurtailmentNoticeMinutes,
            site.Power.CurtailmentMaximumAnnualHours,
            site.Version,
            site.CreateTime,
            site.UpdateTime);

        public Site ToSite() => new(
            SiteId,
            OrganisationId,
            DisplayName,
            Description,
            Region,
            TimeZone,
            new(
                GridZone,
                Utility,
                Pue,
                Redundancy,
                CurtailableKw,
                CurtailmentNoticeMinutes,
                CurtailmentMaximumAnnualHours),
            SiteVersion,
            CreateTime,
            SiteUpdateTime);
    }
}
