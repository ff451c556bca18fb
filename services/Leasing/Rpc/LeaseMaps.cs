using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.Leasing.Termination;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Rpc;

/// <summary>Leases, termination quotes and notices on the wire.</summary>
internal static class LeaseMaps
{
    public static V1.Lease ToProto(this LeaseRow row)
    {
        var lease = new V1.Lease
        {
            LeaseId = row.LeaseId.ToString(),
            State = Wire.Value<V1.LeaseState>(row.State),
            NegotiationId = row.NegotiationId.ToString(),
            ListingId = row.ListingId.ToString(),
            ProviderOrganisationId = row.ProviderOrganisationId.ToString(),
            BuyerOrganisationId = row.BuyerOrganisationId.ToString(),
            Title = row.Title,
            TermsVersion = row.TermsVersion,
            TermsSha256 = ProtoMaps.Bytes(row.TermsSha256),
            CurrencyCode = row.CurrencyCode,
            TimeZone = row.TimeZone,
            StartDate = Wire.Date(row.StartDate),
            EndDate = Wire.Date(row.EndDate),
            NaturalEndDate = Wire.Date(row.NaturalEndDate),
            PeakContractedKw = row.PeakContractedKw,
            HeadlineAmountAtSigning = ProtoMaps.Money(row.HeadlineMinorUnits, row.CurrencyCode),
            FirmAmountAtSigning = ProtoMaps.Money(row.FirmMinorUnits, row.CurrencyCode),
            SignTime = row.SignTime.ToTimestamp(),
            Version = row.Version,
            CreateTime = row.CreateTime.ToTimestamp(),
            UpdateTime = row.UpdateTime.ToTimestamp(),
        };
        if (row.EndKind is { } kind)
        {
            lease.End = new()
            {
                Kind = Wire.Value<V1.LeaseEndKind>(kind),
                Party = row.EndParty is { } party ? ProtoMaps.Party(party) : V1.Party.Unspecified,
                NoticeId = row.EndNoticeId?.ToString() ?? "",
            };
        }
        return lease;
    }

    public static V1.LeaseChange ToProto(this LeaseChangeRow row, Caller caller) => new()
    {
        Version = row.Version,
        FromState = row.FromState is { } from ? Wire.Value<V1.LeaseState>(from) : V1.LeaseState.Unspecified,
        ToState = Wire.Value<V1.LeaseState>(row.ToState),
        EndDate = Wire.Date(row.EndDate),
        Cause = ProtoMaps.Cause(
            new(row.OrganisationId, row.ApiKeyId, row.Reason, row.Comment, row.OccurTime), row.RecordTime, caller),
    };

    public static V1.TerminationQuote ToProto(this TerminationQuoteRow row) => new()
    {
        TerminationQuoteId = row.TerminationQuoteId.ToString(),
        State = Wire.Value<V1.TerminationQuoteState>(row.State),
        LeaseId = row.LeaseId.ToString(),
        Party = ProtoMaps.Party(row.Party),
        EndKind = V1.LeaseEndKind.Convenience,
        Effect = V1.TerminationEffect.Parser.ParseFrom(row.Effect),
        CreateTime = row.CreateTime.ToTimestamp(),
        ExpireTime = row.ExpireTime.ToTimestamp(),
    };

    public static V1.Notice ToProto(this NoticeRow row, IEnumerable<ConsentRow> consents, Caller caller)
    {
        var notice = new V1.Notice
        {
            NoticeId = row.NoticeId.ToString(),
            State = Wire.Value<V1.NoticeState>(row.State),
            LeaseId = row.LeaseId.ToString(),
            Party = ProtoMaps.Party(row.Party),
            TerminationQuoteId = row.TerminationQuoteId.ToString(),
            EndKind = V1.LeaseEndKind.Convenience,
            Effect = V1.TerminationEffect.Parser.ParseFrom(row.Effect),
            Cause = ProtoMaps.Cause(
                new(row.OrganisationId, row.ApiKeyId, "NOTICE_SERVED", row.Comment, row.ServeTime), row.ServeTime,
                caller),
            WithdrawTime = ProtoMaps.Time(row.WithdrawTime),
        };
        notice.WithdrawalConsents.Add(consents.Select(consent => new V1.WithdrawalConsent
        {
            Party = ProtoMaps.Party(consent.Party),
            Cause = ProtoMaps.Cause(
                new(consent.OrganisationId, consent.ApiKeyId, "WITHDRAWAL_CONSENTED", consent.Comment,
                    consent.ConsentTime),
                consent.ConsentTime,
                caller),
        }));
        return notice;
    }
}
