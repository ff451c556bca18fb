using System.CommandLine;
using System.Text.Json;
using Marketplace.Cli.Output;
using Marketplace.Client;

namespace Marketplace.Cli.Profiles;

/// <summary>The commands <c>market profile</c>, which keep endpoints and keys.</summary>
internal static class ProfileCommand
{
    public static Command Create(Terminal terminal) =>
        new("profile", "Profiles: where a market is, and whose key is used there.")
        {
            Set(terminal),
            Use(terminal),
            List(terminal),
            Show(terminal),
            Delete(terminal),
        };

    /// <summary>The names of the profiles, for completion.</summary>
    public static IEnumerable<string> Names(Terminal terminal) => new ProfileStore(terminal).Read().Profiles.Keys;

    private static Command Set(Terminal terminal)
    {
        var name = Name();
        var endpoint = new Option<string[]>("--endpoint")
        {
            HelpName = "URL",
            Description = "Where Accounts is, the others on the next three ports; or NAME=URL for one service.",
        };
        var keyFile = new Option<string?>("--key-file")
        {
            HelpName = "FILE",
            Description = "The file with the API key.",
        };
        var keyStdin = new Option<bool>("--key-stdin")
        {
            Description = "Read the API key from standard input, and keep it in the profile.",
        };
        var command = new Command("set", "Makes a profile, or changes what is named of it.")
        {
            name, endpoint, keyFile, keyStdin,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(keyFile) is not null && result.GetValue(keyStdin))
                result.AddError("--key-file and --key-stdin exclude each other; give one of them.");
        });
        command.SetAction(arguments =>
        {
            var endpoints = arguments.GetValue(endpoint) ?? [];
            if (MarketEndpoints.Named(firstPort: 1, endpoints).Wrong is { } wrong)
                throw new UsageException($"--endpoint: {wrong}");
            var path = arguments.GetValue(keyFile) is { } given ? Path.GetFullPath(given) : null;
            if (path is not null) Connection.ReadKey(path);
            var key = arguments.GetValue(keyStdin)
                ? Connection.CheckKey(terminal.ReadLine() ?? "", InputFile.Name(InputFile.StandardInput))
                : null;
            new ProfileStore(terminal).Change(stored =>
            {
                var profileName = arguments.GetRequiredValue(name);
                var known = stored.Profiles.GetValueOrDefault(profileName, Profile.Empty);
                if (endpoints.Length > 0) known = known with { Endpoints = endpoints };
                if (path is not null || key is not null) known = known with { KeyFile = path, Key = key };
                stored.Profiles[profileName] = known;
                return stored;
            });
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command Use(Terminal terminal)
    {
        var name = Name(terminal);
        var command = new Command("use", "Goes by a profile unless told.") { name };
        command.SetAction(arguments =>
        {
            var profileName = Known(arguments.GetRequiredValue(name), new ProfileStore(terminal).Read());
            new ProfileStore(terminal).Change(stored => stored with { Current = profileName });
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var output = Output();
        var command = new Command("list", "Lists the profiles.") { output };
        command.SetAction(arguments =>
        {
            var profiles = new ProfileStore(terminal).Read();
            if (arguments.GetValue(output) == Api.ApiOptions.Json)
            {
                var shown = profiles.Profiles.Select(known => Shown(known.Key, known.Value, profiles)).ToList();
                terminal.Output.WriteLine(JsonSerializer.Serialize(shown, ShownProfileJson.Default.ListShownProfile));
                return (int)ExitCode.Done;
            }
            if (profiles.Profiles.Count == 0)
            {
                terminal.Error.WriteLine("market: there are none; make one with 'market profile set NAME'.");
                return (int)ExitCode.Done;
            }
            var table = Tables.Ruled();
            table.AddWhole("In use");
            table.AddWhole("Name");
            table.AddText("Endpoints");
            table.AddText("Key");
            foreach (var (profileName, profile) in profiles.Profiles)
            {
                var shown = Shown(profileName, profile, profiles);
                table.AddCells(shown.InUse ? "yes" : "", profileName, Text(shown.Endpoints), shown.Key);
            }
            terminal.Write(table);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var name = Name(terminal);
        name.Arity = ArgumentArity.ZeroOrOne;
        var output = Output();
        var command = new Command("show", "Shows a profile, or the one in use; never its key.") { name, output };
        command.SetAction(arguments =>
        {
            var profiles = new ProfileStore(terminal).Read();
            var profileName = arguments.GetValue(name) ?? profiles.Current
                ?? throw new UsageException("no profile is in use; name one, or 'market profile use NAME'.");
            var shown = Shown(Known(profileName, profiles), profiles.Profiles[profileName], profiles);
            if (arguments.GetValue(output) == Api.ApiOptions.Json)
            {
                terminal.Output.WriteLine(JsonSerializer.Serialize(shown, ShownProfileJson.Default.ShownProfile));
                return (int)ExitCode.Done;
            }
            var table = Tables.Labelled();
            table.AddCells("Name", shown.Name);
            table.AddCells("In use", shown.InUse ? "yes" : "no");
            table.AddCells("Endpoints", Text(shown.Endpoints));
            table.AddCells("Key", shown.Key);
            terminal.Write(table);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = Name(terminal);
        var command = new Command("delete", "Deletes a profile, with the key that it holds.") { name };
        command.SetAction(arguments =>
        {
            new ProfileStore(terminal).Change(stored =>
            {
                var profileName = Known(arguments.GetRequiredValue(name), stored);
                stored.Profiles.Remove(profileName);
                return stored.Current == profileName ? stored with { Current = null } : stored;
            });
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Name(Terminal? terminal = null)
    {
        var name = new Argument<string>("NAME") { Description = "The profile." };
        if (terminal is not null) name.CompletionSources.Add(_ => Names(terminal).Select(known =>
            new System.CommandLine.Completions.CompletionItem(known)));
        return name;
    }

    private static Option<string> Output()
    {
        var output = new Option<string>("--output", "-o")
        {
            HelpName = $"{Api.ApiOptions.Table}|{Api.ApiOptions.Json}",
            Description = "How the answer is written.",
            DefaultValueFactory = _ => Api.ApiOptions.Table,
        };
        output.AcceptOnlyFromAmong(Api.ApiOptions.Table, Api.ApiOptions.Json);
        return output;
    }

    private static string Text(IReadOnlyList<string> endpoints) =>
        endpoints.Count == 0 ? "this machine" : string.Join(' ', endpoints);

    private static string Known(string name, ProfileSet profiles) =>
        profiles.Profiles.ContainsKey(name) ? name : throw Connection.NoProfile(name, profiles);

    // The id of a key is no secret.
    private static ShownProfile Shown(string name, Profile profile, ProfileSet profiles) => new(
        name, name == profiles.Current, profile.Endpoints,
        profile.KeyFile ?? (profile.Key is { } key ? $"{key[..key.LastIndexOf('_')]}_..." : "none"));
}
