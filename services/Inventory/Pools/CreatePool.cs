using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Creates a pool with its calendar.</summary>
internal static class CreatePool
{
    public static async Task<Pool> HandleAsync(
        Transaction transaction, V1.CreatePoolRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var siteId = fields.Id("site_id", request.SiteId);
        fields.Choice("service_level", request.ServiceLevel);
        PoolRules.Check(fields, request.DisplayName, request.AcceleratorModel, request.AcceleratorCount,
            request.NameplateKw, request.DecommissioningDays);
        var capacity = fields.Curve("capacity_steps", request.CapacitySteps, Math.Max(0, request.NameplateKw));
        var floor = fields.Curve("floor_steps", request.FloorSteps, Fields.PowerKwMax);
        fields.Check();

        var site = await SiteRows.FindAsync(transaction, siteId, organisationId)
            ?? throw RpcErrors.NotFound("SITE_NOT_FOUND", "site", request.SiteId);
        var today = SiteCalendar.Today(site.TimeZone, transaction.Now);
        var pool = new Pool(
            Guid.CreateVersion7(),
            siteId,
            organisationId,
            request.DisplayName,
            (int)request.ServiceLevel,
            request.AcceleratorModel,
            request.AcceleratorCount,
            request.NameplateKw,
            site.Region,
            site.TimeZone,
            today,
            today.AddYears(Pool.CalendarYears),
            Version: 1,
            transaction.Now,
            transaction.Now,
            request.DecommissioningDays)
        {
            Capacity = capacity,
            Floor = floor,
        };
        var granted = CapacityErrors.Granted(CapacityRules.Open(pool.PoolId, pool.Calendar, capacity, floor));
        await ShardRows.InsertAsync(transaction, organisationId);
        await PoolRows.InsertAsync(transaction, pool);
        await PoolMonthRows.InsertAsync(transaction, granted);
        return pool;
    }
}
