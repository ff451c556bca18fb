using System.Text.RegularExpressions;
using Marketplace.Client;

namespace Marketplace.Cli.Profiles;

/// <summary>
/// Where calls go and with whose key. An option wins over a variable, a variable over the profile; the profile is the
/// one that an option names, else a variable, else the one in use, else that of the local system.
/// </summary>
/// <param name="Endpoints">Where the services are.</param>
/// <param name="Texts">That as it was named. Empty: it was not.</param>
/// <param name="Key">The key. Null: there is none.</param>
/// <param name="KeyFrom">Where the key is from, for a person.</param>
internal sealed partial record Connection(
    MarketEndpoints Endpoints, IReadOnlyList<string> Texts, string? Key, string KeyFrom)
{
    private const int PortDefault = 7001;
    private const string PlaintextVariable = "MARKETPLACE_PLAINTEXT";
    private const string KeyFileVariable = "MARKETPLACE_API_KEY_FILE";

    /// <summary>Finds it.</summary>
    /// <param name="terminal">Where the variables are.</param>
    /// <param name="profileOption">The value of <c>--profile</c>.</param>
    /// <param name="endpointOption">The values of <c>--endpoint</c>.</param>
    /// <param name="keyFileOption">The value of <c>--key-file</c>.</param>
    public static Connection Find(
        Terminal terminal, string? profileOption, IReadOnlyList<string> endpointOption, string? keyFileOption)
    {
        var profiles = new ProfileStore(terminal).Read();
        var name = profileOption ?? Variable(terminal, "MARKETPLACE_PROFILE") ?? profiles.Current;
        var profile = name is null
            ? Profiles.Profile.Empty
            : profiles.Profiles.GetValueOrDefault(name) ?? throw NoProfile(name, profiles);
        var texts = endpointOption.Count > 0
            ? endpointOption
            : Variable(terminal, "MARKETPLACE_ENDPOINT")?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                ?? profile.Endpoints;
        var local = profiles.Profiles.GetValueOrDefault(ProfileStore.Local);
        var (endpoints, wrong) = MarketEndpoints.Named(
            PortDefault, texts.Count == 0 && local is not null ? local.Endpoints : texts);
        if (wrong is not null) throw new UsageException($"--endpoint: {wrong}");
        // What is named here and now wins over what the profile keeps.
        var named = keyFileOption ?? Variable(terminal, KeyFileVariable);
        var key = named is not null ? ReadKey(named)
            : profile.Key ?? (profile.KeyFile is { } path ? ReadKey(path) : null);
        if (key is not null && endpoints.Exposed is { } exposed && Variable(terminal, PlaintextVariable) != "yes")
            throw new UsageException(
                $"{exposed} is not on this machine, and the key would go there without TLS; use https, or set "
                + $"{PlaintextVariable} to yes where the network is trusted.");
        return new(endpoints, name == ProfileStore.Local ? [] : texts, key, named ?? $"the profile '{name}'");
    }

    /// <summary>A profile that is not there.</summary>
    public static UsageException NoProfile(string name, ProfileSet profiles) => new(
        profiles.Profiles.Count == 0
            ? $"there is no profile '{name}', and no other; make it with 'market profile set {name} --endpoint URL "
                + "--key-file FILE'."
            : $"there is no profile '{name}'; the profiles are {string.Join(", ", profiles.Profiles.Keys)}.");

    /// <summary>Reads a key from a file.</summary>
    public static string ReadKey(string path) => CheckKey(SecretFile.Read(path, "an API key"), path);

    /// <summary>Checks that a text is a key.</summary>
    public static string CheckKey(string text, string from) => KeyText().IsMatch(text.Trim())
        ? text.Trim()
        : throw new UsageException($"{from} holds no API key; a key is one line, mk_ID_SECRET.");

    private static string? Variable(Terminal terminal, string name) =>
        terminal.Variable(name) is { Length: > 0 } value ? value : null;

    [GeneratedRegex("^mk_[0-9a-f-]{36}_[0-9a-f]{64}$")]
    private static partial Regex KeyText();
}
