using Google.Protobuf.Reflection;
using Marketplace.Contracts;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>What holds for every RPC, and every service with its RPCs, a sentence each.</summary>
internal static class OverviewPage
{
    public const string Path = "protos/README.md";

    /// <summary>The heading of what holds for every RPC, which the options' comment says.</summary>
    public const string EveryRpc = "What holds for every RPC";

    public const string OptionsPackage = "marketplace.options.v1";

    public static string Write()
    {
        var links = new Links(Path);
        var page = new Markdown().Heading(1, "API reference").Paragraph(ApiPages.Made);
        foreach (var package in Api.Packages)
        {
            var services = package.SelectMany(file => file.Services)
                .Select(service => links.To(service.Name, Path, service.Name)).ToList();
            page.Item($"{links.To(package.Key, Links.PageOf(package.Key))}: "
                + (services.Count == 0 ? "types alone" : string.Join(", ", services)));
        }
        page.Item($"{links.To("Errors", ErrorPage.Path)}: every reason, who gives it, and the way out");

        page.Heading(2, EveryRpc);
        var options = Api.Packages[OptionsPackage].Single();
        foreach (var paragraph in Paragraphs.Of(Api.CommentOf(options)).Skip(1))
            paragraph.WriteTo(page, links, options);
        foreach (var service in Api.Services) Write(page, links, service);
        return page.ToString();
    }

    private static void Write(Markdown page, Links links, ServiceDescriptor service)
    {
        page.Heading(2, service.Name);
        page.Paragraph($"{links.To(service.FullName, Links.PageOf(service.File.Package), service.Name)}. "
            + links.In(ApiSources.Comment(service.FullName).Split("\n\n")[0], service));
        foreach (var rpc in service.Methods)
            page.Item($"{links.To(rpc)}: {links.In(Api.FirstSentence(ApiSources.Comment(rpc.FullName)), rpc)}");
    }
}
