using Dapper;
using Marketplace.Billing.Books;
using Marketplace.Billing.Domain;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Schedules;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Payments;

/// <summary>Records that a buyer's payment of an invoice was received, and posts it.</summary>
internal static class RecordPayment
{
    /// <summary>Records a payment.</summary>
    public static async Task<PaymentOutcome> HandleAsync(
        PaymentReceived received, Guid apiKeyId, Transaction transaction)
    {
        if (await InvoiceReading.FindAsync(transaction, received.InvoiceId, null) is not { } known)
            return new PaymentOutcome.NoSuchInvoice();
        var lease = (await BilledLease.LockAsync(transaction, known.LeaseId))!;
        // Read again under the lock: another payment may have come between.
        var invoice = (await InvoiceReading.FindAsync(transaction, received.InvoiceId, null))!;
        if (received.Currency.Code != invoice.CurrencyCode)
            return new PaymentOutcome.OtherCurrency(invoice.CurrencyCode);
        if (invoice.OutstandingAmount <= 0) return new PaymentOutcome.Settled();
        if (received.Amount > invoice.OutstandingAmount)
            return new PaymentOutcome.AboveOutstanding(invoice.OutstandingAmount);

        var (paymentId, receiveTime) = (Guid.CreateVersion7(), received.ReceiveTime ?? transaction.Now);
        await transaction.Connection.ExecuteAsync(
            """
            insert into payment (payment_id, invoice_id, lease_id, amount, reference, receive_time, record_time,
                api_key_id)
            values (@paymentId, @InvoiceId, @LeaseId, @Amount, @Reference, @receiveTime, @Now, @apiKeyId)
            """,
            new
            {
                paymentId,
                received.InvoiceId,
                invoice.LeaseId,
                received.Amount,
                received.Reference,
                receiveTime,
                transaction.Now,
                apiKeyId,
            });
        if (received.Amount == invoice.OutstandingAmount)
        {
            await transaction.PublishAsync(
                invoice.InvoiceId,
                await InvoiceRows.NextVersionAsync(transaction, invoice.InvoiceId),
                new InvoicePaid { InvoiceId = invoice.InvoiceId, LeaseId = invoice.LeaseId });
        }
        await Ledger.PostAsync(
            transaction, [JournalEntry.OfPayment(paymentId, lease.Parties, received.Amount, receiveTime)]);
        return new PaymentOutcome.Recorded((await PaymentReading.FindAsync(transaction, paymentId, null))!);
    }
}

/// <summary>A payment that was received.</summary>
/// <param name="InvoiceId">The invoice that it pays.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="Amount">In minor units, above 0.</param>
/// <param name="Reference">What the bank calls it.</param>
/// <param name="ReceiveTime">When it was received; null: now.</param>
internal sealed record PaymentReceived(
    Guid InvoiceId, Terms.Currency Currency, long Amount, string Reference, Instant? ReceiveTime);

/// <summary>What recording a payment came to.</summary>
internal abstract record PaymentOutcome
{
    private PaymentOutcome() { }

    public sealed record Recorded(PaymentReading Payment) : PaymentOutcome;

    public sealed record NoSuchInvoice : PaymentOutcome;

    public sealed record OtherCurrency(string InvoiceCurrencyCode) : PaymentOutcome;

    public sealed record Settled : PaymentOutcome;

    public sealed record AboveOutstanding(long Outstanding) : PaymentOutcome;
}
