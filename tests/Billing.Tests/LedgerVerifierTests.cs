using System.Diagnostics;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Marketplace.Billing.Tests;

/// <summary>
/// A verifier in Python, written from the comments of the protos alone, recomputes the chain from what the API gives.
/// </summary>
public sealed class LedgerVerifierTests(BillingHost billing) : IClassFixture<BillingHost>
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Independent", "ledger.py");

    [Fact]
    public async Task Ledger_ReadByOperators_IsRecomputedByAThirdParty()
    {
        var books = await BooksAsync();
        var (exitCode, output, error) = await VerifyAsync(books);

        Assert.True(exitCode == 0, error);
        var verified = JsonNode.Parse(output)!;
        var check = await billing.CheckAsync();
        Assert.Equal(
            (check.BatchCount, check.EntryCount, Convert.ToHexStringLower(check.LastBatchSha256.Span)),
            ((long)verified["batches"]!, (long)verified["entries"]!, (string)verified["last_sha256"]!));
        Assert.True(check.EntryCount > 20);
    }

    [Theory]
    [InlineData("amount")]
    [InlineData("order")]
    [InlineData("missing")]
    [InlineData("organisation")]
    public async Task Ledger_ToldOtherwiseThanItIs_IsFoundOut(string change)
    {
        var books = await BooksAsync();
        var entries = books["entries"]!.AsArray();
        switch (change)
        {
            case "amount":
                foreach (var leg in entries[1]!["legs"]!.AsArray()) leg!["amount"]!["units"] = "7";
                break;
            case "order":
                (entries[0]!["batchPosition"], entries[1]!["batchPosition"]) = (1, 0);
                break;
            case "missing":
                entries.RemoveAt(entries.Count - 1);
                break;
            default:
                foreach (var account in books["accounts"]!.AsArray())
                    account!["organisationId"] = Guid.CreateVersion7().ToString();
                break;
        }

        var (exitCode, output, error) = await VerifyAsync(books);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("does not follow", error, StringComparison.Ordinal);
    }

    // Two currencies, of which one has no minor unit, with invoices, notes of both kinds and a payment.
    private async Task<JsonObject> BooksAsync()
    {
        var lease = await billing.SignAsync();
        await billing.SignAsync(new() { CurrencyCode = "JPY", MonthlyFee = 1_000_001 });
        await billing.DeliverAsync(lease.NoticeServed("2027-01-20"));
        await billing.DeliverAsync(lease.NoticeWithdrawn("2029-06-01"));
        var invoice = (await billing.InvoicesAsync(lease))[0];
        await billing.AsOperator.RecordPaymentAsync(new()
        {
            RequestId = Guid.CreateVersion7().ToString(),
            InvoiceId = invoice.InvoiceId,
            Amount = WireText.Usd("0.01"),
            ReceiveTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(billing.Clock.Now),
            Reference = "a cent",
        });
        var ledger = billing.AsOperator;
        return new()
        {
            ["batches"] = Json((await ledger.ListLedgerBatchesAsync(new() { PageSize = 1000 })).LedgerBatches),
            ["entries"] = Json((await ledger.ListLedgerEntriesAsync(new() { PageSize = 1000 })).LedgerEntries),
            ["accounts"] = Json((await ledger.ListLedgerAccountsAsync(new() { PageSize = 1000 })).LedgerAccounts),
        };
    }

    private static JsonArray Json<T>(IEnumerable<T> messages)
        where T : IMessage =>
        [.. messages.Select(message => JsonNode.Parse(JsonFormatter.Default.Format(message)))];

    private static async Task<(int ExitCode, string Output, string Error)> VerifyAsync(JsonObject books)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", [Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await python.StandardInput.WriteAsync(books.ToJsonString());
        python.StandardInput.Close();
        var (output, error) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.WaitForExitAsync();
        return (python.ExitCode, await output, await error);
    }
}
