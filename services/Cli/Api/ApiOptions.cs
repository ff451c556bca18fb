using System.CommandLine;
using System.CommandLine.Completions;
using Marketplace.Cli.Profiles;

namespace Marketplace.Cli.Api;

/// <summary>The options that commands of the API share, beside those of their requests.</summary>
internal sealed class ApiOptions
{
    public const string Table = "table";
    public const string Json = "json";
    public const string Id = "id";
    public const int LimitDefault = 50;

    /// <summary>How long a person waits without knowing why.</summary>
    private const int TimeoutSecondsDefault = 20;
    private const int TimeoutSecondsMax = 3600;

    public ApiOptions(bool isList, bool hasFile, bool hasRequestId, string fileHolds, Terminal terminal)
    {
        Profile.CompletionSources.Add(_ => ProfileCommand.Names(terminal).Select(name => new CompletionItem(name)));
        Output.AcceptOnlyFromAmong(Table, Json, Id);
        File = hasFile
            ? new("--file", "-f")
            {
                HelpName = "FILE",
                Description = $"A JSON or YAML file with the fields of {fileHolds}; '-' reads standard input. "
                    + "Options override what it says.",
            }
            : null;
        RequestId = hasRequestId
            ? new("--request-id")
            {
                HelpName = "UUID",
                Description = "Names the intended effect, so that a script can run the command again without a second "
                    + "effect. Without it each run has one of its own.",
            }
            : null;
        Timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > TimeoutSecondsMax)
                result.AddError($"--timeout must be in [1, {TimeoutSecondsMax}].");
        });
        if (!isList) return;
        Limit = new("--limit")
        {
            HelpName = "N",
            Description = $"Show at most so many; {LimitDefault} unless told.",
            DefaultValueFactory = _ => LimitDefault,
        };
        Limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--limit must be at least 1.");
        });
        AllOfThem = new("--all") { Description = "Show all, however many." };
    }

    public Option<string?>? File { get; }

    public Option<string?>? RequestId { get; }

    public Option<int>? Limit { get; }

    public Option<bool>? AllOfThem { get; }

    public Option<string> Output { get; } = new("--output", "-o")
    {
        HelpName = $"{Table}|{Json}|{Id}",
        Description = "How the answer is written: for people, as proto JSON (a list as an array, a watch one object a "
            + "line), or the ids alone, one a line.",
        DefaultValueFactory = _ => Table,
    };

    public Option<string?> Profile { get; } = new("--profile")
    {
        HelpName = "NAME",
        Description = "Go by this profile; MARKETPLACE_PROFILE, else 'market profile use', unless told.",
    };

    public Option<string[]> Endpoint { get; } = new("--endpoint")
    {
        HelpName = "URL",
        Description = "Where Accounts is, the others on the next three ports; or NAME=URL for one service. "
            + "MARKETPLACE_ENDPOINT, else the profile, unless told.",
    };

    public Option<string?> KeyFile { get; } = new("--key-file")
    {
        HelpName = "FILE",
        Description = "The file with the API key. MARKETPLACE_API_KEY_FILE, else the profile, unless told.",
    };

    public Option<int> Timeout { get; } = new("--timeout")
    {
        HelpName = "SECONDS",
        Description = $"How long to try before giving up on a call; {TimeoutSecondsDefault} unless told.",
        DefaultValueFactory = _ => TimeoutSecondsDefault,
    };

    public IEnumerable<Option> All => new Option?[]
    {
        File, RequestId, Limit, AllOfThem, Output, Profile, Endpoint, KeyFile, Timeout,
    }.OfType<Option>();
}
