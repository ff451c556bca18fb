using System.Security.Cryptography;
using Google.Protobuf;
using Marketplace.Contracts;

namespace Marketplace.Billing.Tests;

/// <summary>A lease whose events the tests make, each with the next version.</summary>
internal sealed class TestLease(Guid provider, Guid buyer, Deal deal)
{
    private long version;

    public Guid Id { get; } = Guid.CreateVersion7();

    public Deal Deal => deal;

    public byte[] TermsBytes { get; } = deal.Message().ToByteArray();

    public byte[] TermsSha256 => SHA256.HashData([.. "marketplace.terms.v1"u8, 0, .. TermsBytes]);

    public LeaseEvent Signed(byte[]? bytes = null, byte[]? sha256 = null) => Next(new LeaseSigned
    {
        LeaseId = Id,
        ProviderOrganisationId = provider,
        BuyerOrganisationId = buyer,
        TermsBytes = bytes ?? TermsBytes,
        TermsSha256 = sha256 ?? TermsSha256,
        SignTime = new(2026, 4, 15, 14, 0, 0, TimeSpan.Zero),
    });

    public LeaseEvent NoticeServed(string end, bool movesEnd = true) => NoticeServed(Deal.Day(end), movesEnd);

    public LeaseEvent NoticeServed(DateOnly end, bool movesEnd = true) => Next(new LeaseNoticeServed
    {
        LeaseId = Id,
        NoticeId = Guid.CreateVersion7(),
        OrganisationId = buyer,
        DeemedReceiptDate = new(2027, 1, 1),
        EndDate = end,
        MovesEnd = movesEnd,
    });

    public LeaseEvent NoticeWithdrawn(string end) => NoticeWithdrawn(Deal.Day(end));

    public LeaseEvent NoticeWithdrawn(DateOnly end) =>
        Next(new LeaseNoticeWithdrawn { LeaseId = Id, NoticeId = Guid.CreateVersion7(), EndDate = end });

    public LeaseEvent Ended(string end, string kind = "CONVENIENCE") =>
        Next(new LeaseEnded { LeaseId = Id, Kind = kind, EndDate = Deal.Day(end) });

    private LeaseEvent Next(object happened) => new(Guid.CreateVersion7(), Id, ++version, happened);
}
