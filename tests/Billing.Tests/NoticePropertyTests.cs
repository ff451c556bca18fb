using Marketplace.Billing.V1;
using Marketplace.Terms;
using BillingTiming = Marketplace.Terms.V1.BillingTiming;

namespace Marketplace.Billing.Tests;

/// <summary>
/// Whatever ends a lease is given, and in whatever order, what was invoiced and corrected is the total of its terms cut
/// there.
/// </summary>
public sealed class NoticePropertyTests(BillingHost billing) : IClassFixture<BillingHost>
{
    private const int Cases = 60;
    private const int Seed = 20_260_501;

    [Fact]
    public async Task LeaseNoticeServed_AnyDatesInAnyOrder_InvoicedLessCreditedIsTheTotalOfTheCutTerms()
    {
        var random = new Random(Seed);
        for (var number = 0; number < Cases; number++)
        {
            var deal = AnyDeal(random);
            var lease = billing.NewLease(deal);
            var events = new List<LeaseEvent> { lease.Signed() };
            var end = Deal.Day(deal.End);
            for (var notices = random.Next(1, 5); notices > 0; notices--)
            {
                // Two days around the term, and often near its invoiced part.
                end = Deal.Day(deal.Start).AddDays(random.Next(-2, random.Next(2) == 0 ? 300 : 1_200));
                events.Add(random.Next(3) == 0 ? lease.NoticeWithdrawn(end) : lease.NoticeServed(end));
            }
            await billing.DeliverAsync([.. events]);
            await AssertHoldsAsync(lease, end, $"case {number} of seed {Seed}: {deal}");
        }
        Assert.True((await billing.CheckAsync()).Balanced);
    }

    private async Task AssertHoldsAsync(TestLease lease, DateOnly end, string description)
    {
        var terms = TermsReader.Read(lease.Deal.Message()).Terms!;
        var due = Projection.Of(terms.CutAt(end)).Invoices.ToDictionary(invoice => invoice.Period.Start);
        var schedule = await billing.ScheduleAsync(lease);
        Assert.True(
            schedule.TotalAmount.Text() == terms.Currency.Format(due.Values.Sum(invoice => invoice.AmountMinorUnits)),
                description);
        foreach (var listed in await billing.InvoicesAsync(lease))
        {
            var invoice = await billing.AsOperator.GetInvoiceAsync(new() { InvoiceId = listed.InvoiceId });
            var expected = due.TryGetValue(
                Deal.Day(invoice.PeriodStartDate.Text()), out var left) ? left.AmountMinorUnits : 0;
            Assert.True(invoice.OutstandingAmount.Text() == terms.Currency.Format(expected), description);
            await AssertLinesAsync(invoice, left, description);
        }
    }

    // The lines with their corrections are those that the cut terms give.
    private async Task AssertLinesAsync(V1.Invoice invoice, Terms.Invoice? due, string description)
    {
        var sums = invoice.Lines.ToDictionary(line => line.LineNumber, line => line.Amount.Minor());
        var listed = await billing.AsOperator.ListCorrectionNotesAsync(
            new() { InvoiceId = invoice.InvoiceId, PageSize = 1000 });
        foreach (var shown in listed.CorrectionNotes)
        {
            var note = await billing.AsOperator.GetCorrectionNoteAsync(
                new() { CorrectionNoteId = shown.CorrectionNoteId });
            Assert.True(note.Amount.Minor() == note.Lines.Sum(line => line.Amount.Minor()), description);
            foreach (var line in note.Lines)
            {
                var sign = note.Kind == CorrectionKind.Credit ? -1 : 1;
                sums[line.CorrectedLineNumber] = sums.GetValueOrDefault(
                    line.CorrectedLineNumber) + sign * line.Amount.Minor();
            }
        }
        Assert.True((due?.AmountMinorUnits ?? 0) == sums.Values.Sum(), description);
        Assert.True(
            (due?.Lines.Select(line => line.AmountMinorUnits) ?? []).Where(amount => amount != 0).Order()
                .SequenceEqual(sums.Values.Where(amount => amount != 0).Order()),
            description);
    }

    private static Deal AnyDeal(Random random)
    {
        var start = new DateOnly(2026, 3, 1).AddDays(random.Next(0, 330));
        var end = start.AddDays(random.Next(100, 1_000));
        return new()
        {
            Start = start.ToString("O"),
            End = end.ToString("O"),
            RampEnd = start.AddDays(random.Next(1, end.DayNumber - start.DayNumber)).ToString("O"),
            Discount = new[] { "0", "0.5", "0.333333333", "1" }[random.Next(4)],
            Timing = random.Next(2) == 0 ? BillingTiming.Advance : BillingTiming.Arrears,
            DayCount = Enum.GetValues<Terms.V1.DayCount>()[random.Next(1, 6)],
            MonthlyFee = random.Next(1, 2_000_000_000),
            TranchesKw = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 200_000))],
        };
    }
}
