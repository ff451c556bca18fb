using System.CommandLine;
using System.Globalization;
using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Shows the whole cash flow of a lease.</summary>
internal static class ProjectCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = TermsCommand.File();
        var lines = new Option<bool>("--lines")
        {
            Description = "Show the lines of every invoice, not only of those in which they change.",
        };
        var json = TermsCommand.Json();
        var command = new Command("project", "Shows every invoice of the lease from its start to its end.")
        {
            file, lines, json,
        };
        command.SetAction(arguments =>
        {
            var (isJson, showsAllLines) = (arguments.GetValue(json), arguments.GetValue(lines));
            return (int)TermsFile.Answer(arguments.GetRequiredValue(file), isJson, terminal, (terms, unsupported) =>
            {
                var projection = Projection.Of(terms);
                if (isJson) JsonOutput.Write(terminal.Output, ProjectAnswer.Of(terms, projection, unsupported));
                else Write(terms, projection, showsAllLines, unsupported, terminal);
                return unsupported.Count == 0 ? ExitCode.Done : ExitCode.Partial;
            });
        });
        return command;
    }

    private static void Write(
        LeaseTerms terms,
        Projection projection,
        bool showsAllLines,
        IReadOnlyList<TermsFinding> unsupported,
        Terminal terminal)
    {
        TermsHeader.Write(terms, projection, terminal);
        terminal.Output.WriteLine();
        terminal.Write(InvoiceTable.Of(terms, projection, showsAllLines));
        if (!showsAllLines)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(
                "Lines are shown where they change, and where there is power; --lines shows all.");
        }
        FindingLists.WriteNotProjected(terminal.Output, unsupported);
    }
}

/// <summary>
/// The cash flow of a lease. Amounts are decimal texts with the currency's places; ends are exclusive.
/// </summary>
internal sealed record ProjectAnswer(
    string Currency,
    string TimeZone,
    string DayCount,
    DateOnly Start,
    DateOnly End,
    string Headline,
    IEnumerable<InvoiceAnswer> Invoices,
    IReadOnlyList<TermsFinding> NotProjected)
{
    public static ProjectAnswer Of(
        LeaseTerms terms, Projection projection, IReadOnlyList<TermsFinding> unsupported) => new(
        terms.Currency.Code,
        terms.Zone.Id,
        ProtoNames.Of(terms.DayCount),
        terms.Term.Start,
        terms.Term.End,
        terms.Currency.Format(projection.TotalMinorUnits),
        projection.Invoices.Select(invoice => InvoiceAnswer.Of(invoice, terms)),
        unsupported);
}

/// <summary>One invoice.</summary>
internal sealed record InvoiceAnswer(
    DateOnly PeriodStart,
    DateOnly PeriodEnd,
    DateOnly IssueDate,
    DateOnly DueDate,
    string Amount,
    IEnumerable<InvoiceLineAnswer> Lines)
{
    public static InvoiceAnswer Of(Invoice invoice, LeaseTerms terms) => new(
        invoice.Period.Start,
        invoice.Period.End,
        invoice.IssueDate,
        invoice.DueDate,
        terms.Currency.Format(invoice.AmountMinorUnits),
        invoice.Lines.Select(line => InvoiceLineAnswer.Of(line, terms)));
}

/// <summary>
/// One line of an invoice, with all that is needed to recompute it; <c>Exact</c> is the amount before the invoice's
/// rounding, in minor units, as a fraction in lowest terms.
/// </summary>
internal sealed record InvoiceLineAnswer(
    string Tranche,
    string Clause,
    DateOnly Start,
    DateOnly End,
    string DayCount,
    int Numerator,
    int Denominator,
    string Basis,
    string Price,
    string Discount,
    int ContractedKw,
    long BundleKw,
    string Exact,
    string Amount)
{
    public static InvoiceLineAnswer Of(InvoiceLine line, LeaseTerms terms) => new(
        line.TrancheId,
        line.Clause.ClauseId,
        line.Days.Start,
        line.Days.End,
        ProtoNames.Of(terms.DayCount),
        line.DayCountFraction.Numerator,
        line.DayCountFraction.Denominator,
        ProtoNames.Of(line.Clause.Basis),
        PlainText.ExactPrice(terms.Currency, line.Clause.Amount),
        (line.Clause.Discount ?? 0).ToString("0.#########", CultureInfo.InvariantCulture),
        line.ContractedKw,
        line.BundleKw,
        line.Exact(terms.Currency).ToString(),
        terms.Currency.Format(line.AmountMinorUnits));
}
