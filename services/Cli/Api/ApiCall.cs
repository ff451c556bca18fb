using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Marketplace.Cli.Fields;
using Marketplace.Cli.Output;
using Marketplace.Cli.Profiles;
using Marketplace.Client;

namespace Marketplace.Cli.Api;

/// <summary>One command of the API as it runs: what the user gave, the request, the market and the answer.</summary>
internal sealed class ApiCall : IDisposable
{
    private const string PageTokenField = "page_token";
    private const string NextPageTokenField = "next_page_token";
    private const int PageSizeMax = 100;

    private readonly ApiVerb verb;
    private readonly ApiOptions options;
    private MarketClient? market;

    public ApiCall(
        ApiResource resource, ApiVerb verb, RequestFields fields, ApiOptions options, ParseResult arguments,
        Terminal terminal)
    {
        (this.verb, this.options, Fields, Arguments, Terminal) = (verb, options, fields, arguments, terminal);
        Service = verb.Service ?? resource.Service;
        Rpc = ApiServices.Find(Service, verb.Rpc);
        Request = Messages.New(Rpc.InputType);
        Name = $"market {resource.Name} {verb.Name}";
    }

    /// <summary>The command without its arguments.</summary>
    public string Name { get; }

    public RequestFields Fields { get; }

    public ParseResult Arguments { get; }

    public Terminal Terminal { get; }

    public MethodDescriptor Rpc { get; }

    public IMessage Request { get; }

    /// <summary>The service that is called.</summary>
    public MarketService Service { get; set; }

    /// <summary>Whether the answer is a page of a list.</summary>
    public bool IsList => options.Limit is not null;

    public bool IsJson => Arguments.GetValue(options.Output) == ApiOptions.Json;

    /// <summary>Whether the request came from a file, or a part of it.</summary>
    public bool HasFile => options.File is { } file && Arguments.GetValue(file) is not null;

    public Connection Connection => field ??= Connection.Find(
        Terminal, Arguments.GetValue(options.Profile), Arguments.GetValue(options.Endpoint) ?? [],
        Arguments.GetValue(options.KeyFile));

    /// <summary>The market as the user's organisation sees it.</summary>
    public MarketClient Market => market ??= new(new()
    {
        Endpoints = Connection.Endpoints,
        ApiKey = Connection.Key ?? throw new UsageException(NoKey),
        // A connection that may not be had is refused before.
        IsPlaintextAllowed = true,
        Patience = TimeSpan.FromSeconds(Arguments.GetValue(options.Timeout)),
        Retrying = (error, delay) => Progress($"{error.Message} Trying again in {delay.TotalSeconds:0.0} s ..."),
    });

    private static string NoKey =>
        "there is no API key. Name its file with --key-file or MARKETPLACE_API_KEY_FILE, or keep it in a profile: "
        + "'market profile set NAME --key-file FILE', then 'market profile use NAME'.";

    public void Dispose() => market?.Dispose();

    /// <summary>Fills the request: from the file, then from options and arguments.</summary>
    /// <param name="before">What is in it before the options.</param>
    public async Task ReadRequestAsync(Func<Task>? before = null)
    {
        if (options.File is { } option && Arguments.GetValue(option) is { } path) ReadFile(path);
        if (before is not null) await before();
        foreach (var given in Fields.All.Where(known => known.IsGiven(Arguments)))
            RefuseSecond(given, Fields.All.Where(known => known.IsGiven(Arguments)));
        foreach (var known in Fields.All) known.Apply(Request, Arguments);
        if (options.RequestId is { } requestId && Arguments.GetValue(requestId) is { } id)
            Rpc.InputType.FindFieldByName(RequestFields.RequestIdField).Accessor.SetValue(Request, id);
        if (Fields.Missing(Request) is { Count: > 0 } missing)
            throw new UsageException($"{string.Join(", ", missing)}: must be given.");
    }

    /// <summary>Sets a field of the request as an argument or an option says.</summary>
    public void Apply(string field) =>
        Fields.All.Single(known => known.Field.Name == field).Apply(Request, Arguments);

    /// <summary>Sends the request.</summary>
    public async Task<IMessage> SendAsync() => await Market.Invoker(Service).AsyncUnaryCall(
        new Method<IMessage, IMessage>(
            MethodType.Unary, Rpc.Service.FullName, Rpc.Name, Marshaller(Rpc.InputType), Marshaller(Rpc.OutputType)),
        null, default, Request);

