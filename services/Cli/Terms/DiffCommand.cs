using System.CommandLine;
using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Shows the fields in which two versions of terms differ.</summary>
internal static class DiffCommand
{
    private const int FieldLengthMax = 60;

    public static Command Create(Terminal terminal)
    {
        var before = TermsCommand.File("BEFORE");
        var after = TermsCommand.File("AFTER");
        var json = TermsCommand.Json();
        var command = new Command("diff", "Shows the fields in which two versions of terms, complete or not, differ.")
        {
            before, after, json,
        };
        command.Validators.Add(arguments =>
        {
            string?[] paths = [arguments.GetValue(before), arguments.GetValue(after)];
            if (paths.All(path => path == TermsFile.StandardInput))
                arguments.AddError("Standard input can be read only once; name a file for one of the versions.");
        });
        command.SetAction(arguments => (int)Diff(
            arguments.GetRequiredValue(before), arguments.GetRequiredValue(after), arguments.GetValue(json), terminal));
        return command;
    }

    private static ExitCode Diff(string beforePath, string afterPath, bool isJson, Terminal terminal)
    {
        // Both are read before either is refused, so that both errors show at once.
        TermsFile.TryRead(beforePath, terminal, out var before);
        TermsFile.TryRead(afterPath, terminal, out var after);
        if (before is null || after is null) return ExitCode.Unusable;

        var changes = TermsDifference.Between(before.Message, after.Message);
        if (isJson) JsonOutput.Write(terminal.Output, new DiffAnswer(changes.Count == 0, changes));
        else if (changes.Count == 0) terminal.Output.WriteLine("The versions say the same.");
        else Write(changes, terminal);
        return changes.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    private static void Write(IReadOnlyList<TermsChange> changes, Terminal terminal)
    {
        var table = Tables.Ruled();
        // A path stays in one piece unless that would leave too little room for the values.
        if (changes.Max(change => change.Field.Length) <= FieldLengthMax) table.AddWhole("Field");
        else table.AddText("Field");
        table.AddText("Before");
        table.AddText("After");
        foreach (var change in changes)
        {
            var focus = (change.Before ?? "").AsSpan().CommonPrefixLength(change.After);
            table.AddCells(PlainText.OneLine(change.Field), Value(change.Before, focus), Value(change.After, focus));
        }
        terminal.Write(table);
    }

    private static string Value(string? value, int focus) => value is null ? "(none)" : PlainText.Cell(value, focus);
}

/// <summary>The fields that differ, in the order of the protos.</summary>
internal sealed record DiffAnswer(bool Equal, IReadOnlyList<TermsChange> Changes);
