using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Changes what is said of a site.</summary>
internal static class UpdateSite
{
    public static async Task<Site> HandleAsync(
        Transaction transaction, V1.UpdateSiteRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var siteId = fields.Id("site_id", request.SiteId);
        fields.Check();
        var site = await SiteRows.LockAsync(transaction, siteId, organisationId)
            ?? throw RpcErrors.NotFound("SITE_NOT_FOUND", "site", request.SiteId);
        var now = site.ToProto();
        var updated = new V1.UpdateSiteRequest
        {
            DisplayName = now.DisplayName,
            Description = now.Description,
            Power = now.Power,
        };
        UpdateMask.Apply(fields, request.UpdateMask, updated, request, "display_name", "description", "power");
        SiteRules.Check(fields, updated.DisplayName, updated.Description);
        var power = SiteRules.ReadPower(fields, updated.Power);
        fields.Check();

        var changed = site with
        {
            DisplayName = updated.DisplayName,
            Description = updated.Description,
            Power = power,
            Version = site.Version + 1,
            UpdateTime = transaction.Now,
        };
        await SiteRows.UpdateAsync(transaction, changed);
        return changed;
    }
}
