using Marketplace.Cli.Demo;

namespace Marketplace.EndToEnd.Tests;

/// <summary>The reference deal while every service is killed with SIGKILL and started again.</summary>
public sealed class DemoUnderKillTests
{
    // What the demo says when it has come so far, which service is killed then, and whether not before the market clock
    // moves: then invoices are issued, leases change and the advance itself is under way.
    private static readonly (string Progress, string Service, bool WhileClockMoves)[] Plan =
    [
        ("Reference deal: 300 MW listed", "inventory", false),
        ("negotiated", "accounts", true),
        ("signed", "leasing", false),
        ("2027-01", "billing", true),
        ("notice served", "inventory", true),
        ("2028-01", "leasing", true),
        ("2029-01", "accounts", true),
    ];

    [Fact]
    public async Task Demo_EveryServiceKilled_HasTheFiguresOfTheReferenceDeal()
    {
        await using var system = await MarketSystem.StartAsync();
        var kills = new List<Task>();
        var run = new DemoRun(system.Endpoints, system.Operator, "0.5", progress => kills.AddRange(
            from step in Plan
            where progress.StartsWith(step.Progress, StringComparison.Ordinal)
            select KillAsync(system, step.Service, step.WhileClockMoves)));

        var answer = await run.RunAsync();
        Assert.Equal(Plan.Length, kills.Count);
        await Task.WhenAll(kills);

        Assert.Equal(37, answer.Invoices.Count);
        Assert.Equal(37, answer.Invoices.Select(invoice => invoice.PeriodStart).Distinct().Count());
        Assert.All(answer.Invoices.Concat(answer.NoticeRun.Invoices), invoice => Assert.True(invoice.Paid));
        Assert.Equal("45000000000.00", answer.InvoicedTotal);
        Assert.Equal("45000000000.00", answer.HeadlineAtSigning);
        Assert.Equal("1814516129.03", answer.FirmAtSigning);
        Assert.Equal(12, answer.NoticeRun.Invoices.Count);
        Assert.Equal(12, answer.NoticeRun.Invoices.Select(invoice => invoice.PeriodStart).Distinct().Count());
        Assert.Equal("2027-04-02", answer.NoticeRun.End);
        Assert.Equal("41666666.67", answer.NoticeRun.FinalInvoiceAmount);
        Assert.Equal("12541666666.67", answer.NoticeRun.InvoicedTotal);
        Assert.Equal(DemoListing.ListedKw, answer.NoticeRun.FreeKwFromEnd);
        Assert.Equal(0, answer.OversoldKw);
        var books = await system.Operator.Billing.CheckConservationAsync(new());
        Assert.True(books is { Balanced: true, ChainIntact: true });
        // Every invoice and every payment is one entry, and nothing was credited.
        Assert.Equal(2 * (37 + 12), books.EntryCount);
        await system.QuietAsync();
    }

    private static async Task KillAsync(MarketSystem system, string service, bool whileClockMoves)
    {
        if (whileClockMoves)
        {
            await Eventually.AsyncThat(
                async () => (await system.Operator.Accounts.GetMarketClockAsync(new())).ClockAdvanceId.Length > 0,
                TimeSpan.FromMinutes(1));
        }
        await system.RestartAsync(service);
    }
}
