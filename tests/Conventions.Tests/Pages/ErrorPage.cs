using Google.Protobuf.Reflection;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>Every reason: its status, what is said with it, who gives it, and the way out.</summary>
internal static class ErrorPage
{
    public const string Path = "protos/ERRORS.md";

    /// <summary>The heading of what every RPC may answer.</summary>
    public const string EveryRpc = "From every RPC";

    private static readonly (string Status, string WayOut)[] WaysOut =
    [
        ("UNAUTHENTICATED", "The key is missing or not good. Send one that is; a repeated call helps nothing."),
        ("PERMISSION_DENIED", "The caller is known and may not. Use a key of an organisation that has the role, or one "
            + "with the scope."),
        ("INVALID_ARGUMENT", "The request is wrong whatever the state. A google.rpc.BadRequest names every wrong field "
            + "at once; put them right. The `request_id` is still free."),
        ("NOT_FOUND", "There is no such resource, or the caller may not see it."),
        ("FAILED_PRECONDITION", "The state does not allow it. Read the resource, and decide anew; a repeated call "
            + "gives the same answer until the state changes."),
        ("RESOURCE_EXHAUSTED", "There is not enough of something. Ask for less, for other days or elsewhere; a "
            + "`marketplace.inventory.v1.CapacityShort` says on which days how much capacity is short."),
        ("ABORTED", "A race was lost. Where a google.rpc.RetryInfo comes with it, the same call with the same "
            + "`request_id` may be made again after its delay; else read the resource, and decide anew."),
        ("UNAVAILABLE", "Nothing was done, or the answer got lost. Make the same call with the same `request_id` again "
            + "after the delay of google.rpc.RetryInfo: it has one effect."),
        ("INTERNAL", "A defect of the service. The same call with the same `request_id` may be made again; tell the "
            + "operator of the market."),
    ];

    private static readonly IReadOnlyList<PromisedError> Every = PromisedError.OfEveryRpc().Every;

    private static readonly IReadOnlyList<PromisedError> Mutating = PromisedError.OfEveryRpc().Mutating;

    private static readonly IReadOnlyList<(MethodDescriptor Rpc, PromisedError Error)> Own =
    [
        .. from service in Api.Services
           from rpc in service.Methods
           from error in PromisedError.Of(rpc)
           select (rpc, error),
    ];

    /// <summary>All reasons of errors.</summary>
    public static IReadOnlySet<string> Reasons { get; } =
        Every.Concat(Mutating).Concat(Own.Select(own => own.Error)).Select(error => error.Reason).ToHashSet();

    /// <summary>Whether a comment says when a reason is given.</summary>
    public static bool IsExplained(string reason) => Every.Concat(Mutating).Concat(Own.Select(own => own.Error))
        .Any(error => error.Reason == reason && error.When.Length > 0);

    public static string Write()
    {
        var links = new Links(Path);
        var page = new Markdown().Heading(1, "Errors")
            .Paragraph($"{ApiPages.Made} {links.To("All packages", OverviewPage.Path)}.")
            .Paragraph(links.In("An error is a gRPC status whose trailer `grpc-status-details-bin` is a "
                + "google.rpc.Status. Its google.rpc.ErrorInfo has the domain `marketplace` and a stable reason, by "
                + "which programs decide; the message is for people. A call that is cancelled, whose deadline passes "
                + "or that no service offers has a status alone: CANCELLED, DEADLINE_EXCEEDED, UNIMPLEMENTED."));
        page.Heading(2, "The way out, by status");
        var byStatus = Every.Concat(Mutating).Concat(Own.Select(own => own.Error)).ToLookup(error => error.Status);
        foreach (var (status, wayOut) in WaysOut)
        {
            var reasons = byStatus[status].Select(error => error.Reason).Distinct().Order(StringComparer.Ordinal);
            page.Item($"**{status}**. {links.In(wayOut)}").Item(string.Join(", ", reasons.Select(links.ToReason)), 1);
        }
        page.Heading(2, EveryRpc);
        foreach (var error in Every) Add(error);
        page.Paragraph("From mutating RPCs, those with a `request_id`, too:");
        foreach (var error in Mutating) Add(error);
        page.Heading(2, "Reasons");
        foreach (var reason in Reasons.Order(StringComparer.Ordinal)) Write(page, links, reason);
        page.Heading(2, "Reasons of fields").Paragraph(links.In("Each violation of a google.rpc.BadRequest, and of a "
            + "google.rpc.PreconditionFailure, names the field by its path in proto names, such as "
            + "`criteria.capacity_steps[0].contracted_kw`, and has a stable reason of its own; its description is for "
            + "people, such as those here. The reasons of term sheets are also what `./market terms check` finds."));
        foreach (var (reason, meaning, said) in
            SaidErrors.OfFields().OrderBy(field => field.Reason, StringComparer.Ordinal))
        {
            // The longest say most of what to do.
            var most = said.OrderByDescending(text => text.Length).Take(meaning.Length == 0 ? 3 : 2);
            page.Item($"**{reason}**. {meaning} {string.Join(" ", most.Select(text => $"“{text}”"))}");
        }
        return page.ToString();

        void Add(PromisedError error) => page.Item($"{links.ToReason(error.Reason)} ({error.Status})"
            + (error.When.Length == 0 ? "" : $": {links.In(error.When)}"));
    }

    private static void Write(Markdown page, Links links, string reason)
    {
        var own = Own.Where(own => own.Error.Reason == reason).ToList();
        var general = Every.Concat(Mutating).Where(error => error.Reason == reason).ToList();
        var statuses = own.Select(own => own.Error).Concat(general).Select(error => error.Status).Distinct();
        page.Heading(3, reason);
        var said = SaidErrors.With(reason).Select(text => $"“{text}”");
        page.Paragraph($"{string.Join(" or ", statuses)}: {string.Join(" or ", said)}".TrimEnd(' ', ':'));
        if (Every.Any(error => error.Reason == reason))
            page.Item($"{links.To("every RPC", Path, EveryRpc)}{When(general[0], links)}");
        if (Mutating.Any(error => error.Reason == reason))
            page.Item($"{links.To("every mutating RPC", Path, EveryRpc)}{When(general[0], links)}");
        foreach (var (rpc, error) in own.Where(own => own.Error.When.Length > 0))
            page.Item($"{links.To(rpc)}: {links.In(error.When, rpc)}");
        var others = own.Where(own => own.Error.When.Length == 0).Select(own => links.To(own.Rpc)).ToList();
        if (others.Count > 0) page.Item(string.Join(", ", others));

        static string When(PromisedError error, Links links) =>
            error.When.Length == 0 ? "" : $": {links.In(error.When)}";
    }
}
