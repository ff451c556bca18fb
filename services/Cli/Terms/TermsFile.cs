using System.Diagnostics.CodeAnalysis;
using Marketplace.Cli.Output;
using Marketplace.Terms;
using V1 = Marketplace.Terms.V1;

namespace Marketplace.Cli.Terms;

/// <summary>A file of lease terms that has been read.</summary>
/// <param name="Name">What the user calls it.</param>
/// <param name="Message">The terms, complete or not.</param>
/// <param name="Lines">The line on which each field stands.</param>
internal sealed record TermsFile(string Name, V1.LeaseTerms Message, FieldLines Lines)
{
    public const string StandardInput = InputFile.StandardInput;

    /// <summary>Reads a file; if that fails, says on standard error why.</summary>
    public static bool TryRead(string path, Terminal terminal, [NotNullWhen(true)] out TermsFile? file)
    {
        var name = InputFile.Name(path);
        file = null;
        if (!InputFile.TryRead(path, "lease terms", terminal, out var bytes, out var problem))
        {
            terminal.Error.WriteLine($"market: {name}: {problem}");
            return false;
        }
        var parsed = TermsJson.Parse(bytes.Span);
        if (parsed.Problem is { } place)
        {
            var field = place.Field.Length == 0 ? "" : $" {PlainText.OneLine(place.Field)}:";
            terminal.Error.WriteLine($"market: {name}:{place.Line}:{field} {PlainText.OneLine(place.Message)}");
            return false;
        }
        file = new(name, parsed.Message!, parsed.Lines);
        return true;
    }

    /// <summary>
    /// Answers from a file whose terms are complete and free of contradictions; else says what is wrong and what is
    /// open. What the file asks for and is not supported goes to the answer too.
    /// </summary>
    public static ExitCode Answer(
        string path, bool isJson, Terminal terminal, Func<LeaseTerms, IReadOnlyList<TermsFinding>, ExitCode> answer)
    {
        if (!TryRead(path, terminal, out var file)) return ExitCode.Unusable;
        var reading = TermsReader.Read(file.Message);
        if (reading.Terms is { } terms) return answer(terms, reading.Unsupported);

        if (isJson) JsonOutput.Write(terminal.Output, new IncompleteAnswer(reading.Violations, reading.Open));
        else
        {
            FindingLists.Write(terminal.Error, file, "Violations", reading.Violations);
            FindingLists.Write(terminal.Error, file, "Open, and required for signature", reading.Open);
        }
        return ExitCode.No;
    }
}

/// <summary>The answer of a command that needs complete terms to a file whose terms are not.</summary>
internal sealed record IncompleteAnswer(IReadOnlyList<TermsFinding> Violations, IReadOnlyList<TermsFinding> Open);
