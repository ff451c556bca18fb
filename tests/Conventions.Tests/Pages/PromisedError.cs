using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Marketplace.Contracts;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>An error that a comment names: status, reason, and when it is given, if the comment says so.</summary>
internal sealed partial record PromisedError(string Status, string Reason, string When)
{
    /// <summary>What every RPC may answer, and what mutating RPCs may answer beside it.</summary>
    public static (IReadOnlyList<PromisedError> Every, IReadOnlyList<PromisedError> Mutating) OfEveryRpc()
    {
        var paragraphs = Api.CommentOf(Api.Packages["marketplace.options.v1"].Single()).Split("\n\n");
        return (After("every RPC:"), After("may also answer:"));

        IReadOnlyList<PromisedError> After(string introduction)
        {
            var i = Array.FindIndex(paragraphs, text =>
                text.Replace('\n', ' ').EndsWith(introduction, StringComparison.Ordinal));
            return Read(paragraphs[i + 1]);
        }
    }

    /// <summary>What an RPC may answer beside what every one may.</summary>
    public static IReadOnlyList<PromisedError> Of(MethodDescriptor rpc) =>
        Paragraphs(rpc).SingleOrDefault(IsList) is { } list ? Read(list) : [];

    /// <summary>The comment of an RPC without its errors.</summary>
    public static IEnumerable<string> CommentWithout(MethodDescriptor rpc) =>
        Paragraphs(rpc).Where(paragraph => !IsList(paragraph));

    private static string[] Paragraphs(MethodDescriptor rpc) => ApiSources.Comment(rpc.FullName).Split("\n\n");

    private static bool IsList(string paragraph) => paragraph.StartsWith("Errors: ", StringComparison.Ordinal);

    private static List<PromisedError> Read(string text)
    {
        // ABORTED and UNAVAILABLE carry it always.
        text = Retry().Replace(text.Replace('\n', ' '), "");
        var (status, marks, errors) = ("", Mark().Matches(text), new List<PromisedError>());
        for (var i = 0; i < marks.Count; i++)
        {
            if (marks[i].Groups["status"].Success)
            {
                status = marks[i].Value;
                continue;
            }
            var end = i + 1 < marks.Count ? marks[i + 1].Index : text.Length;
            var when = Ends().Replace(text[(marks[i].Index + marks[i].Length)..end], "").Trim('(', ')');
            errors.Add(new(status, marks[i].Groups["reason"].Value, when));
        }
        return errors;
    }

    [GeneratedRegex(@"`(?<reason>[A-Z][A-Z0-9_]*)`|\b(?<status>NOT_FOUND|FAILED_PRECONDITION|RESOURCE_EXHAUSTED"
        + "|PERMISSION_DENIED|UNAUTHENTICATED|INVALID_ARGUMENT|ABORTED|UNAVAILABLE|INTERNAL)\\b")]
    private static partial Regex Mark();

    [GeneratedRegex(@"[,;]? ?with google\.rpc\.RetryInfo,?")]
    private static partial Regex Retry();

    [GeneratedRegex(@"^[\s,]+|[\s,;.:-]*(?:\band)?[\s,;.:-]*$")]
    private static partial Regex Ends();
}
