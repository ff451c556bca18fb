using System.Text.Json;
using Marketplace.Billing.Invoicing;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing.Workers;

/// <summary>Issues the invoice of a billing period at the first instant of its issue date.</summary>
internal sealed class InvoiceWork : IDueWork
{
    public const string KindName = "invoice";

    public string Kind => KindName;

    public Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken)
    {
        var period = JsonSerializer.Deserialize<Period>(item.Payload)!;
        return IssueInvoice.HandleAsync(period.LeaseId, period.StartDate, transaction);
    }

    internal sealed record Period(Guid LeaseId, DateOnly StartDate);
}
