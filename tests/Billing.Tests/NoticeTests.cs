using Marketplace.Billing.V1;
using Marketplace.Terms.V1;
using static Marketplace.Billing.V1.CorrectionKind;

namespace Marketplace.Billing.Tests;

/// <summary>Notices, at noon of 2027-01-15 in Chicago, when May 2026 to January 2027 are invoiced.</summary>
public sealed class NoticeTests(BillingHost billing) : IClassFixture<BillingHost>
{
    private const string Start = "2026-05-01";
    private const string NaturalEnd = "2029-06-01";
    private const string ToJanuary = "10000000000.00";

    [Fact]
    public async Task LeaseSigned_AfterIssueDates_IssuesAtOnceWithTodaysDates()
    {
        var lease = await billing.SignAsync();

        var invoices = await billing.InvoicesAsync(lease);
        Assert.Equal(9, invoices.Count);
        Assert.Equal(ToJanuary, invoices.Select(invoice => invoice.Amount).Total());
        Assert.All(
            invoices, invoice =>
                Assert.Equal(("2027-01-15", "2027-02-14"), (invoice.IssueDate.Text(), invoice.DueDate.Text())));
        Assert.Equal(
            28, (await billing.ScheduleAsync(lease)).Periods.Count(
                period => period.State == ScheduledPeriodState.Planned));
    }

    [Fact]
    public async Task GetInvoice_RampMonth_HasALineThatCanBeRecomputed()
    {
        var lease = await billing.SignAsync();
        var listed = (await billing.InvoicesAsync(lease))[0];
        Assert.Empty(listed.Lines);

        var invoice = await billing.AsBuyer.GetInvoiceAsync(new() { InvoiceId = listed.InvoiceId });
        var line = Assert.Single(invoice.Lines);
        Assert.Equal(
            (1, "tranche-1", "ramp", "2026-05-01", "2026-06-01", "0.5", 31L, 31L, 300_000, 300_000, 300_000L),
            (line.LineNumber, line.TrancheId, line.ClauseId, line.StartDate.Text(), line.EndDate.Text(),
                line.Discount.Value,
                line.Numerator, line.Denominator, line.ContractedKw, line.BillableKw, line.BundleKw));
        Assert.Equal(
            (FeeBasis.FixedMonthly, DayCount.ActMonth, "1250000000.00", "625000000.00", LineRounding.Exact),
            (line.Basis, line.DayCount, line.Price.Text(), line.Amount.Text(), line.Rounding));
        Assert.Equal(lease.TermsSha256, invoice.TermsSha256.ToByteArray());
    }

    [Fact]
    public async Task LeaseNoticeServed_IssuedPeriodShortened_CreditsTheExactRest()
    {
        var lease = await billing.SignAsync();
        var served = lease.NoticeServed("2027-01-20");
        await billing.DeliverAsync(served);

        var note = Assert.Single(await billing.NotesAsync(lease));
        var january = (await billing.InvoicesAsync(lease))[^1];
        Assert.Equal(
            (Credit, january.InvoiceId, "483870967.74", "NOTICE_SERVED", "2027-01-15"),
            (note.Kind, note.InvoiceId, note.Amount.Text(), note.Reason, note.IssueDate.Text()));
        Assert.Equal(((Contracts.LeaseNoticeServed)served.Event).NoticeId.ToString(), note.NoticeId);
        var line = Assert.Single(note.Lines);
        Assert.Equal(
            (1, "483870967.74", 1, "766129032.26", 19L, 31L, LineRounding.Up),
            (line.CorrectedLineNumber, line.Amount.Text(), line.CorrectedLine.LineNumber,
                line.CorrectedLine.Amount.Text(),
                line.CorrectedLine.Numerator, line.CorrectedLine.Denominator, line.CorrectedLine.Rounding));
        Assert.Equal(("1250000000.00", "483870967.74", "766129032.26"),
            (january.Amount.Text(), january.CreditedAmount.Text(), january.OutstandingAmount.Text()));
        var entry = Assert.Single(
            (await billing.AsOperator.ListLedgerEntriesAsync(
                new() { SourceId = note.CorrectionNoteId })).LedgerEntries);
        Assert.Equal(LedgerEntryKind.CreditNote, entry.Kind);
        Assert.Equal([(LedgerSide.Debit, "483870967.74"), (LedgerSide.Credit, "483870967.74")],
            entry.Legs.Select(leg => (leg.Side, leg.Amount.Text())).OrderBy(leg => leg.Side));
        await AssertTotalAsync(lease, "9516129032.26");
    }

