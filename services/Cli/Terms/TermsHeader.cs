using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Says which lease an answer for a person is about.</summary>
internal static class TermsHeader
{
    public static void WriteTitle(LeaseTerms terms, Terminal terminal)
    {
        if (terms.Title.Length == 0) return;
        terminal.Output.WriteLine(PlainText.OneLine(terms.Title));
        terminal.Output.WriteLine();
    }

    public static void Write(LeaseTerms terms, Projection projection, Terminal terminal)
    {
        WriteTitle(terms, terminal);
        var table = Tables.Labelled();
        var billing = terms.Billing;
        var days = terms.Term.Days == 1 ? "1 day" : $"{terms.Term.Days:N0} days";
        table.AddCells("Term", $"{PlainText.Through(terms.Term)} ({days}), {terms.Zone.Id}");
        table.AddCells("Day count", ProtoNames.Of(terms.DayCount));
        table.AddCells("Billing", $"{Cycle(billing)}, {Timing(billing)}, due {Due(billing)}");
        var count = projection.Invoices.Count;
        table.AddCells(
            "Total",
            $"{terms.Currency.Code} {PlainText.Amount(terms.Currency, projection.TotalMinorUnits)} "
            + $"in {count} {(count == 1 ? "invoice" : "invoices")}");
        terminal.Write(table);
    }

    private static string Cycle(BillingTerms billing) => billing.Cycle == BillingCycle.CalendarMonth
        ? "calendar months"
        : $"months from day {billing.AnniversaryDay}";

    private static string Timing(BillingTerms billing) =>
        billing.Timing == BillingTiming.Advance ? "in advance" : "in arrears";

    private static string Due(BillingTerms billing) => billing.DueDays switch
    {
        0 => "on issue",
        1 => "a day after issue",
        _ => $"{billing.DueDays} days after issue",
    };
}
