using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests;

/// <summary>
/// The stable reasons of errors: what a service gives stands in the comments of its protos or among what holds for
/// every RPC, and what the comments promise is given.
/// </summary>
public sealed partial class ReasonTests
{
    private static readonly string[] EveryService = ["options", "operations"];

    private static readonly Source[] Sources =
    [
        .. from file in Repository.Files(".cs")
           let parts = file.Split(Path.DirectorySeparatorChar)
           where parts is ["services", not "PackageStandIns", ..]
           select new Source(parts[1].ToLowerInvariant(), file, Repository.Read(file)),
    ];

    private static readonly ILookup<string, string> Documented = (
        from file in Repository.Files(".proto")
        let parts = file.Split(Path.DirectorySeparatorChar)
        where parts is ["protos", "marketplace", ..]
        from Match block in CommentBlock().Matches(Repository.Read(file))
        let text = CommentMark().Replace(block.Value, " ")
        from Match errors in Errors().Matches(text)
        from Match reason in QuotedReason().Matches(text[errors.Index..])
        select (Package: parts[2], Reason: reason.Groups[1].Value))
        .Distinct().ToLookup(documented => documented.Package, documented => documented.Reason);

    [Fact]
    public void Reasons_OfTheCode_StandInTheComments()
    {
        var given = Given().ToList();

        Assert.True(given.Count > 50, $"Only {given.Count} reasons are found in the code.");
        Offenders.AreNone(
            from reason in given
            where !Packages(reason.Service).SelectMany(package => Documented[package]).Any(reason.Covers)
            select $"{reason.File} gives {reason.Text}, which no comment of its protos names");
    }

    [Fact]
    public void Reasons_OfTheComments_AreGivenByTheCode()
    {
        var composed = Given().Where(reason => reason.IsPrefix).ToList();

        Offenders.AreNone(
            from package in Documented
            from reason in package
            where !Sources.Any(source => source.Text.Contains($"\"{reason}\"", StringComparison.Ordinal))
                && !composed.Any(prefix => prefix.Covers(reason))
            select $"protos/marketplace/{package.Key} names {reason}, which no code gives");
    }

    // Whatever makes an RpcException of a reason: the methods of RpcErrors, and those of the services that call them.
    private static IEnumerable<Reason> Given()
    {
        var makers = Sources.SelectMany(source => Maker().Matches(source.Text))
            .Select(maker => maker.Groups[1].Value).Distinct();
        var calls = new Regex(
            $"""\b(?:{string.Join('|', makers)})\(\s*(?:[\w.]*StatusCode\.\w+,\s*)?(\$?)"([A-Z][A-Z0-9_]*)""");
        return from source in Sources
               from Match call in calls.Matches(source.Text)
               select new Reason(source.Service, source.File, call.Groups[2].Value, call.Groups[1].Length > 0);
    }

    // What all services are made of may say what holds for every RPC and for the RPCs that every service offers.
    private static string[] Packages(string service) => [service, .. EveryService];

    private sealed record Source(string Service, string File, string Text);

    private sealed record Reason(string Service, string File, string Text, bool IsPrefix)
    {
        public bool Covers(string documented) =>
            IsPrefix ? documented.StartsWith(Text, StringComparison.Ordinal) : documented == Text;
    }

    [GeneratedRegex(@"RpcException (\w+)\(\s*(?:StatusCode code, )?string reason")]
    private static partial Regex Maker();

    [GeneratedRegex(@"(?:^ *//.*\n)+", RegexOptions.Multiline)]
    private static partial Regex CommentBlock();

    [GeneratedRegex(@"\s*\n *//|^ *//")]
    private static partial Regex CommentMark();

    // Where a comment begins to name errors; in the comment on what holds for every RPC, the list that it begins.
    [GeneratedRegex(@"Errors:|Errors carry")]
    private static partial Regex Errors();

    [GeneratedRegex(@"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`")]
    private static partial Regex QuotedReason();
}
