using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Invoicing;

/// <summary>A credit or debit note as it is read.</summary>
internal sealed record NoteReading
{
    private const string Select =
        """
        select note.*, lease.provider_organisation_id, lease.buyer_organisation_id, lease.currency_code
        from correction_note as note join lease using (lease_id)
        where (@organisationId::uuid is null or @organisationId in (provider_organisation_id, buyer_organisation_id))
        """;

    public Guid CorrectionNoteId { get; init; }
    public CorrectionKind Kind { get; init; }
    public Guid InvoiceId { get; init; }
    public Guid LeaseId { get; init; }
    public Guid ProviderOrganisationId { get; init; }
    public Guid BuyerOrganisationId { get; init; }
    public required string CurrencyCode { get; init; }
    public DateOnly IssueDate { get; init; }
    public long Amount { get; init; }
    public required string Reason { get; init; }
    public Guid? NoticeId { get; init; }
    public Instant OccurTime { get; init; }
    public Instant CreateTime { get; init; }

    public static Task<NoteReading?> FindAsync(Transaction transaction, Guid noteId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<NoteReading?>(
            $"{Select} and correction_note_id = @noteId", new { noteId, organisationId });

    /// <summary>Notes in the order of their ids, one more than the page holds if there are more.</summary>
    public static async Task<List<NoteReading>> ListAsync(
        Transaction transaction, Page page, Guid? organisationId, Guid? leaseId, Guid? invoiceId, int? kind) =>
        (await transaction.Connection.QueryAsync<NoteReading>(
            $"""
            {Select}
              and (@leaseId::uuid is null or lease_id = @leaseId)
              and (@invoiceId::uuid is null or invoice_id = @invoiceId)
              and (@kind::int is null or kind = @kind)
              and (@After::uuid is null or correction_note_id > @After)
            order by correction_note_id limit @limit
            """,
            new { organisationId, leaseId, invoiceId, kind, page.After, limit = page.Size + 1 })).AsList();
}
