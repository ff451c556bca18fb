using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Creates a site.</summary>
internal static class CreateSite
{
    private const int NameLengthMax = 200;
    private const int DescriptionLengthMax = 2_000;

    public static async Task<Site> HandleAsync(
        Transaction transaction, V1.CreateSiteRequest request, Guid organisationId)
    {
        var fields = new Fields();
        fields.Text("display_name", request.DisplayName, 1, NameLengthMax);
        fields.Text("description", request.Description, 0, DescriptionLengthMax);
        fields.Name("region", request.Region);
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(request.TimeZone) is null)
        {
            fields.Wrong("time_zone", request.TimeZone.Length == 0 ? "REQUIRED" : "UNKNOWN_TIME_ZONE",
                "Must be a zone of the IANA database, such as 'America/Chicago'.");
        }
        fields.Check();
        var site = new Site(
            Guid.CreateVersion7(),
            organisationId,
            request.DisplayName,
            request.Description,
            request.Region,
            request.TimeZone,
            transaction.Now);
        await SiteRows.InsertAsync(transaction, site);
        return site;
    }
}
