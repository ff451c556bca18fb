namespace Marketplace.Conventions.Tests.Pages;

/// <summary>
/// The pages that are made from the protos and from what the code says: <c>./market docs</c> writes them.
/// </summary>
internal static class ApiPages
{
    /// <summary>What every page says of itself.</summary>
    public const string Made = "Made from the proto files and the code by `./market docs`.";

    /// <summary>The text of every page by its path from the root.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = Api.Packages
        .Select(package => (Path: Links.PageOf(package.Key), Text: PackagePage.Write(package.Key)))
        .Append((Path: OverviewPage.Path, Text: OverviewPage.Write()))
        .Append((Path: ErrorPage.Path, Text: ErrorPage.Write()))
        .ToDictionary(page => page.Path, page => page.Text);
}
