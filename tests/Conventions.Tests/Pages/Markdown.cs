using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>Writes a page: headings, paragraphs and lists, in lines of at most 120 columns.</summary>
internal sealed partial class Markdown
{
    private const int ColumnsMax = 120;

    private readonly StringBuilder text = new();
    private bool isInList;

    public Markdown Heading(int level, string title)
    {
        Gap();
        text.Append('#', level).Append(' ').Append(title).Append('\n');
        isInList = false;
        return this;
    }

    public Markdown Paragraph(string words)
    {
        Gap();
        Wrap("", "", words);
        isInList = false;
        return this;
    }

    public Markdown Item(string words, int depth = 0)
    {
        if (!isInList) Gap();
        var indent = new string(' ', 2 * depth);
        Wrap($"{indent}- ", $"{indent}  ", words);
        isInList = true;
        return this;
    }

    public override string ToString() => text.ToString();

    private void Gap()
    {
        if (text.Length > 0) text.Append('\n');
    }

    private void Wrap(string first, string others, string words)
    {
        var line = first;
        var isEmpty = true;
        foreach (var word in Words(words))
        {
            if (!isEmpty && line.Length + 1 + word.Length > ColumnsMax)
            {
                text.Append(line).Append('\n');
                (line, isEmpty) = (others, true);
            }
            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }
        text.Append(line).Append('\n');
    }

    // What would begin a list or a heading on a line of its own stays with the word before it.
    private static IEnumerable<string> Words(string words)
    {
        string? held = null;
        foreach (var word in words.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (held is not null && Mark().IsMatch(word))
            {
                held += $" {word}";
                continue;
            }
            if (held is not null) yield return held;
            held = word;
        }
        if (held is not null) yield return held;
    }

    [GeneratedRegex(@"^([-+*#>=]+|\d+[.)])$")]
    private static partial Regex Mark();
}
