using System.Globalization;
using Google.Protobuf;
using Marketplace.Billing.Books;
using Marketplace.Billing.Domain;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Schedules;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using WireDate = Google.Type.Date;
using WireMoney = Google.Type.Money;

namespace Marketplace.Billing.Rpc;

/// <summary>What is read, as it goes over the wire.</summary>
internal static class Wire
{
    private const int NanosPerUnit = 1_000_000_000;

    public static V1.BillingSchedule ToProto(this BilledLease lease, IReadOnlyList<PeriodReading> periods)
    {
        var currency = lease.Signed.Terms.Currency.Code;
        return new()
        {
            LeaseId = lease.LeaseId.ToString(),
            ProviderOrganisationId = lease.ProviderOrganisationId.ToString(),
            BuyerOrganisationId = lease.BuyerOrganisationId.ToString(),
            TermsSha256 = ByteString.CopyFrom(lease.TermsSha256),
            TimeZone = lease.Signed.Terms.Zone.Id,
            Periods = { periods.Select(period => period.ToProto(currency)) },
            TotalAmount = Money(periods.Sum(period => period.Amount), currency),
            LeaseVersion = lease.LeaseVersion,
        };
    }

    public static V1.LeaseMeters ToProto(this Meters meters, BilledLease lease)
    {
        var currency = lease.Signed.Terms.Currency.Code;
        return new()
        {
            LeaseId = lease.LeaseId.ToString(),
            AtDate = Date(meters.At),
            HeadlineAmount = Money(meters.Headline, currency),
            BilledAmount = Money(meters.Billed, currency),
            RemainingAmount = Money(meters.Remaining, currency),
            FirmAmount = Money(meters.Firm, currency),
            FirmByProviderAmount = Money(meters.FirmByProvider, currency),
            FirmByBuyerAmount = Money(meters.FirmByBuyer, currency),
            FirmRemainingAmount = Money(meters.FirmRemaining, currency),
            FirmEndDate = Date(meters.FirmEnd),
        };
    }

    public static V1.Invoice ToProto(this InvoiceReading invoice, IEnumerable<ChargeLine> lines) => new()
    {
        InvoiceId = invoice.InvoiceId.ToString(),
        State = invoice.OutstandingAmount > 0 ? V1.InvoiceState.Open : V1.InvoiceState.Settled,
        LeaseId = invoice.LeaseId.ToString(),
        ProviderOrganisationId = invoice.ProviderOrganisationId.ToString(),
        BuyerOrganisationId = invoice.BuyerOrganisationId.ToString(),
        TermsSha256 = ByteString.CopyFrom(invoice.TermsSha256),
        PeriodStartDate = Date(invoice.PeriodStart),
        PeriodEndDate = Date(invoice.PeriodEnd),
        IssueDate = Date(invoice.IssueDate),
        DueDate = Date(invoice.DueDate),
        Amount = Money(invoice.Amount, invoice.CurrencyCode),
        Lines = { lines.Select(line => line.ToProto(invoice.CurrencyCode)) },
        PaidAmount = Money(invoice.PaidAmount, invoice.CurrencyCode),
        CreditedAmount = Money(invoice.CreditedAmount, invoice.CurrencyCode),
        DebitedAmount = Money(invoice.DebitedAmount, invoice.CurrencyCode),
        OutstandingAmount = Money(invoice.OutstandingAmount, invoice.CurrencyCode),
        CreateTime = invoice.CreateTime.ToTimestamp(),
    };

    public static V1.CorrectionNote ToProto(this NoteReading note, IEnumerable<CorrectedLine> lines) => new()
    {
        CorrectionNoteId = note.CorrectionNoteId.ToString(),
        Kind = (V1.CorrectionKind)note.Kind,
        InvoiceId = note.InvoiceId.ToString(),
        LeaseId = note.LeaseId.ToString(),
        ProviderOrganisationId = note.ProviderOrganisationId.ToString(),
        BuyerOrganisationId = note.BuyerOrganisationId.ToString(),
        IssueDate = Date(note.IssueDate),
        Amount = Money(note.Amount, note.CurrencyCode),
        Lines =
        {
            lines.Select(line => new V1.CorrectionLine
            {
                CorrectedLineNumber = line.LineNumber,
                CorrectedLine = line.Line?.ToProto(note.CurrencyCode),
                Amount = Money(line.Amount, note.CurrencyCode),
            }),
        },
        Reason = note.Reason,
        NoticeId = note.NoticeId?.ToString() ?? "",
        OccurTime = note.OccurTime.ToTimestamp(),
        CreateTime = note.CreateTime.ToTimestamp(),
    };

    /// <summary>A payment; which key recorded it, only operators may see.</summary>
    public static V1.Payment ToProto(this PaymentReading payment, bool withApiKey) => new()
    {
        PaymentId = payment.PaymentId.ToString(),
        InvoiceId = payment.InvoiceId.ToString(),
        LeaseId = payment.LeaseId.ToString(),
        PayerOrganisationId = payment.BuyerOrganisationId.ToString(),
        PayeeOrganisationId = payment.ProviderOrganisationId.ToString(),
        Amount = Money(payment.Amount, payment.CurrencyCode),
        Reference = payment.Reference,
        ReceiveTime = payment.ReceiveTime.ToTimestamp(),
        RecordTime = payment.RecordTime.ToTimestamp(),
        ApiKeyId = withApiKey ? payment.ApiKeyId.ToString() : "",
    };

