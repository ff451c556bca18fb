using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Matching;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Rpc;

/// <summary>Requests and quotes on the wire.</summary>
internal static class MatchingMaps
{
    public static V1.CapacityRequest ToProto(this CapacityRequestRow row) => new()
    {
        CapacityRequestId = row.CapacityRequestId.ToString(),
        State = Wire.Value<V1.CapacityRequestState>(row.State),
        OrganisationId = row.OrganisationId.ToString(),
        Criteria = V1.CapacityCriteria.Parser.ParseFrom(row.Criteria),
        Standing = row.Standing,
        Comment = row.Comment,
        CreateTime = row.CreateTime.ToTimestamp(),
        ExpireTime = row.ExpireTime.ToTimestamp(),
    };

    public static V1.Quote ToProto(this QuoteRow row, Caller caller)
    {
        var isHidden = row.HidesProvider && !ListingAudience.IsToldAll(caller);
        var terms = Terms.V1.LeaseTerms.Parser.ParseFrom(row.Terms);
        if (isHidden)
        {
            foreach (var tranche in terms.Tranches) tranche.PoolId = "";
        }
        return new()
        {
            QuoteId = row.QuoteId.ToString(),
            State = Wire.Value<V1.QuoteState>(row.State),
            CapacityRequestId = row.CapacityRequestId?.ToString() ?? "",
            ListingId = row.ListingId.ToString(),
            ListingVersion = row.ListingVersion,
            ProviderOrganisationId = isHidden ? "" : row.ProviderOrganisationId.ToString(),
            BuyerOrganisationId = row.BuyerOrganisationId.ToString(),
            Terms = terms,
            TotalAmount = ProtoMaps.Money(row.TotalMinorUnits, row.CurrencyCode),
            FirmAmount = ProtoMaps.Money(row.FirmMinorUnits, row.CurrencyCode),
            MwMonthAmount = Wire.Money(row.MwMonthAmount, row.CurrencyCode),
            CreateTime = row.CreateTime.ToTimestamp(),
            ExpireTime = row.ExpireTime.ToTimestamp(),
        };
    }
}
