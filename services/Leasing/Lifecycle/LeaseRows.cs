using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Lifecycle;

/// <summary>A lease as it is stored.</summary>
internal sealed record LeaseRow
{
    public Guid LeaseId { get; init; }

    public string State { get; init; } = "";

    public Guid NegotiationId { get; init; }

    public Guid ListingId { get; init; }

    public Guid ProviderOrganisationId { get; init; }

    public Guid BuyerOrganisationId { get; init; }

    public string Title { get; init; } = "";

    public int TermsVersion { get; init; }

    public byte[] TermsBytes { get; init; } = [];

    public byte[] TermsSha256 { get; init; } = [];

    public string CurrencyCode { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public DateOnly StartDate { get; init; }

    public DateOnly EndDate { get; init; }

    public DateOnly NaturalEndDate { get; init; }

    public long PeakContractedKw { get; init; }

    public long HeadlineMinorUnits { get; init; }

    public long FirmMinorUnits { get; init; }

    public string? EndKind { get; init; }

    public string? EndParty { get; init; }

    public Guid? EndNoticeId { get; init; }

    public Instant SignTime { get; init; }

    public long Version { get; init; }

    public long EventVersion { get; init; }

    public Instant? ScheduleTime { get; init; }

    /// <summary>Whether its billing schedule stands.</summary>
    public bool IsScheduled => ScheduleTime is not null;

    public Instant CreateTime { get; init; }

    public Instant UpdateTime { get; init; }

    /// <summary>The side that an organisation is on, or null.</summary>
    public V1.Party? PartyOf(Guid organisationId) =>
        organisationId == ProviderOrganisationId ? V1.Party.Provider
        : organisationId == BuyerOrganisationId ? V1.Party.Buyer
        : null;

    /// <summary>The signed terms.</summary>
    public LeaseTerms Terms() => TermsReader.Read(Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(TermsBytes)).Terms
        ?? throw new InvalidOperationException($"The signed terms of {LeaseId} cannot be read.");
}

/// <summary>A change of a lease as it is stored.</summary>
internal sealed class LeaseChangeRow
{
    public long Version { get; init; }

    public string? FromState { get; init; }

    public string ToState { get; init; } = "";

    public DateOnly EndDate { get; init; }

    public Guid? OrganisationId { get; init; }

    public Guid? ApiKeyId { get; init; }

    public string Reason { get; init; } = "";

    public string Comment { get; init; } = "";

    public Instant OccurTime { get; init; }

    public Instant RecordTime { get; init; }
}