    [Fact]
    public async Task LeaseNoticeServed_EarlierEndAgain_CreditsTheDifferenceOnly()
    {
        var lease = await billing.SignAsync();
        await billing.DeliverAsync(lease.NoticeServed("2027-01-20"));
        await billing.DeliverAsync(lease.NoticeServed("2027-01-17"));

        var notes = await billing.NotesAsync(lease);
        Assert.Equal(["483870967.74", "120967741.94"], notes.Select(note => note.Amount.Text()));
        Assert.Equal("645161290.32", Assert.Single(notes[1].Lines).CorrectedLine.Amount.Text());
        await AssertTotalAsync(lease, "9395161290.32");
    }

    [Fact]
    public async Task LeaseNoticeServed_EndBeforeIssuedPeriods_CreditsThemWhole()
    {
        var lease = await billing.SignAsync();
        await billing.DeliverAsync(lease.NoticeServed(Start));

        var notes = await billing.NotesAsync(lease);
        Assert.Equal(9, notes.Count);
        Assert.All(notes, note => Assert.Null(Assert.Single(note.Lines).CorrectedLine));
        Assert.All(
            await billing.InvoicesAsync(lease), invoice => Assert.Equal("0.00", invoice.OutstandingAmount.Text()));
        var meters = await billing.MetersAsync(lease);
        Assert.Equal(
            ("0.00", "0.00", "0.00"),
                (meters.HeadlineAmount.Text(), meters.BilledAmount.Text(), meters.FirmAmount.Text()));
        await AssertTotalAsync(lease, "0.00");
    }

    [Fact]
    public async Task LeaseNoticeServed_PaidInvoiceShortened_LeavesANegativeOutstanding()
    {
        var lease = await billing.SignAsync();
        var january = (await billing.InvoicesAsync(lease))[^1];
        await billing.AsOperator.RecordPaymentAsync(new()
        {
            RequestId = Guid.CreateVersion7().ToString(),
            InvoiceId = january.InvoiceId,
            Amount = january.Amount,
        });
        await billing.DeliverAsync(lease.NoticeServed("2027-01-20"));

        var after = await billing.AsBuyer.GetInvoiceAsync(new() { InvoiceId = january.InvoiceId });
        Assert.Equal(("-483870967.74", InvoiceState.Settled), (after.OutstandingAmount.Text(), after.State));
    }

    [Fact]
    public async Task LeaseNoticeServed_MovesNothing_ChangesOnlyTheVersion()
    {
        var lease = await billing.SignAsync();
        var before = await billing.ScheduleAsync(lease);
        await billing.DeliverAsync(lease.NoticeServed(NaturalEnd, movesEnd: false));

        before.LeaseVersion = 2;
        Assert.Equal(before, await billing.ScheduleAsync(lease));
        Assert.Empty(await billing.NotesAsync(lease));
    }