    public static V1.LedgerAccount ToProto(this AccountReading account) => new()
    {
        LedgerAccountId = account.LedgerAccountId.ToString(),
        Kind = (V1.LedgerAccountKind)account.Kind,
        OrganisationId = account.OrganisationId?.ToString() ?? "",
        CurrencyCode = account.CurrencyCode,
        DebitAmount = Money(account.DebitAmount, account.CurrencyCode),
        CreditAmount = Money(account.CreditAmount, account.CurrencyCode),
        Balance = Money(account.DebitAmount - account.CreditAmount, account.CurrencyCode),
        CreateTime = account.CreateTime.ToTimestamp(),
    };

    public static V1.LedgerEntry ToProto(this EntryReading entry) => new()
    {
        LedgerEntryId = entry.LedgerEntryId.ToString(),
        BatchSequence = entry.BatchSequence,
        BatchPosition = entry.BatchPosition,
        Kind = (V1.LedgerEntryKind)entry.Kind,
        SourceId = entry.SourceId.ToString(),
        LeaseId = entry.LeaseId?.ToString() ?? "",
        Legs =
        {
            entry.Legs.Select(leg => new V1.LedgerLeg
            {
                LedgerAccountId = leg.LedgerAccountId.ToString(),
                Side = leg.Amount > 0 ? V1.LedgerSide.Debit : V1.LedgerSide.Credit,
                Amount = Money(Math.Abs(leg.Amount), leg.CurrencyCode),
            }),
        },
        OccurTime = entry.OccurTime.ToTimestamp(),
        RecordTime = entry.RecordTime.ToTimestamp(),
    };

    public static V1.LedgerBatch ToProto(this BatchReading batch) => new()
    {
        Sequence = batch.Sequence,
        PreviousSha256 = ByteString.CopyFrom(batch.PreviousSha256),
        BatchSha256 = ByteString.CopyFrom(batch.BatchSha256),
        EntryCount = batch.EntryCount,
        RecordTime = batch.RecordTime.ToTimestamp(),
    };

    public static V1.ConservationCheck ToProto(this ConservationReport report) => new()
    {
        Balanced = report.IsBalanced,
        CurrencyTotals =
        {
            report.Totals.OrderBy(total => total.Key, StringComparer.Ordinal).Select(total => new V1.CurrencyTotal
            {
                DebitAmount = Money(total.Value.Debit, total.Key),
                CreditAmount = Money(total.Value.Credit, total.Key),
            }),
        },
        EntryCount = report.EntryCount,
        BatchCount = report.BatchCount,
        UnbalancedLedgerEntryIds = { report.UnbalancedEntryIds.Select(id => id.ToString()) },
        ChainIntact = report.FirstBrokenBatch == 0,
        FirstBrokenBatchSequence = report.FirstBrokenBatch,
        LastBatchSha256 = ByteString.CopyFrom(report.LastHash),
    };

    /// <summary>An amount in minor units.</summary>
    public static WireMoney Money(decimal minorUnits, string currencyCode)
    {
        var amount = minorUnits / Currency.Find(currencyCode)!.MinorUnitsPerUnit;
        var units = decimal.Truncate(amount);
        return new()
        {
            CurrencyCode = currencyCode,
            Units = (long)units,
            Nanos = (int)((amount - units) * NanosPerUnit),
        };
    }

    private static V1.ScheduledPeriod ToProto(this PeriodReading period, string currencyCode) => new()
    {
        State = period.InvoiceId is null ? V1.ScheduledPeriodState.Planned : V1.ScheduledPeriodState.Invoiced,
        StartDate = Date(period.StartDate),
        EndDate = Date(period.EndDate),
        IssueDate = Date(period.IssueDate),
        DueDate = Date(period.DueDate),
        Amount = Money(period.Amount, currencyCode),
        InvoiceId = period.InvoiceId?.ToString() ?? "",
    };

    private static V1.InvoiceLine ToProto(this ChargeLine line, string currencyCode) => new()
    {
        LineNumber = line.LineNumber,
        TrancheId = line.TrancheId,
        ClauseId = line.ClauseId,
        StartDate = Date(line.StartDate),
        EndDate = Date(line.EndDate),
        Basis = (Terms.V1.FeeBasis)line.Basis,
        Price = Money(line.Price * Currency.Find(currencyCode)!.MinorUnitsPerUnit, currencyCode),
        Discount = new() { Value = line.Discount.ToString(CultureInfo.InvariantCulture) },
        DayCount = (Terms.V1.DayCount)line.DayCount,
        Numerator = line.Numerator,
        Denominator = line.Denominator,
        ContractedKw = line.ContractedKw,
        BillableKw = line.BillableKw,
        BundleKw = line.BundleKw,
        Amount = Money(line.Amount, currencyCode),
        Rounding = (V1.LineRounding)line.Rounding,
    };

    private static WireDate Date(DateOnly date) => new() { Year = date.Year, Month = date.Month, Day = date.Day };
}
