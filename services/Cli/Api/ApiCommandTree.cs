using System.CommandLine;
using Marketplace.Cli.Api.Behaviours;
using Marketplace.Client;
using Marketplace.Contracts;

namespace Marketplace.Cli.Api;

/// <summary>
/// Makes the commands of the API from their table. Only what the user's words may be about is made in full: a command
/// runs for a fraction of a second, and the whole tree would take most of it.
/// </summary>
internal static class ApiCommandTree
{
    private static readonly string[] HelpOptions = ["--help", "-h", "-?", "/h", "/?"];

    /// <summary>Makes them.</summary>
    /// <param name="args">The words of the user.</param>
    /// <param name="terminal">What commands read from and write to.</param>
    public static IEnumerable<Command> Create(IReadOnlyList<string> args, Terminal terminal)
    {
        // To complete, the whole line is one of them.
        var words = args.SelectMany(word => word.Split(' ')).ToHashSet();
        var describes = words.Overlaps(HelpOptions);
        return ApiCommands.All.Select(resource => Create(resource, words, describes, terminal));
    }

    private static Command Create(ApiResource resource, HashSet<string> words, bool describes, Terminal terminal)
    {
        var command = new Command(resource.Name, describes ? About(resource) : null);
        if (!words.Contains(resource.Name))
            return command.WithVerbs(resource.Verbs.Select(verb => new Command(verb.Name)));
        return command.WithVerbs(resource.Verbs.Select(verb => words.Contains(verb.Name)
            ? Full(resource, verb, describes, terminal)
            : new Command(verb.Name, describes ? FirstSentence(Comment(resource, verb)) : null)));
    }

    private static Command WithVerbs(this Command command, IEnumerable<Command> verbs)
    {
        foreach (var verb in verbs) command.Add(verb);
        return command;
    }

    private static Command Full(ApiResource resource, ApiVerb verb, bool describes, Terminal terminal)
    {
        var rpc = ApiServices.Find(verb.Service ?? resource.Service, verb.Rpc);
        var isList = rpc.InputType.FindFieldByName("page_token") is not null;
        var behaviour = verb.Behaviour?.Invoke() ?? (isList ? new Listing() : new Calling());
        var fields = new RequestFields(verb, rpc.InputType, behaviour.Filled, describes);
        var options = new ApiOptions(isList, fields.HasFile, fields.HasRequestId, fields.FileType.Name, terminal);
        var command = new Command(verb.Name, describes ? Reflowed(Comment(resource, verb)) : null);
        foreach (var field in fields.All) field.AddTo(command);
        foreach (var option in behaviour.Options.Concat(options.All)) command.Add(option);
        command.SetAction(async (arguments, _) => (int)await RunAsync(
            new ApiCall(resource, verb, fields, options, arguments, terminal), behaviour));
        return command;
    }

    private static async Task<ExitCode> RunAsync(ApiCall call, Behaviour behaviour)
    {
        using (call)
        {
            try
            {
                return await behaviour.RunAsync(call);
            }
            catch (MarketException exception)
            {
                return ApiErrors.Write(exception, call);
            }
        }
    }

    private static string Comment(ApiResource resource, ApiVerb verb) =>
        ApiSources.Comment(ApiServices.Find(verb.Service ?? resource.Service, verb.Rpc).FullName);

    // A file says what it holds; a message says what it does, which is to describe that.
    private static string About(ApiResource resource)
    {
        const string Describes = "Describes ";
        var about = FirstSentence(ApiSources.Comment(resource.About));
        return about.StartsWith(Describes, StringComparison.Ordinal)
            ? char.ToUpperInvariant(about[Describes.Length]) + about[(Describes.Length + 1)..]
            : about;
    }

    private static string FirstSentence(string comment)
    {
        var paragraph = comment.Split("\n\n")[0].ReplaceLineEndings(" ");
        var end = paragraph.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? paragraph : paragraph[..(end + 1)];
    }

    private static string Reflowed(string comment) =>
        string.Join("\n\n", comment.Split("\n\n").Select(paragraph => paragraph.ReplaceLineEndings(" ")));
}
