using System.Diagnostics;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Marketplace.Accounts.V1;
using Marketplace.Billing.V1;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using NodaTime;

namespace Marketplace.Cli.Demo;

/// <summary>
/// The reference deal from listing to last invoice, twice on one market clock: once to its natural end, once ended by
/// the buyer's notice. Everything goes through the public APIs.
/// </summary>
internal sealed class DemoRun(
    MarketEndpoints endpoints, MarketClient operators, string rampDiscount, Action<string> say)
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Chicago"];
    private static readonly TimeSpan AdvancePatience = TimeSpan.FromSeconds(60);
    private static readonly LocalDateTime SigningTime = new(2026, 4, 15, 9, 0);
    private static readonly LocalDateTime NoticeTime = new(2027, 1, 1, 12, 0);
    private static readonly LocalDate FirstMonth = new(2026, 5, 1);
    private static readonly LocalDate EndMonth = new(2029, 6, 1);

    public async Task<DemoAnswer> RunAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        await RefuseLateClockAsync();
        using var fullListing = await ListAsync("Reference deal");
        using var endedListing = await ListAsync("Reference deal with notice");
        var full = await DemoDeal.AskAsync(fullListing);
        var ended = await DemoDeal.AskAsync(endedListing);
        say($"each quoted at {Text(full.Quote.TotalAmount)} USD");
        foreach (var deal in new[] { full, ended }) await deal.NegotiateAsync();
        say("negotiated in one counter-offer round");
        await AdvanceAsync(SigningTime);
        var traceId = await SignAsync(full);
        await SignAsync(ended);
        say("signed by both sides on 2026-04-15 at 09:00 in Chicago");
        await PayMonthlyAsync(ended);
        return await ReportAsync(full, ended, traceId, TimeProvider.System.GetElapsedTime(start));
    }

    private async Task<DemoListing> ListAsync(string name)
    {
        var listing = await DemoListing.CreateAsync(endpoints, operators, name, rampDiscount);
        say($"{name}: 300 MW listed");
        return listing;
    }

    // The second signature is a trace of its own: it leads through all services, and no other call is in it.
    private static async Task<string> SignAsync(DemoDeal deal)
    {
        await deal.SignAsync(deal.Provider);
        using var trace = new Activity("second signature") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        await deal.SignAsync(deal.Buyer);
        trace.Stop();
        await deal.LeaseAsync();
        return trace.TraceId.ToString();
    }

    private async Task RefuseLateClockAsync()
    {
        var clock = await operators.Accounts.GetMarketClockAsync(new());
        if (clock.Mode != ClockMode.Sandbox) throw new DemoException(
            "The demo needs a sandbox: it moves the market clock.");
        if (clock.MarketTime.ToDateTime() > Instant(SigningTime).ToDateTimeUtc())
            throw new DemoException(
                $"The market clock says {clock.MarketTime.ToDateTime():u}, past the signing, and it never goes back. "
                + "Begin with a new sandbox: './market demo', or './market up --fresh'.");
    }

    // The clock goes to the first hours of each month, when its invoices are issued; both are paid at once.
    private async Task PayMonthlyAsync(DemoDeal ended)
    {
        for (var month = FirstMonth; month <= EndMonth; month = month.PlusMonths(1))
        {
            await AdvanceAsync(month.At(new LocalTime(6, 0)));
            var paid = await PayOpenInvoicesAsync();
            if (month.Month == 1 || month == EndMonth) say(
                $"{month.ToString("yyyy-MM", CultureInfo.InvariantCulture)}: {paid} invoices paid");
            if (month != NoticeTime.Date) continue;
            await AdvanceAsync(NoticeTime);
            var notice = await ended.ServeNoticeAsync();
            say($"notice served by the buyer: last service day {Text(notice.Effect.LastServiceDate)}");
        }
    }

    private async Task<int> PayOpenInvoicesAsync()
    {
        var open = await ListInvoicesAsync(operators, new() { State = InvoiceState.Open });
        foreach (var invoice in open.Where(invoice => invoice.OutstandingAmount is { Units: > 0 } or { Nanos: > 0 }))
        {
            var payment = new RecordPaymentRequest
            {
                InvoiceId = invoice.InvoiceId,
                Amount = invoice.OutstandingAmount,
                Reference = $"demo {invoice.InvoiceId}",
            };
            await operators.Billing.RecordPaymentAsync(payment);
        }
        return open.Count;
    }

    private async Task AdvanceAsync(LocalDateTime local)
    {
        var advance = await operators.Accounts.AdvanceClockAsync(
            new() { TargetMarketTime = Timestamp.FromDateTime(Instant(local).ToDateTimeUtc()) });
        using var patience = new CancellationTokenSource(AdvancePatience);
        try
        {
            await foreach (var known in operators.WatchClockAdvanceAsync(advance.ClockAdvanceId, patience.Token))
            {
                if (known.State == ClockAdvanceState.Stopped)
                    throw new DemoException($"The clock is stopped by a parked message: {known.Stop}");
            }
        }
        catch (OperationCanceledException)
        {
            throw new DemoException($"After {AdvancePatience.TotalSeconds} s the clock is not at {local}.");
        }
    }

    private async Task<DemoAnswer> ReportAsync(DemoDeal full, DemoDeal ended, string traceId, TimeSpan elapsed)
    {
        var invoices = await ListInvoicesAsync(full.Buyer, new() { LeaseId = full.Lease.LeaseId });
        var endedInvoices = await ListInvoicesAsync(ended.Buyer, new() { LeaseId = ended.Lease.LeaseId });
        var lease = await full.GetLeaseAsync();
        var endedLease = await ended.GetLeaseAsync();
        var books = await operators.Billing.CheckConservationAsync(new());
        var capacity = await operators.Inventory.CheckCapacityAsync(new());
        var curve = await AvailabilityAsync(full, new(2026, 4, 1), new(2029, 7, 1));
        var freed = await AvailabilityAsync(ended, ToLocalDate(endedLease.EndDate), new(2029, 6, 1));
        return new(
            [.. invoices.Select(Row)],
            Total(invoices),
            Text(lease.HeadlineAmountAtSigning),
            Text(lease.FirmAmountAtSigning),
            rampDiscount,
            books is { Balanced: true, ChainIntact: true },
            capacity.OversoldKw,
            new(
                Text(ToDate(ToLocalDate(endedLease.EndDate).PlusDays(-1))),
                Text(endedLease.EndDate),
                Text(endedInvoices[^1].Amount),
                Total(endedInvoices),
                freed.Min(step => step.FreeKw),
                [.. endedInvoices.Select(Row)]),
            [.. curve.Select(step => new DemoCurveStep(
                Text(step.StartDate), Text(step.EndDate), step.CapacityKw, step.FloorKw, step.ReservedKw,
                    step.FreeKw))],
            [.. full.CounterOffer.Select(change => $"{change.Field}: {change.BeforeJson} -> {change.AfterJson}")],
            traceId,
            Math.Round((decimal)elapsed.TotalSeconds, 1));
    }

    private static async Task<IReadOnlyList<AvailabilityStep>> AvailabilityAsync(DemoDeal deal, LocalDate start,
        LocalDate end)
    {
        var request = new GetPoolAvailabilityRequest
        {
            PoolId = deal.PoolId,
            StartDate = ToDate(start),
            EndDate = ToDate(end),
        };
        return (await deal.Provider.Inventory.GetPoolAvailabilityAsync(request)).Steps;
    }

    // By service period, whatever order the service lists them in.
    private static async Task<IReadOnlyList<Invoice>> ListInvoicesAsync(MarketClient clients,
        ListInvoicesRequest request)
    {
        var invoices = new List<Invoice>();
        do
        {
            var page = await clients.Billing.ListInvoicesAsync(request);
            invoices.AddRange(page.Invoices);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return [.. invoices.OrderBy(invoice => Text(invoice.PeriodStartDate), StringComparer.Ordinal)];
    }

    private static DemoInvoice Row(Invoice invoice) =>
        new(Text(invoice.PeriodStartDate), Text(invoice.PeriodEndDate), Text(invoice.Amount),
            invoice.State == InvoiceState.Settled);

    // What is invoiced is the invoices less what credit notes took back, plus what debit notes added.
    private static string Total(IEnumerable<Invoice> invoices) => invoices
        .Sum(invoice => Value(invoice.Amount) - Value(invoice.CreditedAmount) + Value(invoice.DebitedAmount))
        .ToString("F2", CultureInfo.InvariantCulture);

    private static decimal Value(Money? money) => money is null ? 0 : money.Units + money.Nanos / 1_000_000_000m;

    private static string Text(Money money) => Value(money).ToString("F2", CultureInfo.InvariantCulture);

    private static string Text(Date date) => $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}";

    private static Date ToDate(LocalDate date) => new() { Year = date.Year, Month = date.Month, Day = date.Day };

    private static LocalDate ToLocalDate(Date date) => new(date.Year, date.Month, date.Day);

    private static Instant Instant(LocalDateTime local) => Zone.AtStrictly(local).ToInstant();
}
