namespace Marketplace.Contracts;

/// <summary>An invoice is issued: the first event of an invoice.</summary>
[Event("invoice", "invoice-issued.v1")]
public sealed record InvoiceIssued
{
    /// <summary>The invoice.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>The lease that it is for.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The first service day.</summary>
    public required DateOnly PeriodStart { get; init; }

    /// <summary>The day after the last service day.</summary>
    public required DateOnly PeriodEnd { get; init; }

    /// <summary>The day by which it must be paid.</summary>
    public required DateOnly DueDate { get; init; }

    /// <summary>The currency, ISO 4217.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>The amount as a plain decimal with the currency's places.</summary>
    public required string Amount { get; init; }
}

/// <summary>An invoice is paid in full.</summary>
[Event("invoice", "invoice-paid.v1")]
public sealed record InvoicePaid
{
    /// <summary>The invoice.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>The lease that it is for.</summary>
    public required Guid LeaseId { get; init; }
}

/// <summary>A credit note or a debit note corrects an invoice.</summary>
[Event("invoice", "invoice-corrected.v1")]
public sealed record InvoiceCorrected
{
    /// <summary>The invoice.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>The lease that it is for.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The note.</summary>
    public required Guid CorrectionNoteId { get; init; }

    /// <summary>
    /// What the correction adds as a plain decimal with the currency's places; negative for a credit.
    /// </summary>
    public required string Amount { get; init; }
}
