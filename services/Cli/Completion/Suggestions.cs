using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Marketplace.Cli.Completion;

/// <summary>
/// Answers a shell that asks how a line may go on, with <c>[suggest:POSITION] "LINE"</c>, where the line begins after
/// the program's name: one word a line, each whole.
/// </summary>
internal sealed class Suggestions(SuggestDirective directive, Func<string[], RootCommand> create, Terminal terminal)
    : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var text = parseResult.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? "";
        if (parseResult.GetResult(directive)?.Values is [var asked, ..]
            && int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            && position < text.Length)
            text = text[..position];
        var word = text[(text.LastIndexOf(' ') + 1)..];
        // The value in --option=value goes on like one that stands alone.
        var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
        var before = word[..(equals + 1)];
        if (equals > 0) text = $"{text[..^word.Length]}{word[..equals]} {word[(equals + 1)..]}";
        foreach (var suggestion in create([text]).Parse(text).GetCompletions(text.Length).Select(found => found.Label)
            .Where(found => (before + found).StartsWith(word, StringComparison.Ordinal) && IsWanted(found, word))
            .Distinct().Order(StringComparer.Ordinal))
            terminal.Output.WriteLine(before + suggestion);
        return (int)ExitCode.Done;
    }

    // Options are shown to who has begun one: what stands where a word is missing is a command or a value.
    private static bool IsWanted(string found, string word) =>
        !found.StartsWith('/') && (word.StartsWith('-') || !found.StartsWith('-'));
}
