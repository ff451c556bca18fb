using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Creates a site.</summary>
internal static class CreateSite
{
    public static async Task<Site> HandleAsync(
        Transaction transaction, V1.CreateSiteRequest request, Guid organisationId)
    {
        var fields = new Fields();
        SiteRules.Check(fields, request.DisplayName, request.Description);
        fields.Name("region", request.Region);
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(request.TimeZone) is null)
        {
            fields.Wrong("time_zone", request.TimeZone.Length == 0 ? "REQUIRED" : "UNKNOWN_TIME_ZONE",
                "Must be a zone of the IANA database, such as 'America/Chicago'.");
        }
        var power = SiteRules.ReadPower(fields, request.Power);
        fields.Check();
        var site = new Site(
            Guid.CreateVersion7(),
            organisationId,
            request.DisplayName,
            request.Description,
            request.Region,
            request.TimeZone,
            power,
            Version: 1,
            transaction.Now,
            transaction.Now);
        await SiteRows.InsertAsync(transaction, site);
        return site;
    }
}
