using System.CommandLine;
using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Shows the two meters of a lease on a date.</summary>
internal static class MetersCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = TermsCommand.File();
        var at = new Option<DateOnly>("--at")
        {
            Description = "The civil date in the lease's time zone, such as 2026-05-03; it may lie before the start.",
            HelpName = "DATE",
            Required = true,
            CustomParser = OptionValues.Date,
        };
        var json = TermsCommand.Json();
        var command = new Command(
            "meters", "Shows the lease's headline and what of it is firm: what nobody can walk away from.")
        {
            file, at, json,
        };
        command.SetAction(arguments =>
        {
            var isJson = arguments.GetValue(json);
            return (int)TermsFile.Answer(arguments.GetRequiredValue(file), isJson, terminal, (terms, unsupported) =>
            {
                var meters = Meters.Read(terms, Projection.Of(terms), arguments.GetRequiredValue(at));
                if (isJson) JsonOutput.Write(terminal.Output, MetersAnswer.Of(terms, meters, unsupported));
                else Write(terms, meters, unsupported, terminal);
                return unsupported.Count == 0 ? ExitCode.Done : ExitCode.Partial;
            });
        });
        return command;
    }

    private static void Write(
        LeaseTerms terms, Meters meters, IReadOnlyList<TermsFinding> unsupported, Terminal terminal)
    {
        TermsHeader.WriteTitle(terms, terminal);
        var table = Tables.Ruled();
        table.AddText($"On {PlainText.Date(meters.At)}, {terms.Zone.Id}");
        table.AddNumber($"Amount ({terms.Currency.Code})");
        table.AddWhole("Lease ends");
        Add("Headline", meters.Headline, terms.Term.End);
        Add("Billed", meters.Billed, null);
        Add("Remaining", meters.Remaining, null);
        Add("Firm, whoever gives notice", meters.Firm, meters.FirmEnd);
        Add("  if only the provider could", meters.FirmByProvider, EndBy(Party.Provider));
        Add("  if only the buyer could", meters.FirmByBuyer, EndBy(Party.Buyer));
        Add("Firm remaining", meters.FirmRemaining, meters.FirmEnd);
        terminal.Write(table);
        FindingLists.WriteNotProjected(terminal.Output, unsupported);

        DateOnly EndBy(Party party) => NoticeRules.EarliestEnd(terms, party, meters.At);

        void Add(string meter, long minorUnits, DateOnly? end) => table.AddCells(
            meter, PlainText.Amount(terms.Currency, minorUnits), end is null ? "" : PlainText.Date(end.Value));
    }
}

/// <summary>The meters of a lease. Amounts are decimal texts with the currency's places; ends are exclusive.</summary>
internal sealed record MetersAnswer(
    string Currency,
    DateOnly At,
    string Headline,
    string Billed,
    string Remaining,
    string Firm,
    DateOnly FirmEnd,
    string FirmByProvider,
    DateOnly FirmByProviderEnd,
    string FirmByBuyer,
    DateOnly FirmByBuyerEnd,
    string FirmRemaining,
    IReadOnlyList<TermsFinding> NotProjected)
{
    public static MetersAnswer Of(LeaseTerms terms, Meters meters, IReadOnlyList<TermsFinding> unsupported) => new(
        terms.Currency.Code,
        meters.At,
        terms.Currency.Format(meters.Headline),
        terms.Currency.Format(meters.Billed),
        terms.Currency.Format(meters.Remaining),
        terms.Currency.Format(meters.Firm),
        meters.FirmEnd,
        terms.Currency.Format(meters.FirmByProvider),
        NoticeRules.EarliestEnd(terms, Party.Provider, meters.At),
        terms.Currency.Format(meters.FirmByBuyer),
        NoticeRules.EarliestEnd(terms, Party.Buyer, meters.At),
        terms.Currency.Format(meters.FirmRemaining),
        unsupported);
}
