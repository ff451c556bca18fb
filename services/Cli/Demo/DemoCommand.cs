using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Marketplace.Cli.Output;
using Marketplace.Client;

namespace Marketplace.Cli.Demo;

/// <summary>Runs the reference deal on a sandbox, from listing to last invoice.</summary>
internal static class DemoCommand
{
    private const int PortDefault = 7001;

    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port")
        {
            Description = "The first of the four ports of the services on this machine.",
            DefaultValueFactory = _ => PortDefault,
        };
        var keys = new Option<DirectoryInfo>("--keys")
        {
            Description = "The folder with operator.key.",
            HelpName = "FOLDER",
        };
        var endpoint = new Option<string[]>("--endpoint")
        {
            Description = "A system that runs elsewhere: where Accounts is, the others on the next three ports; or "
                + "NAME=URL for each service that is somewhere else.",
            HelpName = "URL",
        };
        var operatorKey = new Option<FileInfo>("--operator-key")
        {
            Description = "The file with the operator's key, instead of --keys.",
            HelpName = "FILE",
        };
        var discount = new Option<string>("--ramp-discount")
        {
            Description = "The share waived in May and June 2026; what the real one was is not published.",
            HelpName = "SHARE",
            DefaultValueFactory = _ => "0.5",
        };
        var json = new Option<bool>("--json") { Description = "Writes one JSON object." };
        var command = new Command("demo",
            "Runs the reference deal on a sandbox, from listing to last invoice, through the public APIs.")
        {
            port, keys, endpoint, operatorKey, discount, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var keyFile = arguments.GetValue(operatorKey)
                ?? (arguments.GetValue(keys) is { } folder ? new(Path.Combine(folder.FullName, "operator.key")) : null);
            if (keyFile is not { Exists: true })
            {
                terminal.Error.WriteLine(keyFile is null
                    ? "market: name the file with the operator's key with --operator-key."
                    : $"market: {keyFile} is not there; run './market up' first, or name it with --operator-key.");
                return (int)ExitCode.Unusable;
            }
            var key = (await File.ReadAllTextAsync(keyFile.FullName, CancellationToken.None)).Trim();
            var (endpoints, wrong) = MarketEndpoints.Named(
                arguments.GetValue(port), arguments.GetValue(endpoint) ?? []);
            if (endpoints.Exposed is { } exposed)
                wrong ??= $"{exposed} is not on this machine, and keys would go there without TLS; use https.";
            if (wrong is not null)
            {
                terminal.Error.WriteLine($"market: --endpoint: {wrong}");
                return (int)ExitCode.Unusable;
            }
            using var operators = new MarketClient(endpoints, key);
            var run = new DemoRun(endpoints, operators, arguments.GetRequiredValue(discount), terminal.Error.WriteLine);
            try
            {
                var answer = await run.RunAsync();
                if (arguments.GetValue(json)) JsonOutput.Write(terminal.Output, answer);
                else Write(answer, terminal);
                return (int)(answer is { LedgerBalanced: true, OversoldKw: 0 } ? ExitCode.Done : ExitCode.No);
            }
            catch (Exception exception) when (exception is DemoException or RpcException)
            {
                terminal.Error.WriteLine($"market: {PlainText.OneLine(exception.Message)}");
                return (int)ExitCode.Failed;
            }
        });
        return command;
    }

    private static void Write(DemoAnswer answer, Terminal terminal)
    {
        terminal.Output.WriteLine();
        terminal.Output.WriteLine("Capacity of the pool, MW");
        var curve = Tables.Ruled();
        curve.AddWhole("From");
        curve.AddWhole("Until");
        foreach (var column in new[] { "Commissioned", "Own use", "Leased", "Free" }) curve.AddNumber(column);
        foreach (var step in answer.CapacityCurve)
        {
            curve.AddCells(step.Start, step.End, PlainText.Megawatts(step.CapacityKw),
                PlainText.Megawatts(step.FloorKw),
                PlainText.Megawatts(step.ReservedKw), PlainText.Megawatts(step.FreeKw));
        }
        terminal.Write(curve);
        WriteInvoices("Invoices to the natural end, USD", answer.Invoices, answer.InvoicedTotal, terminal);
        WriteInvoices("Invoices of the same deal, ended by the buyer's notice of 2027-01-01, USD",
            answer.NoticeRun.Invoices, answer.NoticeRun.InvoicedTotal, terminal);
        var facts = Tables.Labelled();
        facts.AddCells("Headline at signing", $"{Grouped(answer.HeadlineAtSigning)} USD");
        facts.AddCells("Firm at signing", $"{Grouped(answer.FirmAtSigning)} USD");
        facts.AddCells("Ramp discount",
            $"{answer.RampDiscount} in May and June 2026 (assumed; the real one is not published)");
        facts.AddCells("Counter-offer", string.Join("; ", answer.CounterOffer));
        facts.AddCells("Books", answer.LedgerBalanced ? "balanced, chain intact" : "NOT BALANCED");
        facts.AddCells("Oversold", $"{answer.OversoldKw} kW");
        var freed = PlainText.Megawatts(answer.NoticeRun.FreeKwFromEnd);
        facts.AddCells(
            "After the notice",
            $"last day {answer.NoticeRun.LastServiceDay}; {freed} MW free from {answer.NoticeRun.End}");
        facts.AddCells("Trace", $"{answer.TraceId}: the second signature; {Exported()}");
        facts.AddCells("Took", $"{answer.Seconds.ToString(CultureInfo.InvariantCulture)} s");
        terminal.Output.WriteLine();
        terminal.Write(facts);
    }

    private static void WriteInvoices(string title, IReadOnlyList<DemoInvoice> invoices, string total,
        Terminal terminal)
    {
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(title);
        var table = Tables.Ruled();
        table.AddWhole("From");
        table.AddWhole("Until");
        table.AddNumber("Amount", Grouped(total));
        table.AddWhole("State");
        foreach (var invoice in invoices)
            table.AddCells(invoice.PeriodStart, invoice.PeriodEnd, Grouped(invoice.Amount), invoice.Paid ? "paid"
                : "open");
        terminal.Write(table);
    }

    // The services send it; './market demo' passes the variable on to those that it starts.
    private static string Exported() =>
        Environment.GetEnvironmentVariable("MARKETPLACE_OTLP") is { Length: > 0 } endpoint
        ? $"sent to {endpoint}"
        : "sent only if the services have MARKETPLACE_OTLP";

    private static string Grouped(string amount) =>
        decimal.Parse(amount, CultureInfo.InvariantCulture).ToString("N2", CultureInfo.InvariantCulture);
}
