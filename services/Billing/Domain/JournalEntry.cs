using NodaTime;

namespace Marketplace.Billing.Domain;

/// <summary>A journal entry that is to be posted: what it records and the legs, which sum to zero.</summary>
internal sealed record JournalEntry
{
    private JournalEntry(EntryKind kind, Guid sourceId, Guid leaseId, Instant occurTime, params Leg[] legs)
    {
        if (legs.Length < 2
            || legs.GroupBy(leg => leg.Account.CurrencyCode).Any(currency => currency.Sum(leg => leg.Amount) != 0))
            throw new InvalidOperationException($"The entry of {kind} {sourceId} does not sum to zero.");
        (Kind, SourceId, LeaseId, OccurTime, Legs) = (kind, sourceId, leaseId, occurTime, legs);
    }

    public EntryKind Kind { get; }

    /// <summary>The invoice, note or payment.</summary>
    public Guid SourceId { get; }

    public Guid LeaseId { get; }

    /// <summary>When what it records happened.</summary>
    public Instant OccurTime { get; }

    public IReadOnlyList<Leg> Legs { get; }

    /// <summary>An invoice: the buyer owes it, and it is owed to the provider.</summary>
    public static JournalEntry OfInvoice(Guid invoiceId, LeaseParties lease, long amount, Instant occurTime) =>
        new(EntryKind.Invoice, invoiceId, lease.LeaseId, occurTime,
            new(lease.Receivable, amount), new(lease.Payable, -amount));

    /// <summary>A note: a credit takes back what an invoice posted, a debit adds to it.</summary>
    public static JournalEntry OfNote(Guid noteId, LeaseParties lease, Correction correction, Instant occurTime)
    {
        var isDebit = correction.Kind == CorrectionKind.Debit;
        var amount = isDebit ? correction.Amount : -correction.Amount;
        return new(isDebit ? EntryKind.DebitNote : EntryKind.CreditNote, noteId, lease.LeaseId, occurTime,
            new(lease.Receivable, amount), new(lease.Payable, -amount));
    }

    /// <summary>A payment: the money is there, and the buyer owes that much less.</summary>
    public static JournalEntry OfPayment(Guid paymentId, LeaseParties lease, long amount, Instant occurTime) =>
        new(EntryKind.Payment, paymentId, lease.LeaseId, occurTime,
            new(lease.Cash, amount), new(lease.Receivable, -amount));
}

/// <summary>What an entry does to one account; a debit is positive, a credit negative, in minor units.</summary>
internal sealed record Leg(Account Account, long Amount);

/// <summary>An account by what it is for.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="OrganisationId">Whose it is; null: the marketplace's own.</param>
/// <param name="CurrencyCode">Its currency.</param>
internal sealed record Account(AccountKind Kind, Guid? OrganisationId, string CurrencyCode);

/// <summary>The two sides of a lease and the accounts that it is posted to.</summary>
internal sealed record LeaseParties(Guid LeaseId, Guid ProviderId, Guid BuyerId, string CurrencyCode)
{
    public Account Receivable => new(AccountKind.BuyerReceivable, BuyerId, CurrencyCode);

    public Account Payable => new(AccountKind.ProviderPayable, ProviderId, CurrencyCode);

    public Account Cash => new(AccountKind.SettlementCash, null, CurrencyCode);
}

/// <summary>What an account is for.</summary>
internal enum AccountKind
{
    /// <summary>What a buyer owes.</summary>
    BuyerReceivable = 1,

    /// <summary>What is owed to a provider.</summary>
    ProviderPayable = 2,

    /// <summary>Money that was received and not passed on.</summary>
    SettlementCash = 3,
}

/// <summary>What an entry records.</summary>
internal enum EntryKind
{
    /// <summary>The issue of an invoice.</summary>
    Invoice = 1,

    /// <summary>A credit note.</summary>
    CreditNote = 2,

    /// <summary>A debit note.</summary>
    DebitNote = 3,

    /// <summary>A payment by a buyer.</summary>
    Payment = 4,
}