    [Fact]
    public async Task LeaseNoticeServed_SegmentsAfterTheEnd_VanishLineByLine()
    {
        // The ramp ends inside January, and three tranches share the fee by thirds.
        var lease = await billing.SignAsync(new() { RampEnd = "2027-01-10", TranchesKw = [100_000, 100_000, 100_000] });
        var january = await billing.AsBuyer.GetInvoiceAsync(
            new() { InvoiceId = (await billing.InvoicesAsync(lease))[^1].InvoiceId });
        Assert.Equal(6, january.Lines.Count);
        await billing.DeliverAsync(lease.NoticeServed("2027-01-07"));

        var note = Assert.Single(await billing.NotesAsync(lease));
        Assert.Equal([1, 2, 3, 4, 5, 6], note.Lines.Select(line => line.CorrectedLineNumber));
        Assert.Equal(
            [true, false, true, false, true, false], note.Lines.Select(line => line.CorrectedLine is not null));
        Assert.Equal(note.Amount.Text(), note.Lines.Select(line => line.Amount).Total());
        foreach (var line in note.Lines)
        {
            var corrected = line.CorrectedLine is { } left ? left.Amount : WireText.Usd("0");
            Assert.Equal(
                january.Lines[line.CorrectedLineNumber - 1].Amount.Text(), new[] { corrected, line.Amount }.Total());
        }
    }

    [Fact]
    public async Task LeaseNoticeWithdrawn_AfterCredit_DebitsItAgainAndRestoresTheSchedule()
    {
        var lease = await billing.SignAsync();
        var before = await billing.ScheduleAsync(lease);
        await billing.DeliverAsync(lease.NoticeServed("2026-12-16"), lease.NoticeWithdrawn(NaturalEnd));

        var notes = await billing.NotesAsync(lease);
        Assert.Equal(
            [(Credit, "645161290.32"), (Credit, "1250000000.00"), (Debit, "645161290.32"), (Debit, "1250000000.00")],
            notes.OrderBy(note => note.Kind).ThenBy(note => note.Amount.Units).Select(
                note => (note.Kind, note.Amount.Text())));
        Assert.All(notes.Where(note => note.Kind == Debit), note => Assert.Equal("NOTICE_WITHDRAWN", note.Reason));
        before.LeaseVersion = 3;
        Assert.Equal(before, await billing.ScheduleAsync(lease));
        await AssertTotalAsync(lease, ToJanuary);
    }

    [Fact]
    public async Task LeaseNoticeWithdrawn_InvoiceIssuedShort_DebitsTheRestWithTheLinesItNeverHad()
    {
        // In arrears January is not invoiced yet; the notice has its first six days invoiced, which lie before the
        // second line.
        var arrears = await billing.SignAsync(new() { RampEnd = "2027-01-10", Timing = BillingTiming.Arrears });
        await billing.DeliverAsync(arrears.NoticeServed("2027-01-07"));
        var january = await billing.AsBuyer.GetInvoiceAsync(
            new() { InvoiceId = (await billing.InvoicesAsync(arrears))[^1].InvoiceId });
        Assert.Equal(("2027-01-07", "120967741.94"), (january.PeriodEndDate.Text(), january.Amount.Text()));
        Assert.Single(january.Lines);

        await billing.DeliverAsync(arrears.NoticeWithdrawn(NaturalEnd));

        var note = Assert.Single(await billing.NotesAsync(arrears));
        Assert.Equal((Debit, "947580645.16"), (note.Kind, note.Amount.Text()));
        Assert.Equal([(1, "181451612.90"), (2, "887096774.20")],
            note.Lines.Select(line => (line.CorrectedLineNumber, line.CorrectedLine.Amount.Text())).Order());
    }

    [Fact]
    public async Task LeaseNoticeWithdrawn_BeforeTheNextIssueDate_IssuesTheRestoredPeriods()
    {
        await using var host = new Owned(new() { Start = new(2027, 1, 15, 18, 0, 0, TimeSpan.Zero) });
        var own = await host.StartAsync();
        var lease = await own.SignAsync(new() { Timing = BillingTiming.Arrears });
        await own.DeliverAsync(lease.NoticeServed("2027-02-10"), lease.NoticeWithdrawn(NaturalEnd));
        await own.Clock.AdvanceAsync(new(2027, 3, 1, 18, 0, 0, TimeSpan.Zero));

        var last = (await own.InvoicesAsync(lease))[^1];
        Assert.Equal(("2027-02-01", "2027-03-01", "1250000000.00"),
            (last.PeriodStartDate.Text(), last.PeriodEndDate.Text(), last.Amount.Text()));
        Assert.Empty(await own.NotesAsync(lease));
    }

