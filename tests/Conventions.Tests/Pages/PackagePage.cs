using Google.Protobuf.Reflection;
using Marketplace.Contracts;
using Marketplace.Options.V1;

namespace Marketplace.Conventions.Tests.Pages;

/// <summary>The reference of one package: its services with their RPCs, and its messages and enums.</summary>
internal static class PackagePage
{
    public static string Write(string package)
    {
        var files = Api.Packages[package].ToList();
        var links = new Links(Links.PageOf(package));
        var page = new Markdown().Heading(1, package)
            .Paragraph($"{ApiPages.Made} {links.To("All packages", OverviewPage.Path)}, "
                + $"{links.To("all errors", ErrorPage.Path)}.");
        var services = files.SelectMany(file => file.Services).ToList();
        foreach (var service in services)
        {
            page.Item($"{links.To(service.Name, Links.PageOf(package), service.Name)}: "
                + string.Join(", ", service.Methods.Select(links.To)));
        }
        foreach (var file in files.Where(HasTypes))
        {
            page.Item($"{links.To(NameOf(file), Links.PageOf(package), TitleOf(file))}: "
                + string.Join(", ", Types(file).Select(links.To)));
        }
        foreach (var service in services) Write(page, links, service);
        foreach (var file in files.Where(HasTypes)) Write(page, links, file);
        return page.ToString();
    }

    private static void Write(Markdown page, Links links, ServiceDescriptor service)
    {
        page.Heading(2, service.Name);
        foreach (var paragraph in ApiSources.Comment(service.FullName).Split("\n\n"))
            page.Paragraph(links.In(paragraph, service));
        foreach (var rpc in service.Methods) Write(page, links, rpc);
    }

    private static void Write(Markdown page, Links links, MethodDescriptor rpc)
    {
        page.Heading(3, rpc.Name);
        var access = rpc.GetOptions().GetExtension(OptionsExtensions.Access);
        foreach (var paragraph in PromisedError.CommentWithout(rpc))
            if (paragraph != "Idempotent by `request_id`.") page.Paragraph(links.In(paragraph, rpc));
        page.Paragraph($"For {Callers(access)} with scope `{Names.Of(access.Scope)}`."
            + (rpc.InputType.FindFieldByName("request_id") is null ? "" : " Idempotent by `request_id`."));
        WriteMessage(page, links, rpc, "Request", rpc.InputType);
        WriteMessage(page, links, rpc, rpc.IsServerStreaming ? "Answers, a stream" : "Answer", rpc.OutputType);
        var errors = PromisedError.Of(rpc);
        if (errors.Count == 0) return;
        page.Paragraph($"Errors beside those of {links.To("every RPC", ErrorPage.Path, ErrorPage.EveryRpc)}:");
        foreach (var error in errors)
            page.Item($"{links.ToReason(error.Reason)} ({error.Status})"
                + (error.When.Length == 0 ? "" : $": {links.In(error.When, rpc)}"));
    }

    // What only this RPC takes or gives stands with it.
    private static void WriteMessage(Markdown page, Links links, MethodDescriptor rpc, string title,
        MessageDescriptor message)
    {
        var isOwn = Api.RpcOf(message) == rpc;
        page.Paragraph(isOwn && message.Fields.InDeclarationOrder().Count > 0 ? $"{title} `{message.Name}`:"
            : isOwn ? $"{title} `{message.Name}`, which is empty."
            : $"{title}: {links.To(message)}.");
        if (isOwn) WriteFields(page, links, message);
    }

    private static void Write(Markdown page, Links links, FileDescriptor file)
    {
        page.Heading(2, TitleOf(file));
        if (file.Package == OverviewPage.OptionsPackage)
        {
            page.Paragraph($"{links.To("What holds for every RPC", OverviewPage.Path, OverviewPage.EveryRpc)}, and the "
                + "option that says who may call one.");
        }
        else if (file.Services.Count == 0)
        {
            foreach (var paragraph in Paragraphs.Of(Api.CommentOf(file))) paragraph.WriteTo(page, links, file);
        }
        foreach (var type in Types(file))
        {
            page.Heading(3, Api.NameOf(type));
            foreach (var paragraph in ApiSources.Comment(type.FullName).Split("\n\n"))
                page.Paragraph(links.In(paragraph, type));
            if (type is MessageDescriptor message) WriteFields(page, links, message);
            else WriteValues(page, links, (EnumDescriptor)type);
        }
    }

    private static void WriteFields(Markdown page, Links links, MessageDescriptor message)
    {
        OneofDescriptor? oneof = null;
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.RealContainingOneof is { } group && group != oneof)
                page.Item($"One of **{group.Name}**. {links.In(Api.CommentOf(group), message)}");
            oneof = field.RealContainingOneof;
            page.Item(
                $"**{field.Name}** = {field.FieldNumber}, {TypeOf(links, field)}. "
                    + links.In(ApiSources.Comment(field.FullName).Replace("\n\n", " "), message),
                oneof is null ? 0 : 1);
        }
    }

    private static void WriteValues(Markdown page, Links links, EnumDescriptor names)
    {
        foreach (var value in names.Values)
            page.Item($"**{value.Name}** = {value.Number}. {links.In(ApiSources.Comment(value.FullName), names)}");
    }

    private static string Callers(Access access)
    {
        if (access.Roles.Contains(Role.Any)) return "everybody";
        var roles = access.Roles.Select(role => role switch
        {
            Role.Provider => "providers",
            Role.Buyer => "buyers",
            Role.Operator => "operators",
            Role.Service => "the market's own services",
            _ => throw new ArgumentOutOfRangeException(nameof(access), role, "The role has no name in words."),
        }).ToList();
        return roles is [.. var others, var last] && others.Count > 0
            ? $"{string.Join(", ", others)} and {last}"
            : roles[0];
    }

    private static string TypeOf(Links links, FieldDescriptor field)
    {
        var type = field.FieldType switch
        {
            FieldType.Message => links.To(field.MessageType),
            FieldType.Enum => links.To(field.EnumType),
            var scalar => $"`{scalar.ToString().ToLowerInvariant()}`",
        };
        return field.IsRepeated ? $"repeated {type}"
            : field.HasPresence && field.FieldType is not FieldType.Message && field.RealContainingOneof is null
                ? $"optional {type}"
            : type;
    }

    // What is not described with an RPC.
    private static IEnumerable<IDescriptor> Types(FileDescriptor file) =>
        Api.Messages(file).Where(message => Api.RpcOf(message) is null).Cast<IDescriptor>().Concat(Api.Enums(file));

    private static bool HasTypes(FileDescriptor file) => Types(file).Any();

    private static string NameOf(FileDescriptor file) => Path.GetFileName(file.Name);

    private static string TitleOf(FileDescriptor file) => $"Types of {NameOf(file)}";
}
