using Dapper;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Payments;

/// <summary>A payment as it is read.</summary>
internal sealed record PaymentReading
{
    private const string Select =
        """
        select payment.*, lease.provider_organisation_id, lease.buyer_organisation_id, lease.currency_code
        from payment join lease using (lease_id)
        where (@organisationId::uuid is null or @organisationId in (provider_organisation_id, buyer_organisation_id))
        """;

    public Guid PaymentId { get; init; }
    public Guid InvoiceId { get; init; }
    public Guid LeaseId { get; init; }
    public Guid ProviderOrganisationId { get; init; }
    public Guid BuyerOrganisationId { get; init; }
    public required string CurrencyCode { get; init; }
    public long Amount { get; init; }
    public required string Reference { get; init; }
    public Instant ReceiveTime { get; init; }
    public Instant RecordTime { get; init; }
    public Guid ApiKeyId { get; init; }

    public static Task<PaymentReading?> FindAsync(Transaction transaction, Guid paymentId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<PaymentReading?>(
            $"{Select} and payment_id = @paymentId", new { paymentId, organisationId });

    /// <summary>Payments in the order of their ids, one more than the page holds if there are more.</summary>
    public static async Task<List<PaymentReading>> ListAsync(
        Transaction transaction, Page page, Guid? organisationId, Guid? leaseId, Guid? invoiceId) =>
        (await transaction.Connection.QueryAsync<PaymentReading>(
            $"""
            {Select}
              and (@leaseId::uuid is null or lease_id = @leaseId)
              and (@invoiceId::uuid is null or invoice_id = @invoiceId)
              and (@After::uuid is null or payment_id > @After)
            order by payment_id limit @limit
            """,
            new { organisationId, leaseId, invoiceId, page.After, limit = page.Size + 1 })).AsList();
}
