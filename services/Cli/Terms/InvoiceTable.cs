using System.Globalization;
using Marketplace.Cli.Output;
using Marketplace.Terms;
using Spectre.Console;

namespace Marketplace.Cli.Terms;

/// <summary>
/// The invoices of a lease for a person. A line stands below its invoice in the same columns, so a head has two rows.
/// </summary>
internal sealed class InvoiceTable
{
    private const int LineNameLengthMax = 30;

    private readonly Table table = Tables.Ruled();
    private readonly Currency currency;
    private readonly bool hasDiscount;

    private InvoiceTable(LeaseTerms terms, long total)
    {
        currency = terms.Currency;
        hasDiscount = terms.FeeIntervals.Any(interval => interval.Discount > 0);
        table.AddText("Invoice\n  tranche, clause", "Total");
        table.AddWhole("From");
        table.AddWhole("Through");
        table.AddWhole("Issued\nshare");
        table.AddWhole("Due\nMW");
        table.AddNumber("\nmonthly price");
        if (hasDiscount) table.AddNumber("\ndiscount");
        table.AddNumber($"Amount ({currency.Code})", PlainText.Amount(currency, total));
    }

    /// <summary>
    /// A table of all invoices, with all of the lines or with those that have power, where they change.
    /// </summary>
    public static Table Of(LeaseTerms terms, Projection projection, bool showsAllLines)
    {
        var invoices = new InvoiceTable(terms, projection.TotalMinorUnits);
        IReadOnlyList<LineShape> shown = [];
        for (var i = 0; i < projection.Invoices.Count; i++)
        {
            var invoice = projection.Invoices[i];
            invoices.Add(i + 1, invoice);
            var lines = invoice.Lines.Where(line => showsAllLines || line.ContractedKw > 0).ToArray();
            var shapes = lines.Select(line => LineShape.Of(line, invoice)).ToArray();
            if (!showsAllLines && shapes.SequenceEqual(shown)) continue;
            foreach (var line in lines) invoices.Add(line);
            shown = shapes;
        }
        return invoices.table;
    }

    private void Add(int number, Invoice invoice) => AddCells(
        number.ToString(CultureInfo.InvariantCulture),
        invoice.Period,
        PlainText.Date(invoice.IssueDate),
        PlainText.Date(invoice.DueDate),
        "",
        "",
        invoice.AmountMinorUnits);

    private void Add(InvoiceLine line)
    {
        var isPerMw = line.Clause.Basis == FeeBasis.PerMwMonth;
        var power = PlainText.Megawatts(line.ContractedKw);
        AddCells(
            Name(line),
            line.Days,
            $"{line.DayCountFraction.Numerator}/{line.DayCountFraction.Denominator}",
            isPerMw || line.ContractedKw == line.BundleKw ? power : $"{power} of {PlainText.Megawatts(line.BundleKw)}",
            PlainText.Price(currency, line.Clause.Amount) + (isPerMw ? "/MW" : ""),
            line.Clause.Discount > 0 ? PlainText.Percent(line.Clause.Discount.Value) : "",
            line.AmountMinorUnits);
    }

    private void AddCells(
        string name, DateRange days, string issued, string due, string price, string discount, long minorUnits)
    {
        var (from, through) = (PlainText.Date(days.Start), PlainText.Date(days.End.AddDays(-1)));
        string[] discounts = hasDiscount ? [discount] : [];
        table.AddCells([name, from, through, issued, due, price, .. discounts, PlainText.Amount(currency, minorUnits)]);
    }

    private static string Name(InvoiceLine line)
    {
        var name = $"  {line.TrancheId}, {line.Clause.ClauseId}";
        return name.Length <= LineNameLengthMax ? name : $"  {line.TrancheId},\n    {line.Clause.ClauseId}";
    }

    // What makes one month like the next for a reader, though the months' days differ.
    private sealed record LineShape(string TrancheId, string ClauseId, DateRange? Part, int ContractedKw, long BundleKw)
    {
        public static LineShape Of(InvoiceLine line, Invoice invoice) => new(
            line.TrancheId,
            line.Clause.ClauseId,
            line.Days == invoice.FullPeriod ? null : line.Days,
            line.ContractedKw,
            line.BundleKw);
    }
}
