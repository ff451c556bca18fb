using Dapper;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Invoicing;

/// <summary>An invoice as it is read, with what was paid and corrected since it was issued.</summary>
internal sealed record InvoiceReading
{
    private const string Select =
        """
        select * from invoice_now
        where (@organisationId::uuid is null or @organisationId in (provider_organisation_id, buyer_organisation_id))
        """;

    public Guid InvoiceId { get; init; }
    public Guid LeaseId { get; init; }
    public Guid ProviderOrganisationId { get; init; }
    public Guid BuyerOrganisationId { get; init; }
    public required byte[] TermsSha256 { get; init; }
    public required string CurrencyCode { get; init; }
    public DateOnly PeriodStart { get; init; }
    public DateOnly PeriodEnd { get; init; }
    public DateOnly IssueDate { get; init; }
    public DateOnly DueDate { get; init; }
    public long Amount { get; init; }
    public long PaidAmount { get; init; }
    public long CreditedAmount { get; init; }
    public long DebitedAmount { get; init; }
    public long OutstandingAmount { get; init; }
    public Instant CreateTime { get; init; }

    public static Task<InvoiceReading?> FindAsync(Transaction transaction, Guid invoiceId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<InvoiceReading?>(
            $"{Select} and invoice_id = @invoiceId", new { invoiceId, organisationId });

    /// <summary>
    /// Invoices, those of one lease by period, else by id; one more than the page holds if there are more.
    /// </summary>
    public static async Task<List<InvoiceReading>> ListAsync(
        Transaction transaction, Page page, Guid? organisationId, Guid? leaseId, bool? isSettled)
    {
        var order = leaseId is null
            ? "(@After::uuid is null or invoice_id > @After) order by invoice_id"
            : """
              lease_id = @leaseId and (@After::uuid is null or period_start >
                  (select period_start from invoice where invoice_id = @After))
              order by period_start
              """;
        return (await transaction.Connection.QueryAsync<InvoiceReading>(
            $"""
            {Select} and (@isSettled::boolean is null or (outstanding_amount <= 0) = @isSettled) and {order}
            limit @limit
            """,
            new { organisationId, leaseId, isSettled, page.After, limit = page.Size + 1 })).AsList();
    }
}
