using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Negotiations;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Rpc;

/// <summary>Negotiations and their versions on the wire.</summary>
internal static class NegotiationMaps
{
    public static V1.Negotiation ToProto(
        this NegotiationRow row, IEnumerable<NegotiationChangeRow> changes, IEnumerable<SignatureRow> signatures,
        Caller caller)
    {
        var negotiation = new V1.Negotiation
        {
            NegotiationId = row.NegotiationId.ToString(),
            State = Wire.Value<V1.NegotiationState>(row.State),
            QuoteId = row.QuoteId.ToString(),
            ListingId = row.ListingId.ToString(),
            ProviderOrganisationId = row.ProviderOrganisationId.ToString(),
            BuyerOrganisationId = row.BuyerOrganisationId.ToString(),
            LatestVersion = row.LatestVersion,
            LatestOfferParty = ProtoMaps.Party(row.LatestOfferParty),
            AgreedVersion = row.AgreedVersion,
            LeaseId = row.LeaseId?.ToString() ?? "",
            CreateTime = row.CreateTime.ToTimestamp(),
            UpdateTime = row.UpdateTime.ToTimestamp(),
            ExpireTime = row.ExpireTime.ToTimestamp(),
        };
        if (row.Shortfalls is { } shortfalls) negotiation.Shortfalls.Add(
            CapacityShort.Parser.ParseFrom(shortfalls).Shortfalls);
        negotiation.Signatures.Add(signatures.Select(signature => signature.ToProto(caller)));
        negotiation.Changes.Add(changes.Select(change => new V1.NegotiationChange
        {
            FromState = change.FromState is { } from ? Wire.Value<V1.NegotiationState>(from)
                : V1.NegotiationState.Unspecified,
            ToState = Wire.Value<V1.NegotiationState>(change.ToState),
            Cause = ProtoMaps.Cause(
                new(change.OrganisationId, change.ApiKeyId, change.Reason, change.Comment, change.OccurTime),
                change.RecordTime, caller),
        }));
        return negotiation;
    }

    public static V1.Signature ToProto(this SignatureRow row, Caller caller) => new()
    {
        Party = ProtoMaps.Party(row.Party),
        OrganisationId = row.OrganisationId.ToString(),
        ApiKeyId = ProtoMaps.KeyId(row.OrganisationId, row.ApiKeyId, caller),
        Version = row.Version,
        TermsSha256 = ProtoMaps.Bytes(row.TermsSha256),
        SignTime = row.SignTime.ToTimestamp(),
    };

    /// <summary>Writes a version; in lists without its terms, bytes and changes.</summary>
    public static V1.TermsVersion ToProto(this TermsVersionRow row, bool isInList = false)
    {
        var terms = row.Terms();
        var version = new V1.TermsVersion
        {
            NegotiationId = row.NegotiationId.ToString(),
            Version = row.Version,
            Party = ProtoMaps.Party(row.Party),
            Comment = row.Comment,
            TermsSha256 = ProtoMaps.Bytes(row.TermsSha256),
            TotalAmount = row.TotalMinorUnits is { } total ? ProtoMaps.Money(total, row.CurrencyCode) : null,
            FirmAmount = row.FirmMinorUnits is { } firm ? ProtoMaps.Money(firm, row.CurrencyCode) : null,
            CreateTime = row.CreateTime.ToTimestamp(),
            ExpireTime = row.ExpireTime.ToTimestamp(),
        };
        version.OpenTerms.Add(TermsReader.Read(terms).Open.Select(finding => new V1.OpenTerm
        {
            Field = finding.Field,
            Reason = finding.Reason,
            Description = finding.Message,
        }));
        if (isInList) return version;
        version.Terms = terms;
        version.TermsBytes = ProtoMaps.Bytes(row.TermsBytes);
        version.Changes.Add(V1.TermsDifference.Parser.ParseFrom(row.Difference).Changes);
        return version;
    }
}
