using System.Runtime.Versioning;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests.Profiles;

/// <summary>Where calls go and with whose key.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProfileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string Key = $"mk_01890a5d-ac96-774b-bcce-b302099a8057_{new string('a', 64)}";

    private readonly string folder = Directory.CreateTempSubdirectory("profiles-").FullName;
    private readonly Dictionary<string, string> variables;

    public ProfileTests() => variables = new() { ["XDG_CONFIG_HOME"] = folder };

    private string Store => Path.Combine(folder, "marketplace", "profiles.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Set_KeyFromStandardInput_IsKeptForItsOwnerAndNeverShown()
    {
        var set = RunWith(variables, $"{Key}\n", "profile", "set", "buyer", "--endpoint", "https://market.example:7001",
            "--key-stdin");
        var shown = RunWith(variables, "", "profile", "show", "buyer");
        var listed = RunWith(variables, "", "profile", "list", "-o", "json");

        Assert.Equal((ExitCode.Done, "", ""), (set.ExitCode, set.Output, set.Error));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Store));
        Assert.Contains(Key, File.ReadAllText(Store), StringComparison.Ordinal);
        Assert.Equal("https://market.example:7001", shown.Labelled("Endpoints"));
        Assert.Equal("mk_01890a5d-ac96-774b-bcce-b302099a8057_...", shown.Labelled("Key"));
        Assert.DoesNotContain("aaaa", shown.Output + listed.Output, StringComparison.Ordinal);
        Assert.Equal("buyer", listed.Json.EnumerateArray().Single().Text("name"));
    }

    [Theory]
    [InlineData("http://market.example:7001")]
    [InlineData("http://127.0.0.1:7001,http://10.0.0.1:7001")]
    public void Call_EndpointBeyondThisMachineWithoutTls_IsRefusedWithTheWayOut(string endpoint)
    {
        RunWith(variables, Key, "profile", "set", "buyer", "--endpoint", endpoint, "--key-stdin");

        var refused = RunWith(variables, "", "lease", "list", "--profile", "buyer");

        Assert.Equal(ExitCode.Unusable, refused.ExitCode);
        Assert.Contains($"{endpoint} is not on this machine", refused.Error, StringComparison.Ordinal);
        Assert.Contains("set MARKETPLACE_PLAINTEXT to yes", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Set_OneThing_KeepsTheOthers()
    {
        RunWith(variables, Key, "profile", "set", "buyer", "--key-stdin");
        RunWith(variables, "", "profile", "set", "buyer", "--endpoint", "http://127.0.0.1:8001");

        var shown = RunWith(variables, "", "profile", "show", "buyer");

        Assert.Equal("http://127.0.0.1:8001", shown.Labelled("Endpoints"));
        Assert.StartsWith("mk_", shown.Labelled("Key"), StringComparison.Ordinal);
    }

    [Fact]
    public void Use_Profile_IsGoneByUntilItIsDeleted()
    {
        RunWith(variables, Key, "profile", "set", "buyer", "--key-stdin");
        RunWith(variables, Key, "profile", "set", "provider", "--key-stdin");

        RunWith(variables, "", "profile", "use", "provider");
        var used = RunWith(variables, "", "profile", "show").Labelled("Name");
        RunWith(variables, "", "profile", "delete", "provider");
        var after = RunWith(variables, "", "profile", "show");

        Assert.Equal("provider", used);
        Assert.Equal(ExitCode.Unusable, after.ExitCode);
        Assert.StartsWith("market: no profile is in use", after.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("provider", File.ReadAllText(Store), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("profile", "show", "buyer")]
    [InlineData("lease", "list", "--profile", "buyer")]
    public void Run_OthersCanReadTheProfiles_IsRefusedWithTheWayOut(params string[] args)
    {
        RunWith(variables, Key, "profile", "set", "buyer", "--key-stdin");
        File.SetUnixFileMode(Store, OwnerOnly | UnixFileMode.GroupRead);

        var answer = RunWith(variables, "", args);

        Assert.Equal((ExitCode.Unusable, ""), (answer.ExitCode, answer.Output));
        Assert.Contains($"'chmod 600 {Store}'", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaa", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OthersCanReadTheKeyFile_IsRefused()
    {
        var file = KeyFile(Key, OwnerOnly | UnixFileMode.OtherRead);

        var answer = RunWith(variables, "", "lease", "list", "--key-file", file);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith($"market: {file} holds an API key, and others", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("mk_1_2")]
    public void Run_FileWithoutKey_IsRefusedWithoutShowingIt(string text)
    {
        var file = KeyFile(text, OwnerOnly);

        var answer = RunWith(variables, "", "lease", "list", "--key-file", file);

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith($"market: {file} holds no API key", answer.Error, StringComparison.Ordinal);
    }

    // What wins shows in the address that an error names: nothing listens on these ports.
    [Theory]
    [InlineData("http://127.0.0.1:3", "", "")]
    [InlineData("http://127.0.0.1:2", "leasing=http://127.0.0.1:2", "")]
    [InlineData("http://127.0.0.1:1", "leasing=http://127.0.0.1:2", "leasing=http://127.0.0.1:1")]
    public void Run_EndpointNamedInSeveralPlaces_OptionWinsOverVariableOverProfile(
        string called, string variable, string option)
    {
        RunWith(variables, Key, "profile", "set", "buyer", "--key-stdin", "--endpoint", "leasing=http://127.0.0.1:3");
        variables["MARKETPLACE_ENDPOINT"] = variable;
        string[] options = option.Length == 0 ? [] : ["--endpoint", option];

        var answer = RunWith(variables, "", ["lease", "list", "--profile", "buyer", "--timeout", "1", .. options]);

        Assert.Equal(ExitCode.NoAnswer, answer.ExitCode);
        Assert.Contains($"Leasing does not answer at {called}.", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_KeyFileNamedInSeveralPlaces_OptionWinsOverVariableOverProfile()
    {
        RunWith(variables, "", "profile", "set", "buyer", "--key-file", KeyFile(Key, OwnerOnly));
        File.WriteAllText(KeyPath, "of the profile");
        variables["MARKETPLACE_PROFILE"] = "buyer";
        var ofProfile = RunWith(variables, "", "lease", "list").Error;
        variables["MARKETPLACE_API_KEY_FILE"] = Path.Combine(folder, "of-variable");
        var ofVariable = RunWith(variables, "", "lease", "list").Error;
        var ofOption = RunWith(variables, "", "lease", "list", "--key-file", "of-option").Error;

        Assert.StartsWith($"market: {KeyPath} holds no API key", ofProfile, StringComparison.Ordinal);
        Assert.Contains("of-variable, which is to hold an API key, cannot be read", ofVariable,
            StringComparison.Ordinal);
        Assert.StartsWith("market: of-option, which is to hold an API key, cannot be read", ofOption,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SystemOfTheCheckout_IsTheProfileLocal()
    {
        var system = Directory.CreateDirectory(Path.Combine(folder, "system", "keys")).Parent!.FullName;
        File.WriteAllText(Path.Combine(system, "port"), "1\n");
        var key = Path.Combine(system, "keys", "operator.key");
        File.WriteAllText(key, Key);
        File.SetUnixFileMode(key, OwnerOnly);
        variables["MARKETPLACE_SYSTEM"] = system;

        var shown = RunWith(variables, "", "profile", "show", "-o", "json").Json;
        var answer = RunWith(variables, "", "clock", "get", "--timeout", "1");

        Assert.Equal("local", shown.Text("name"));
        Assert.Equal(key, shown.Text("key"));
        Assert.Contains("Accounts does not answer at http://127.0.0.1:1.", answer.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Store));
    }

    [Theory]
    [InlineData("--endpoint: 'x' is not an address", "set", "a", "--endpoint", "x")]
    [InlineData("standard input holds no API key", "set", "a", "--key-stdin")]
    [InlineData("there is no profile 'a', and no other", "use", "a")]
    [InlineData("there is no profile 'a', and no other", "delete", "a")]
    public void Profile_Nonsense_IsRefused(string message, params string[] args)
    {
        var answer = RunWith(variables, "", ["profile", .. args]);

        Assert.Equal((ExitCode.Unusable, ""), (answer.ExitCode, answer.Output));
        Assert.StartsWith($"market: {message}", answer.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Store));
    }

    [Fact]
    public void Profile_BrokenFile_IsRefusedNamingIt()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Store)!);
        File.WriteAllText(Store, "{");
        File.SetUnixFileMode(Store, OwnerOnly);

        var answer = RunWith(variables, "", "profile", "list");

        Assert.Equal(ExitCode.Unusable, answer.ExitCode);
        Assert.StartsWith($"market: {Store} is no file of profiles: ", answer.Error, StringComparison.Ordinal);
    }

    private string KeyPath => Path.Combine(folder, "key");

    private string KeyFile(string text, UnixFileMode mode)
    {
        File.WriteAllText(KeyPath, text);
        File.SetUnixFileMode(KeyPath, mode);
        return KeyPath;
    }
}
