using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Marketplace.Cli.Output;
using Marketplace.Terms;
using NodaTime;
using NodaTime.Text;
using Spectre.Console;

namespace Marketplace.Cli.Terms;

/// <summary>Shows what a notice of termination comes to.</summary>
internal static class NoticeCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = TermsCommand.File();
        var by = new Option<Party>("--by")
        {
            Description = "The party that serves the notice.",
            HelpName = "buyer|provider",
            Required = true,
            CustomParser = ParseParty,
        };
        var received = new Option<Instant>("--received")
        {
            Description = "When it is received: an ISO 8601 time with Z or offset, such as 2027-01-01T12:00:00-06:00.",
            HelpName = "INSTANT",
            Required = true,
            CustomParser = OptionValues.Instant,
        };
        var json = TermsCommand.Json();
        var command = new Command(
            "notice", "Shows whether a notice of termination for convenience is valid and when the lease then ends.")
        {
            file, by, received, json,
        };
        command.SetAction(arguments =>
        {
            var isJson = arguments.GetValue(json);
            return (int)TermsFile.Answer(arguments.GetRequiredValue(file), isJson, terminal, (terms, unsupported) =>
            {
                var notice = Notice.Of(terms, arguments.GetRequiredValue(by), arguments.GetRequiredValue(received));
                if (isJson) JsonOutput.Write(terminal.Output, NoticeAnswer.Of(notice, unsupported));
                else Write(notice, unsupported, terminal);
                if (notice.Outcome is not NoticeOutcome.Accepted) return ExitCode.No;
                return unsupported.Count == 0 ? ExitCode.Done : ExitCode.Partial;
            });
        });
        return command;
    }

    private static Party ParseParty(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text == "buyer") return Party.Buyer;
        if (text != "provider") argument.AddError($"'{text}' is no party; a notice is served by buyer or provider.");
        return Party.Provider;
    }

    private static void Write(Notice notice, IReadOnlyList<TermsFinding> unsupported, Terminal terminal)
    {
        TermsHeader.WriteTitle(notice.Terms, terminal);
        var local = notice.Received.InZone(notice.Terms.Zone);
        var instant = InstantPattern.ExtendedIso.Format(notice.Received);
        var table = Tables.Labelled();
        table.AddCells("Notice by", Name(notice.By));
        table.AddCells("Received", $"{local:uuuu-MM-dd HH:mm:ss} {local.Zone.Id} ({instant})");
        AddOutcome(table, notice);
        terminal.Write(table);
        FindingLists.WriteNotProjected(terminal.Output, unsupported);
    }

    private static void AddOutcome(Table table, Notice notice)
    {
        switch (notice.Outcome)
        {
            case NoticeOutcome.Accepted accepted:
                AddAccepted(table, notice, accepted);
                break;
            case NoticeOutcome.LockedIn lockedIn:
                table.AddCells("Valid", $"no: clause {lockedIn.Right.ClauseId} cannot be used yet");
                table.AddCells("First valid date", PlainText.Date(lockedIn.FirstValidDate));
                break;
            case NoticeOutcome.NoRight:
                table.AddCells("Valid", $"no: the {Name(notice.By)} has no right to end the lease for convenience");
                break;
            case NoticeOutcome.LeaseEnded ended:
                table.AddCells("Valid", $"no: the lease has ended on {PlainText.Date(ended.End)}");
                break;
            default:
                throw new UnreachableException($"Outcome {notice.Outcome}.");
        }
    }

    private static void AddAccepted(Table table, Notice notice, NoticeOutcome.Accepted accepted)
    {
        var (terms, right) = (notice.Terms, accepted.Right);
        table.AddCells("Valid", $"yes, under clause {right.ClauseId}: {Days(right)}");
        table.AddCells("Deemed receipt", PlainText.Date(accepted.DeemedReceipt));
        table.AddCells("First valid date", Date(right.EarliestServiceDate, "none, at any time"));
        table.AddCells("Last service day", Date(notice.LastServiceDay, "none, the lease does not begin"));
        table.AddCells("End", PlainText.Date(accepted.End) + (accepted.MovesEnd
            ? $" instead of {PlainText.Date(terms.Term.End)}"
            : ", as without the notice: it moves nothing"));
        table.AddCells("Remaining charges", Amount(notice.RemainingCharges));
        table.AddCells("Total if served", Amount(notice.TotalIfServed));

        string Date(DateOnly? date, string otherwise) => date is null ? otherwise : PlainText.Date(date.Value);

        string Amount(long? minorUnits) =>
            $"{terms.Currency.Code} {PlainText.Amount(terms.Currency, minorUnits!.Value)}";
    }

    private static string Days(TerminationRight right) =>
        $"{right.NoticeDays:N0} {(right.NoticeBasis == NoticeBasis.Business ? "business" : "calendar")} "
        + (right.NoticeDays == 1 ? "day" : "days");

    private static string Name(Party party) => party == Party.Buyer ? "buyer" : "provider";
}

