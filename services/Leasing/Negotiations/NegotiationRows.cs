using NodaTime;

namespace Marketplace.Leasing.Negotiations;

/// <summary>A negotiation as it is stored.</summary>
internal sealed class NegotiationRow
{
    public Guid NegotiationId { get; init; }

    public string State { get; init; } = "";

    public Guid QuoteId { get; init; }

    public Guid ListingId { get; init; }

    public Guid ProviderOrganisationId { get; init; }

    public Guid BuyerOrganisationId { get; init; }

    public int LatestVersion { get; init; }

    public string LatestOfferParty { get; init; } = "";

    public int AgreedVersion { get; init; }

    public Guid? LeaseId { get; init; }

    public byte[]? Shortfalls { get; init; }

    public Instant CreateTime { get; init; }

    public Instant UpdateTime { get; init; }

    public Instant ExpireTime { get; init; }

    /// <summary>The side that an organisation is on, or null.</summary>
    public V1.Party? PartyOf(Guid organisationId) =>
        organisationId == ProviderOrganisationId ? V1.Party.Provider
        : organisationId == BuyerOrganisationId ? V1.Party.Buyer
        : null;

    /// <summary>Whether it is in a state and its time is not over.</summary>
    public bool Is(string state, Instant now) => State == state && now < ExpireTime;
}

/// <summary>A change of a negotiation's state as it is stored.</summary>
internal sealed class NegotiationChangeRow
{
    public Guid NegotiationId { get; init; }

    public string? FromState { get; init; }

    public string ToState { get; init; } = "";

    public Guid? OrganisationId { get; init; }

    public Guid? ApiKeyId { get; init; }

    public string Reason { get; init; } = "";

    public string Comment { get; init; } = "";

    public Instant OccurTime { get; init; }

    public Instant RecordTime { get; init; }
}

/// <summary>A signature as it is stored.</summary>
internal sealed class SignatureRow
{
    public Guid NegotiationId { get; init; }

    public string Party { get; init; } = "";

    public Guid OrganisationId { get; init; }

    public Guid ApiKeyId { get; init; }

    public int Version { get; init; }

    public byte[] TermsSha256 { get; init; } = [];

    public Instant SignTime { get; init; }
}

/// <summary>A version of the terms as it is stored.</summary>
internal sealed class TermsVersionRow
{
    public Guid NegotiationId { get; init; }

    public int Version { get; init; }

    public string Party { get; init; } = "";

    public string Comment { get; init; } = "";

    public byte[] TermsBytes { get; init; } = [];

    public byte[] TermsSha256 { get; init; } = [];

    public byte[] Difference { get; init; } = [];

    public string CurrencyCode { get; init; } = "";

    public long? TotalMinorUnits { get; init; }

    public long? FirmMinorUnits { get; init; }

    public Instant CreateTime { get; init; }

    public Instant ExpireTime { get; init; }

    public Terms.V1.LeaseTerms Terms() => Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(TermsBytes);
}
