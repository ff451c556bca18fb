namespace Marketplace.Cli.Demo;

/// <summary>What the demo came to. Amounts are decimal texts in USD; ends are exclusive.</summary>
internal sealed record DemoAnswer(
    IReadOnlyList<DemoInvoice> Invoices,
    string InvoicedTotal,
    string HeadlineAtSigning,
    string FirmAtSigning,
    string RampDiscount,
    bool LedgerBalanced,
    int OversoldKw,
    DemoNoticeRun NoticeRun,
    IReadOnlyList<DemoCurveStep> CapacityCurve,
    IReadOnlyList<string> CounterOffer,
    string TraceId,
    decimal Seconds);

/// <summary>One invoice.</summary>
internal sealed record DemoInvoice(string PeriodStart, string PeriodEnd, string Amount, bool Paid);

/// <summary>The same deal, ended by notice.</summary>
internal sealed record DemoNoticeRun(
    string LastServiceDay,
    string End,
    string FinalInvoiceAmount,
    string InvoicedTotal,
    int FreeKwFromEnd,
    IReadOnlyList<DemoInvoice> Invoices);

/// <summary>The pool's power over some days, in kW.</summary>
internal sealed record DemoCurveStep(string Start, string End, int CapacityKw, int FloorKw, int ReservedKw, int FreeKw);
