using System.CommandLine;
using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Shows what keeps terms from being signed.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = TermsCommand.File();
        var json = TermsCommand.Json();
        var command = new Command(
            "check", "Shows what keeps the terms from being signed: violations, open fields, what is not supported.")
        {
            file, json,
        };
        command.SetAction(arguments =>
            (int)Check(arguments.GetRequiredValue(file), arguments.GetValue(json), terminal));
        return command;
    }

    private static ExitCode Check(string path, bool isJson, Terminal terminal)
    {
        if (!TermsFile.TryRead(path, terminal, out var file)) return ExitCode.Unusable;
        var reading = TermsReader.Read(file.Message);
        if (isJson) JsonOutput.Write(terminal.Output, CheckAnswer.Of(reading));
        else Write(file, reading, terminal);
        if (reading.Terms is null) return ExitCode.No;
        return reading.Unsupported.Count == 0 ? ExitCode.Done : ExitCode.Partial;
    }

    private static void Write(TermsFile file, TermsReading reading, Terminal terminal)
    {
        FindingLists.Write(terminal.Output, file, "Violations", reading.Violations);
        FindingLists.Write(terminal.Output, file, "Open, and required for signature", reading.Open);
        FindingLists.Write(terminal.Output, file, "Unsupported", reading.Unsupported);
        terminal.Output.WriteLine(Summary(reading));
    }

    private static string Summary(TermsReading reading)
    {
        if (reading.Violations.Count > 0) return "Not valid: correct the violations.";
        if (reading.Open.Count > 0) return "Good for negotiation; not ready for signature: state what is open.";
        return reading.Unsupported.Count > 0
            ? "Complete, but a service refuses what is not supported yet; a projection leaves it out."
            : "Ready for signature.";
    }
}

/// <summary>What keeps terms from being signed.</summary>
internal sealed record CheckAnswer(
    bool ReadyForSignature,
    IReadOnlyList<TermsFinding> Violations,
    IReadOnlyList<TermsFinding> Open,
    IReadOnlyList<TermsFinding> NotSupported)
{
    public static CheckAnswer Of(TermsReading reading) => new(
        reading.Terms is not null && reading.Unsupported.Count == 0,
        reading.Violations,
        reading.Open,
        reading.Unsupported);
}
