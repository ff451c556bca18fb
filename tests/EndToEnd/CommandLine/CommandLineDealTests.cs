using System.Text.Json;
using Marketplace.Cli;
using static Marketplace.EndToEnd.Tests.CommandLine.MarketCommands;

namespace Marketplace.EndToEnd.Tests.CommandLine;

/// <summary>A deal that is made through the command line only.</summary>
public sealed class CommandLineDealTests
{
    [Fact]
    public async Task Market_WholeDeal_IsMadeInvoicedAndEnded()
    {
        await using var system = await MarketSystem.StartAsync();
        using var market = new MarketCommands(system);
        var listing = await market.ListAsync();

        // Quote and negotiate: one counter-offer that changes one thing.
        var quote = market.Json(["quote", "create", listing, .. Wanted, .. By("buyer")]);
        Assert.Equal("45000000000", Money(quote, "total_amount"));
        var negotiation = market.Id(
            ["negotiation", "create", Text(quote, "quote_id"), "--billing.due-days", "45", .. By("buyer")]);
        var version = market.Json(
            ["negotiation", "offer", negotiation, "--billing.due-days", "30", .. By("provider")]);
        var change = Assert.Single(version.GetProperty("changes").EnumerateArray());
        Assert.Equal("billing.due_days 45 30",
            $"{Text(change, "field")} {Text(change, "before_json")} {Text(change, "after_json")}");
        market.Refused(ExitCode.No, "FAILED_PRECONDITION OWN_OFFER", ["negotiation", "accept", negotiation, "2",
            .. By("provider")]);
        market.Refused(ExitCode.Unusable, "nothing is agreed on yet: the negotiation is open at version 2",
            ["negotiation", "sign", negotiation, .. By("provider")]);
        Assert.Equal("NEGOTIATION_STATE_AGREED",
            Text(market.Json(["negotiation", "accept", negotiation, "2", .. By("buyer")]), "state"));
        var lease = Sign(market, negotiation, Text(version, "terms_sha256"));

        // Advance and invoice.
        var advance = market.Json("clock", "advance", "2026-06-01T12:00:00-05:00");
        Assert.Equal("CLOCK_ADVANCE_STATE_SUCCEEDED", Text(advance, "state"));
        var invoices = market.Json(["invoice", "list", "--lease-id", lease, .. By("buyer")]);
        Assert.Equal(
            ["625000000", "625000000"], invoices.EnumerateArray().Select(invoice => Money(invoice, "amount")));
        var invoiceId = Text(invoices[0], "invoice_id");
        Assert.Single(market.Json(["invoice", "get", invoiceId, .. By("buyer")]).GetProperty("lines")
            .EnumerateArray());
        market.Refused(ExitCode.No, "PERMISSION_DENIED ROLE_NOT_ALLOWED",
            ["payment", "record", invoiceId, "--amount", "5 USD", .. By("buyer")]);
        market.Json("payment", "record", invoiceId, "--amount", "625000000.00 USD");
        Assert.Equal([invoiceId],
            market.Id(["invoice", "list", "--state", "settled", .. By("buyer")]).Split('\n'));

        // Notice.
        var terminationQuote = market.Id(["termination-quote", "create", lease, .. By("buyer")]);
        market.Refused(ExitCode.Unusable, "Serve notice?", ["notice", "serve", terminationQuote, .. By("buyer")]);
        var notice = market.RunAnswering(
            "yes", ["notice", "serve", terminationQuote, "-o", "json", .. By("buyer")]);
        Assert.Equal(ExitCode.Done, notice.ExitCode);
        Assert.Contains("Last day    2026-08-30", notice.Error, StringComparison.Ordinal);
        Assert.Equal("LEASE_STATE_WINDING_DOWN", Text(market.Json(["lease", "get", lease, .. By("buyer")]), "state"));
        market.Done("ledger", "check");
        market.Done("capacity", "check");
    }

    // Both sides sign what they are shown: one types that it means it, the other says so beforehand.
    private static string Sign(MarketCommands market, string negotiation, string hash)
    {
        var hex = Convert.ToHexStringLower(Convert.FromBase64String(hash));
        market.Refused(ExitCode.Unusable, "not confirmed; nothing was done.",
            ["negotiation", "sign", negotiation, .. By("provider")], typed: "no");
        market.Refused(ExitCode.Unusable, "--terms-sha256 is not the hash of version 2",
            ["negotiation", "sign", negotiation, "--terms-sha256", new string('0', 64), "--yes", .. By("provider")]);
        var first = market.RunAnswering("yes", ["negotiation", "sign", negotiation, .. By("provider")]);
        Assert.Equal(ExitCode.Done, first.ExitCode);
        foreach (var shown in new[]
            { "First day    2026-05-01", "Last day     2029-05-31", "Total        45,000,000,000.00 USD",
              "Notice       either, 90 calendar days", $"SHA-256      {hex}" })
            Assert.Contains(shown, first.Error, StringComparison.Ordinal);
        var signed = market.Json(
            ["negotiation", "sign", negotiation, "--terms-sha256", hex, "--yes", .. By("buyer")]);
        Assert.Equal("NEGOTIATION_STATE_SIGNED", Text(signed, "state"));
        return Text(signed, "lease_id");
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Money(JsonElement element, string name) => Text(element.GetProperty(name), "units");
}
