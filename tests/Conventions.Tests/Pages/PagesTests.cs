using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>The API reference and the catalogue of errors say what the protos and the code say.</summary>
public sealed partial class PagesTests
{
    // './market docs' sets it to have the pages written instead of compared.
    private const string WriteVariable = "MARKETPLACE_WRITE_PAGES";

    [Fact]
    public void Pages_OfTheRepository_AreCurrent()
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) == "yes") Write();

        Offenders.AreNone(
            from page in ApiPages.All
            where !File.Exists(Full(page.Key)) || Repository.Read(page.Key) != page.Value
            select $"{page.Key} is not what the protos and the code say; run './market docs'.");
    }

    [Fact]
    public void Pages_OfTheRepository_AreNoOthers() => Assert.Equal(
        ApiPages.All.Keys.Order(StringComparer.Ordinal),
        Repository.Files(".md").Where(file => file.StartsWith("protos", StringComparison.Ordinal))
            .Select(file => file.Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal));

    [Fact]
    public void Links_OfThePages_LeadToAHeadingOrAFile() => Offenders.AreNone(
        from page in ApiPages.All
        from Match link in Link().Matches(page.Value)
        let target = link.Groups["path"].Value is { Length: > 0 } path
            ? Path.GetRelativePath(Repository.Root, Path.Combine(Full(page.Key), "..", path)).Replace('\\', '/')
            : page.Key
        let heading = link.Groups["heading"].Value
        where heading.Length == 0
            ? !ApiPages.All.ContainsKey(target) && !File.Exists(Full(target))
            : Headings(ApiPages.All.GetValueOrDefault(target, "")).Count(anchor => anchor == heading) != 1
        select $"{page.Key}: {link.Value}");

    [Fact]
    public void Reasons_OfTheCatalogue_AreExplained() => Offenders.AreNone(
        from reason in ErrorPage.Reasons
        where !SaidErrors.With(reason).Any() && !ErrorPage.IsExplained(reason)
        select $"{reason}: neither a comment says when it is given nor the code what is wrong.");

    [Fact]
    public void Reasons_OfFields_AreFound() => Assert.True(SaidErrors.OfFields().Count() > 40);

    private static void Write()
    {
        foreach (var (page, text) in ApiPages.All) File.WriteAllText(Full(page), text);
    }

    private static string Full(string page) => Path.Combine(Repository.Root, page);

    private static IEnumerable<string> Headings(string page) =>
        Heading().Matches(page).Select(heading => Links.Anchor(heading.Groups[1].Value));

    [GeneratedRegex(@"\]\((?<path>[^)#]*)#?(?<heading>[^)]*)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