    [Fact]
    public async Task LeaseNoticeServed_InArrears_IssuesTheShortenedPeriodAtItsOwnEnd()
    {
        await using var host = new Owned(new() { Start = new(2027, 1, 15, 18, 0, 0, TimeSpan.Zero) });
        var own = await host.StartAsync();
        var lease = await own.SignAsync(new() { Timing = BillingTiming.Arrears });
        await own.DeliverAsync(lease.NoticeServed("2027-02-10"));
        await own.Clock.AdvanceAsync(new(2027, 2, 10, 5, 59, 59, TimeSpan.Zero));
        Assert.Equal("2027-02-01", (await own.InvoicesAsync(lease))[^1].PeriodEndDate.Text());

        await own.Clock.AdvanceAsync(new(2027, 2, 10, 6, 0, 0, TimeSpan.Zero));
        var last = (await own.InvoicesAsync(lease))[^1];
        Assert.Equal(("2027-02-01", "2027-02-10", "2027-02-10", "401785714.29"),
            (last.PeriodStartDate.Text(), last.PeriodEndDate.Text(), last.IssueDate.Text(), last.Amount.Text()));
        await own.Clock.AdvanceAsync(new(2027, 4, 1, 18, 0, 0, TimeSpan.Zero));
        Assert.Equal(10, (await own.InvoicesAsync(lease)).Count);
    }

    [Fact]
    public async Task GetLeaseMeters_AfterNotice_CountsNotesAndThePlan()
    {
        var lease = await billing.SignAsync();
        await billing.DeliverAsync(lease.NoticeServed("2027-04-02"));

        var today = await billing.MetersAsync(lease);
        Assert.Equal(
            ("2027-01-15", "12541666666.67", ToJanuary, "2541666666.67", "12541666666.67", "2027-04-02"),
            (today.AtDate.Text(), today.HeadlineAmount.Text(), today.BilledAmount.Text(), today.RemainingAmount.Text(),
                today.FirmAmount.Text(), today.FirmEndDate.Text()));
        var later = await billing.MetersAsync(lease, "2027-03-01");
        Assert.Equal(("12500000000.00", "41666666.67"), (later.BilledAmount.Text(), later.RemainingAmount.Text()));
        Assert.Equal("0.00", (await billing.MetersAsync(lease, "2026-04-15")).BilledAmount.Text());
        Assert.Equal("0.00", (await billing.MetersAsync(lease, "0001-01-01")).BilledAmount.Text());
        var last = await billing.MetersAsync(lease, "9999-12-31");
        Assert.Equal(
            ("9999-12-31", "12541666666.67", "12541666666.67", "0.00"),
            (last.AtDate.Text(), last.BilledAmount.Text(), last.FirmAmount.Text(), last.FirmRemainingAmount.Text()));
    }

    // What was invoiced with all notes is the total of the schedule for the invoiced periods.
    private async Task AssertTotalAsync(TestLease lease, string total)
    {
        var invoices = await billing.InvoicesAsync(lease);
        Assert.Equal(total, invoices.Select(invoice => invoice.OutstandingAmount).Total());
        var schedule = await billing.ScheduleAsync(lease);
        Assert.Equal(
            total,
                schedule.Periods.Where(period => period.State == ScheduledPeriodState.Invoiced).Select(
                    period => period.Amount).Total());
        Assert.True((await billing.CheckAsync()).Balanced);
    }
}

/// <summary>A host that one test has for itself.</summary>
internal sealed class Owned(BillingHost host) : IAsyncDisposable
{
    public async Task<BillingHost> StartAsync()
    {
        await host.InitializeAsync();
        return host;
    }

    public async ValueTask DisposeAsync() => await host.DisposeAsync();
}
