using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Marketplace.Contracts;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>The links of one page, relative to its folder.</summary>
/// <param name="page">The page's path from the root.</param>
internal sealed partial class Links(string page)
{
    private static readonly Dictionary<string, IDescriptor> Types = (
        from file in ApiSources.Files
        from type in Api.Messages(file).Cast<IDescriptor>().Concat(Api.Enums(file))
        select type).ToDictionary(type => type.FullName);

    private static readonly ILookup<string, MethodDescriptor> Rpcs =
        Api.Services.SelectMany(service => service.Methods).ToLookup(rpc => rpc.Name);

    /// <summary>The page of a package.</summary>
    public static string PageOf(string package) => $"protos/{package.Replace('.', '/')}/README.md";

    /// <summary>How a heading is linked to.</summary>
    public static string Anchor(string heading) =>
        NotInAnchors().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>A link to a heading of a page; none: to the page.</summary>
    public string To(string words, string target, string heading = "")
    {
        var path = target == page
            ? ""
            : Path.GetRelativePath(Path.GetDirectoryName(page)!, target).Replace(Path.DirectorySeparatorChar, '/');
        return $"[{words}]({path}{(heading.Length > 0 ? "#" : "")}{Anchor(heading)})";
    }

    public string To(MethodDescriptor rpc) => To(rpc.Name, PageOf(rpc.Service.File.Package), rpc.Name);

    public string ToReason(string reason) => To($"`{reason}`", ErrorPage.Path, reason);

    /// <summary>A message or an enum; what is not of the marketplace stands in its proto file.</summary>
    public string To(IDescriptor type) => type.File.Package switch
    {
        "google.protobuf" => $"`{type.FullName}`",
        var package when !Api.Packages.Contains(package) => To($"`{type.FullName}`", $"protos/{type.File.Name}"),
        var package => To($"`{Api.NameOf(type)}`", PageOf(package), Api.RpcOf(type)?.Name ?? Api.NameOf(type)),
    };

    /// <summary>A comment with what it names made links, but for what it is on.</summary>
    public string In(string comment, IDescriptor? on = null) => Named().Replace(comment, named =>
    {
        var name = named.Value.Trim('`');
        if (ErrorPage.Reasons.Contains(name)) return ToReason(name);
        if (name == OverviewPage.OptionsPackage)
            return To(named.Value, OverviewPage.Path, OverviewPage.EveryRpc);
        var package = on?.File.Package;
        var type = Types.GetValueOrDefault(name) ?? Types.GetValueOrDefault($"{package}.{name}");
        if (type is not null) return type == on ? named.Value : To(type);
        var rpcs = Rpcs[name].Where(rpc => rpc.File.Package == package).ToList();
        return rpcs is [var rpc] && rpc != on ? To(rpc) : named.Value;
    });

    // What is quoted, names of several words run together, and full names of types that are not ours.
    [GeneratedRegex(@"`[^`]+`|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b|\bgoogle\.(?:rpc|type)\.[A-Z]\w+")]
    private static partial Regex Named();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
