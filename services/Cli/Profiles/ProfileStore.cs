using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Cli.Profiles;

/// <summary>The profiles of a user, in <c>$XDG_CONFIG_HOME/marketplace/profiles.json</c>.</summary>
internal sealed class ProfileStore(Terminal terminal)
{
    /// <summary>The profile of the system that runs on the checkout whose <c>./market</c> was called.</summary>
    public const string Local = "local";

    // './market' names the folder of the system that it has started.
    private const string SystemVariable = "MARKETPLACE_SYSTEM";

    private string Path => System.IO.Path.Combine(Folder, "marketplace", "profiles.json");

    private string Folder => terminal.Variable("XDG_CONFIG_HOME") is { Length: > 0 } folder
        ? folder
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");

    /// <summary>
    /// Reads the profiles, with the one of the local system if there is one and no other has its name.
    /// </summary>
    public ProfileSet Read()
    {
        var stored = Stored();
        if (LocalSystem() is { } local) stored.Profiles.TryAdd(Local, local);
        return stored.Current is null && stored.Profiles.ContainsKey(Local) ? stored with { Current = Local } : stored;
    }

    /// <summary>Changes the profiles that are stored.</summary>
    public void Change(Func<ProfileSet, ProfileSet> change)
    {
        var changed = change(Stored());
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        SecretFile.Replace(Path, JsonSerializer.Serialize(changed, ProfileJson.Default.ProfileSet) + "\n");
    }

    private ProfileSet Stored()
    {
        if (!File.Exists(Path)) return new(null, []);
        try
        {
            return JsonSerializer.Deserialize(SecretFile.Read(Path, "API keys"), ProfileJson.Default.ProfileSet)!;
        }
        catch (JsonException exception)
        {
            throw new UsageException($"{Path} is no file of profiles: {exception.Message} Repair or remove it.");
        }
    }

    private Profile? LocalSystem()
    {
        if (terminal.Variable(SystemVariable) is not { Length: > 0 } system) return null;
        var port = System.IO.Path.Combine(system, "port");
        var key = System.IO.Path.Combine(system, "keys", "operator.key");
        return File.Exists(port) && File.Exists(key)
            ? new([$"http://127.0.0.1:{File.ReadAllText(port).Trim()}"], key, null)
            : null;
    }
}

/// <summary>The file of the profiles.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ProfileSet))]
internal sealed partial class ProfileJson : JsonSerializerContext;
