using Marketplace.Cli.Output;
using Marketplace.Terms;

namespace Marketplace.Cli.Terms;

/// <summary>Writes findings for a person: one a line, with the place in the file as compilers write it.</summary>
internal static class FindingLists
{
    /// <summary>Writes a list with its heading; nothing if it is empty.</summary>
    public static void Write(TextWriter writer, TermsFile file, string heading, IReadOnlyList<TermsFinding> findings)
    {
        if (findings.Count == 0) return;
        writer.WriteLine($"{heading} ({findings.Count}):");
        foreach (var finding in findings)
        {
            var place = $"{file.Name}:{file.Lines.LineOf(finding.Field)}: ";
            var field = finding.Field.Length == 0 ? "" : $"{PlainText.OneLine(finding.Field)}: ";
            writer.WriteLine($"  {place}{field}{PlainText.OneLine(finding.Message)} [{finding.Reason}]");
        }
    }

    /// <summary>Says below an answer what it leaves out.</summary>
    public static void WriteNotProjected(TextWriter writer, IReadOnlyList<TermsFinding> findings)
    {
        if (findings.Count == 0) return;
        writer.WriteLine();
        writer.WriteLine($"Left out ({findings.Count}):");
        foreach (var finding in findings) writer.WriteLine($"  {finding.Field}: {PlainText.OneLine(finding.Message)}");
    }
}
