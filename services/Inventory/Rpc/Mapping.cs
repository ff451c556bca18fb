using System.Globalization;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Between the domain and the wire.</summary>
internal static class Mapping
{
    public static Google.Type.Date ToProto(this DateOnly date) =>
        new() { Year = date.Year, Month = date.Month, Day = date.Day };

    public static DateOnly ToDateOnly(this Google.Type.Date date) => new(date.Year, date.Month, date.Day);

    public static V1.Site ToProto(this Site site) => new()
    {
        SiteId = site.SiteId.ToString(),
        OrganisationId = site.OrganisationId.ToString(),
        DisplayName = site.DisplayName,
        Description = site.Description,
        Region = site.Region,
        TimeZone = site.TimeZone,
        CreateTime = site.CreateTime.ToTimestamp(),
        Power = site.Power == SitePower.NotStated ? null : site.Power.ToProto(),
        Version = site.Version,
        UpdateTime = site.UpdateTime.ToTimestamp(),
    };

    public static V1.Pool ToProto(this Pool pool) => new()
    {
        PoolId = pool.PoolId.ToString(),
        SiteId = pool.SiteId.ToString(),
        OrganisationId = pool.OrganisationId.ToString(),
        DisplayName = pool.DisplayName,
        ServiceLevel = (Terms.V1.ServiceLevel)pool.ServiceLevel,
        AcceleratorModel = pool.AcceleratorModel,
        AcceleratorCount = pool.AcceleratorCount,
        NameplateKw = pool.NameplateKw,
        DecommissioningDays = pool.DecommissioningDays,
        CapacitySteps = { pool.Capacity.Steps.Select(ToProto) },
        FloorSteps = { pool.Floor.Steps.Select(ToProto) },
        Region = pool.Region,
        TimeZone = pool.TimeZone,
        CalendarStartDate = pool.CalendarStartDate.ToProto(),
        CalendarEndDate = pool.CalendarEndDate.ToProto(),
        Version = pool.Version,
        CreateTime = pool.CreateTime.ToTimestamp(),
        UpdateTime = pool.UpdateTime.ToTimestamp(),
    };

    public static V1.Listing ToProto(this Listing listing)
    {
        var offer = V1.ListingOffer.Parser.ParseFrom(listing.Offer);
        return new()
        {
            ListingId = listing.ListingId.ToString(),
            State = (V1.ListingState)listing.State,
            OrganisationId = listing.OrganisationId.ToString(),
            PoolId = listing.PoolId.ToString(),
            SiteId = listing.SiteId.ToString(),
            Offer = offer,
            Region = listing.Region,
            TimeZone = listing.TimeZone,
            ServiceLevel = (Terms.V1.ServiceLevel)listing.ServiceLevel,
            AcceleratorModel = listing.AcceleratorModel,
            Version = listing.Version,
            CreateTime = listing.CreateTime.ToTimestamp(),
            UpdateTime = listing.UpdateTime.ToTimestamp(),
            PublishTime = listing.PublishTime?.ToTimestamp(),
            Contingent = offer.ContingentLeaseId.Length > 0,
        };
    }

    /// <summary>The listing as a caller is shown it.</summary>
    public static V1.Listing ToProto(this SeenListing seen, Caller caller)
    {
        var listing = seen.Listing.ToProto();
        return new ListingAudience(listing).Shown(listing, caller, seen.IsDisclosed);
    }

    public static V1.Reservation ToProto(this Reservation reservation) => new()
    {
        ReservationId = reservation.ReservationId.ToString(),
        State = Enum.Parse<V1.ReservationState>(reservation.StateName, ignoreCase: true),
        LeaseId = reservation.LeaseId.ToString(),
        ProviderOrganisationId = reservation.ProviderOrganisationId.ToString(),
        BuyerOrganisationId = reservation.BuyerOrganisationId.ToString(),
        ListingId = reservation.ListingId?.ToString() ?? "",
        Tranches = { reservation.Held.GroupBy(step => step.TrancheIndex).Select(ToProto) },
        EndDate = reservation.EndDate.ToProto(),
        OriginalEndDate = reservation.OriginalEndDate.ToProto(),
        ExpireTime = reservation.ExpireTime?.ToTimestamp(),
        Version = reservation.Version,
        CreateTime = reservation.CreateTime.ToTimestamp(),
        UpdateTime = reservation.UpdateTime.ToTimestamp(),
    };

    public static V1.CapacityShortfall ToProto(this Shortfall shortfall) => new()
    {
        PoolId = shortfall.PoolId.ToString(),
        TrancheId = shortfall.TrancheId,
        StartDate = shortfall.Days.Start.ToProto(),
        EndDate = shortfall.Days.End.ToProto(),
        WantedKw = shortfall.WantedKw,
        FreeKw = shortfall.FreeKw,
        ShortKw = shortfall.WantedKw - shortfall.FreeKw,
    };

    public static IEnumerable<V1.FreeStep> ToFreeSteps(this int[] freeKw, DateOnly start) =>
        DaysOfPower.Runs(start, freeKw).Select(run => new V1.FreeStep
        {
            StartDate = run.Days.Start.ToProto(),
            EndDate = run.Days.End.ToProto(),
            FreeKw = run.Kw,
        });

    private static V1.SitePower ToProto(this SitePower power)
    {
        var stated = new V1.SitePower
        {
            GridZone = power.GridZone,
            Utility = power.Utility,
            Redundancy = (V1.PowerRedundancy)power.Redundancy,
        };
        if (power.Pue is { } pue) stated.Pue = new() { Value = pue.ToString(CultureInfo.InvariantCulture) };
        if (power.CurtailableKw is not { } curtailableKw) return stated;
        stated.Curtailment = new() { CurtailableKw = curtailableKw };
        if (power.CurtailmentNoticeMinutes is { } minutes) stated.Curtailment.NoticeMinutes = minutes;
        if (power.CurtailmentMaximumAnnualHours is { } hours) stated.Curtailment.MaximumAnnualHours = hours;
        return stated;
    }

    public static V1.CurveStep ToProto(PowerStep step) =>
        new() { StartDate = step.Start.ToProto(), PowerKw = step.Kw };

    private static V1.TrancheProfile ToProto(IEnumerable<HeldStep> steps) => new()
    {
        TrancheId = steps.First().TrancheId,
        PoolId = steps.First().PoolId.ToString(),
        Steps =
        {
            steps.Select(step => new V1.ReservedStep
            {
                StartDate = step.Days.Start.ToProto(),
                EndDate = step.Days.End.ToProto(),
                ReservedKw = step.Kw,
            }),
        },
    };
}
