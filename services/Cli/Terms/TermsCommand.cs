using System.CommandLine;

namespace Marketplace.Cli.Terms;

/// <summary>The commands <c>market terms</c>, which need no server: they compute what a file of terms says.</summary>
internal static class TermsCommand
{
    public static Command Create(Terminal terminal) =>
        new(
            "terms",
            "Computes what lease terms say, without a server. A file holds one LeaseTerms message as proto JSON.")
        {
            ProjectCommand.Create(terminal),
            NoticeCommand.Create(terminal),
            MetersCommand.Create(terminal),
            CheckCommand.Create(terminal),
            DiffCommand.Create(terminal),
        };

    /// <summary>The argument that names a file of terms.</summary>
    public static Argument<string> File(string name = "FILE") =>
        new(name) { Description = $"Lease terms as proto JSON; '{TermsFile.StandardInput}' reads standard input." };

    /// <summary>The option that asks for JSON.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Write the answer as JSON." };
}