/// <summary>
/// A notice and what it comes to; if it is valid, what is charged from its deemed receipt to the end and the total of
/// the lease that ends so, in minor units.
/// </summary>
internal sealed record Notice(
    LeaseTerms Terms, Party By, Instant Received, NoticeOutcome Outcome, long? RemainingCharges, long? TotalIfServed)
{
    /// <summary>The end of the lease, if the outcome has one.</summary>
    public DateOnly? End => Outcome switch
    {
        NoticeOutcome.Accepted accepted => accepted.End,
        NoticeOutcome.LeaseEnded ended => ended.End,
        _ => null,
    };

    /// <summary>The day before the end; none if the lease ends before it begins.</summary>
    public DateOnly? LastServiceDay => End > Terms.Term.Start ? End.Value.AddDays(-1) : null;

    public static Notice Of(LeaseTerms terms, Party by, Instant received)
    {
        var outcome = NoticeRules.Serve(terms, by, received);
        if (outcome is not NoticeOutcome.Accepted accepted) return new(terms, by, received, outcome, null, null);
        var projection = Projection.Of(terms);
        var total = projection.CutAt(accepted.End).TotalMinorUnits;
        var remaining = Math.Max(0, total - projection.CutAt(accepted.DeemedReceipt).TotalMinorUnits);
        return new(terms, by, received, outcome, remaining, total);
    }
}

/// <summary>What a notice comes to; null where the outcome says nothing.</summary>
internal sealed record NoticeAnswer(
    bool Valid,
    string? Reason,
    string By,
    string Received,
    string? Clause,
    DateOnly? DeemedReceipt,
    DateOnly? FirstValidDate,
    DateOnly? LastServiceDay,
    DateOnly? End,
    bool? MovesEnd,
    string? RemainingCharges,
    string? TotalIfServed,
    IReadOnlyList<TermsFinding> NotProjected)
{
    public static NoticeAnswer Of(Notice notice, IReadOnlyList<TermsFinding> unsupported)
    {
        var accepted = notice.Outcome as NoticeOutcome.Accepted;
        var lockedIn = notice.Outcome as NoticeOutcome.LockedIn;
        var currency = notice.Terms.Currency;
        return new(
            accepted is not null,
            ReasonOf(notice.Outcome),
            notice.By == Party.Buyer ? "buyer" : "provider",
            InstantPattern.ExtendedIso.Format(notice.Received),
            (accepted?.Right ?? lockedIn?.Right)?.ClauseId,
            accepted?.DeemedReceipt,
            accepted is null ? lockedIn?.FirstValidDate : accepted.Right.EarliestServiceDate,
            notice.LastServiceDay,
            notice.End,
            accepted?.MovesEnd,
            notice.RemainingCharges is { } remaining ? currency.Format(remaining) : null,
            notice.TotalIfServed is { } total ? currency.Format(total) : null,
            unsupported);
    }

    private static string? ReasonOf(NoticeOutcome outcome) => outcome switch
    {
        NoticeOutcome.Accepted => null,
        NoticeOutcome.LockedIn => "NOTICE_LOCKED_IN",
        NoticeOutcome.NoRight => "NO_TERMINATION_RIGHT",
        NoticeOutcome.LeaseEnded => "LEASE_ENDED",
        _ => throw new UnreachableException($"Outcome {outcome}."),
    };
}
