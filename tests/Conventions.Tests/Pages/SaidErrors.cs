using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>
/// What the services say with a reason, read from their code: the text for a person, with an ellipsis for what is put
/// in.
/// </summary>
internal static partial class SaidErrors
{
    private static readonly string[] Folders =
        ["ServiceDefaults", "Terms", "Accounts", "Inventory", "Leasing", "Billing"];

    private static readonly IReadOnlyList<string> Sources =
    [
        .. from folder in Folders
           let start = Path.Combine("services", folder) + Path.DirectorySeparatorChar
           from file in Repository.Files(".cs").Order(StringComparer.Ordinal)
           where file.StartsWith(start, StringComparison.Ordinal)
           select Repository.Read(file),
    ];

    // The reasons of term sheets are constants, each with what it means.
    private static readonly Dictionary<string, (string Reason, string Meaning)> Constants = (
        from source in Sources
        from Match constant in Constant().Matches(source)
        select constant).ToDictionary(
            constant => constant.Groups["name"].Value,
            constant => (constant.Groups["reason"].Value,
                CommentMark().Replace(constant.Groups["meaning"].Value, " ").Trim()));

    /// <summary>What is said with the reason of an error.</summary>
    public static IEnumerable<string> With(string reason)
    {
        var said = Sources.SelectMany(source => Said(source, Given(reason)).Concat(Missing(reason, source))).ToList();
        return (said.Count > 0 ? said : Sources.SelectMany(source => Said(source, Composed(reason)))).Distinct();
    }

    /// <summary>The reasons of fields, each with its meaning, if the code tells it, and with what is said.</summary>
    public static IEnumerable<(string Reason, string Meaning, IReadOnlyList<string> Said)> OfFields()
    {
        var meanings = Constants.Values.ToDictionary(constant => constant.Reason, constant => constant.Meaning);
        return from source in Sources
               from Match call in FieldError().Matches(source)
               let said = CodeText.At(source, call.Index + call.Length)
               where said.Length > 0
               from reason in call.Groups["reason"].Captures.Select(capture => ReasonOf(capture.Value))
               where reason is not null
               group said by reason into found
               select (found.Key, meanings.GetValueOrDefault(found.Key, ""),
                   (IReadOnlyList<string>)[.. found.Distinct()]);
    }

    private static string? ReasonOf(string code) =>
        code.StartsWith('"') ? code.Trim('"') : Constants.GetValueOrDefault(code["TermsReasons.".Length..]).Reason;

    private static IEnumerable<string> Said(string source, Regex call) =>
        from match in call.Matches(source)
        from text in CodeText.All(source, match.Index + match.Length)
        where text.Length > 0
        select text;

    // The reason is the first argument but for a status; NotFound goes on with what there is not.
    private static Regex Given(string reason) =>
        new($"""(?<=(?<!NotFound)\(\s*(?:[\w.]*StatusCode\.\w+,\s*)?)"{reason}",\s*""");

    // A reason that ends in what is put in, such as a state.
    private static Regex Composed(string reason)
    {
        var prefixes = reason.Select((letter, i) => letter == '_' ? reason[..(i + 1)] : "").Where(text => text != "");
        return new($$"""\$"(?:{{string.Join('|', prefixes)}})\{[^"]*\}",\s*""");
    }

    // RpcErrors.NotFound says what there is not.
    private static IEnumerable<string> Missing(string reason, string source) =>
        from Match call in Regex.Matches(source, $"""NotFound\(\s*"{reason}",\s*"([^"]*)",""")
        select $"There is no {call.Groups[1].Value} … that you may see.";

    [GeneratedRegex(@"\s*///\s*")]
    private static partial Regex CommentMark();

    [GeneratedRegex("""
        <summary>(?<meaning>[^<]*)</summary>\s*public const string (?<name>\w+) = "(?<reason>[A-Z_]+)";
        """)]
    private static partial Regex Constant();

    // The reason, or one of two where a condition decides, is followed by the text.
    [GeneratedRegex("""
        \b(?:new|FieldError|Wrong|Violation)\(\s* (?:[^();]|\([^()]*\))*? [,?]\s*
        (?<reason>"[A-Z][A-Z0-9_]+"|TermsReasons\.\w+) (?:\s*:\s*(?<reason>"[A-Z][A-Z0-9_]+"))? \s*,\s*(?=\$?")
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex FieldError();
}
