namespace Marketplace.Contracts;

/// <summary>Both sides have signed and the capacity is reserved: the first event of a lease.</summary>
[Event("lease", "lease-signed.v1")]
public sealed record LeaseSigned
{
    /// <summary>The lease.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The provider.</summary>
    public required Guid ProviderOrganisationId { get; init; }

    /// <summary>The buyer.</summary>
    public required Guid BuyerOrganisationId { get; init; }

    /// <summary>
    /// The bytes of <c>marketplace.terms.v1.LeaseTerms</c> as they were signed; nobody serialises them again.
    /// </summary>
    public required byte[] TermsBytes { get; init; }

    /// <summary>SHA-256 over <c>marketplace.terms.v1</c>, a zero byte and the bytes.</summary>
    public required byte[] TermsSha256 { get; init; }

    /// <summary>When the second signature was given, by the market clock.</summary>
    public required DateTimeOffset SignTime { get; init; }
}

/// <summary>A party has served notice of termination, and the lease ends on another day or not.</summary>
[Event("lease", "lease-notice-served.v1")]
public sealed record LeaseNoticeServed
{
    /// <summary>The lease.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The notice.</summary>
    public required Guid NoticeId { get; init; }

    /// <summary>The organisation that served it.</summary>
    public required Guid OrganisationId { get; init; }

    /// <summary>The civil date on which it counts as received.</summary>
    public required DateOnly DeemedReceiptDate { get; init; }

    /// <summary>The day after the last service day of the lease, of all its notices the earliest.</summary>
    public required DateOnly EndDate { get; init; }

    /// <summary>Whether the notice moved the lease's end.</summary>
    public required bool MovesEnd { get; init; }
}

/// <summary>Both sides have withdrawn a notice; the capacity is reserved again.</summary>
[Event("lease", "lease-notice-withdrawn.v1")]
public sealed record LeaseNoticeWithdrawn
{
    /// <summary>The lease.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The notice.</summary>
    public required Guid NoticeId { get; init; }

    /// <summary>The day after the last service day of the lease, without the notice.</summary>
    public required DateOnly EndDate { get; init; }
}

/// <summary>The lease has ended: its last event.</summary>
[Event("lease", "lease-ended.v1")]
public sealed record LeaseEnded
{
    /// <summary>The lease.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>How: EXPIRED or CONVENIENCE.</summary>
    public required string Kind { get; init; }

    /// <summary>The day after its last service day.</summary>
    public required DateOnly EndDate { get; init; }
}
