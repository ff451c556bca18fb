using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>Texts as they stand in C#, with an ellipsis for what is put in.</summary>
internal static partial class CodeText
{
    /// <summary>The text that begins at a place, or both where a condition decides.</summary>
    public static IEnumerable<string> All(string source, int from)
    {
        var condition = Condition().Match(source, from);
        var (text, end) = Text(source, condition.Success ? condition.Index + condition.Length : from);
        yield return text;
        var otherwise = Otherwise().Match(source, end);
        if (condition.Success && otherwise.Success)
            yield return Text(source, otherwise.Index + otherwise.Length).Text;
    }

    /// <summary>The text that begins at a place; empty when none does.</summary>
    public static string At(string source, int from) => Text(source, from).Text;

    // What literals joined by + make from here on, and where they end.
    private static (string Text, int End) Text(string source, int from)
    {
        var text = new StringBuilder();
        var i = from;
        while (source[i] == '"' || (source[i] == '$' && source[i + 1] == '"'))
        {
            var isInterpolated = source[i] == '$';
            i += isInterpolated ? 2 : 1;
            while (source[i] != '"')
            {
                if (isInterpolated && source[i] == '{' && source[i + 1] != '{')
                {
                    i = AfterHole(source, i);
                    text.Append('…');
                    continue;
                }
                if (source[i] == '\\' || (isInterpolated && source[i] is ('{' or '}'))) i++;
                text.Append(source[i++]);
            }
            i++;
            var next = Plus().Match(source, i);
            if (next.Success) i = next.Index + next.Length;
        }
        return (Holes().Replace(text.ToString(), "…"), i);
    }

    private static int AfterHole(string source, int i)
    {
        var (depth, isQuoted) = (0, false);
        do
        {
            if (source[i] == '"') isQuoted = !isQuoted;
            else if (!isQuoted && source[i] == '{') depth++;
            else if (!isQuoted && source[i] == '}') depth--;
            i++;
        }
        while (depth > 0);
        return i;
    }

    [GeneratedRegex(@"\G\s*\+\s*(?=\$?"")")]
    private static partial Regex Plus();

    [GeneratedRegex(@"\G[^"",;]*\?\s*(?=\$?"")")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\G\s*:\s*(?=\$?"")")]
    private static partial Regex Otherwise();

    [GeneratedRegex(@"…(?:\s*…)+")]
    private static partial Regex Holes();
}
