using Google.Protobuf.Reflection;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>A paragraph of a comment, or a list in it.</summary>
internal sealed record Paragraphs(string Text, bool IsList)
{
    public static IEnumerable<Paragraphs> Of(string comment) =>
        from text in comment.Split("\n\n")
        select new Paragraphs(text, text.StartsWith("- ", StringComparison.Ordinal));

    public void WriteTo(Markdown page, Links links, IDescriptor on)
    {
        if (!IsList)
        {
            page.Paragraph(links.In(Text, on));
            return;
        }
        foreach (var item in Text[2..].Split("\n- ")) page.Item(links.In(item, on));
    }
}