    /// <summary>Sends the request of a list page by page and writes what comes, up to the limit.</summary>
    public async Task ListAsync()
    {
        var items = Items(Rpc.OutputType);
        var limit = Arguments.GetValue(options.AllOfThem!) ? int.MaxValue : Arguments.GetValue(options.Limit!);
        var list = AnswerList.Create(Arguments.GetValue(options.Output)!, items.MessageType, verb.Columns, Terminal);
        var (count, hasMore) = (0, false);
        do
        {
            Rpc.InputType.FindFieldByName("page_size").Accessor.SetValue(Request, Math.Min(limit - count, PageSizeMax));
            var page = await SendAsync();
            foreach (IMessage item in Messages.Items(page, items))
            {
                list.Add(item);
                count++;
            }
            var next = (string)Rpc.OutputType.FindFieldByName(NextPageTokenField).Accessor.GetValue(page);
            Rpc.InputType.FindFieldByName(PageTokenField).Accessor.SetValue(Request, next);
            hasMore = next.Length > 0;
        }
        while (hasMore && count < limit);
        list.End();
        if (hasMore) Say($"these are the first {count}, and there are more: show them with --limit N or --all.");
    }

    /// <summary>Writes an answer.</summary>
    public void Write(IMessage answer)
    {
        switch (Arguments.GetValue(options.Output))
        {
            case ApiOptions.Json: MessageJson.Write(Terminal.Output, answer); break;
            case ApiOptions.Id: Terminal.Output.WriteLine(MessageText.Id(answer)); break;
            default: MessageTable.Write(answer, Terminal); break;
        }
    }

    /// <summary>Writes one message of a stream: one line.</summary>
    public void WriteLine(IMessage message)
    {
        if (IsJson) MessageJson.WriteLine(Terminal.Output, message);
        else Terminal.Output.WriteLine(MessageText.Line(message));
        Terminal.Output.Flush();
    }

    /// <summary>Has a person confirm what is about to happen, unless the user has done so already.</summary>
    public void Confirm(string what, bool isConfirmed)
    {
        if (isConfirmed) return;
        if (!Terminal.CanAsk)
            throw new UsageException($"{what} Confirm it with --yes: there is no terminal to ask you on.");
        Terminal.Error.Write($"{what} Type 'yes' to go on: ");
        if (Terminal.ReadLine()?.Trim() != "yes") throw new UsageException("not confirmed; nothing was done.");
    }

    /// <summary>Tells a person something beside the answer.</summary>
    public void Say(string text) => Terminal.Error.WriteLine($"market: {PlainText.OneLine(text)}");

    /// <summary>Tells a person who looks on how far it is.</summary>
    public void Progress(string text)
    {
        if (Terminal.ShowsProgress) Say(text);
    }

    /// <summary>The field of a list's answer that holds the items.</summary>
    public static FieldDescriptor Items(MessageDescriptor answer) =>
        answer.Fields.InDeclarationOrder().First(known => known.IsRepeated);

    private void ReadFile(string path)
    {
        if (!InputFile.TryRead(path, "JSON or YAML", Terminal, out var bytes, out var problem))
            throw new UsageException($"{InputFile.Name(path)}: {problem}");
        try
        {
            Fields.ReadFile(Request, DocumentNode.Parse(bytes.Span));
        }
        catch (DocumentException exception)
        {
            throw new UsageException($"{InputFile.Name(path)}:{exception.Line}: {exception.Message}");
        }
    }

    // A message keeps the last of them without a word.
    private static void RefuseSecond(RequestField given, IEnumerable<RequestField> all)
    {
        if (given.Path[0].RealContainingOneof is not { } oneof) return;
        if (all.FirstOrDefault(other => other.Path[0] != given.Path[0] && other.Path[0].RealContainingOneof == oneof)
            is { } second)
            throw new UsageException($"{given.Shown} and {second.Shown} exclude each other; give one of them.");
    }

    private static Marshaller<IMessage> Marshaller(MessageDescriptor type) =>
        Marshallers.Create(message => message.ToByteArray(), type.Parser.ParseFrom);
}
