using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using Node = System.Collections.Generic.Dictionary<object, object>;

namespace Marketplace.Conventions.Tests;

/// <summary>What docker-compose.yml and the Dockerfile promise, read from them without an engine.</summary>
public sealed partial class ComposeTests
{
    private const string ServiceUser = "1654:1654";

    private static readonly Node Compose = ReadCompose();
    private static readonly Node Services = (Node)Compose["services"];

    private static readonly string[] Own = ["accounts", "inventory", "leasing", "billing"];

    // Their entry points hand a volume to the user that they go on as.
    private static readonly string[] StartingAsRoot = ["postgres", "rabbitmq"];

    [Fact]
    public void Containers_All_AreConfined() => Offenders.AreNone(
        from service in Services
        let name = (string)service.Key
        let container = (Node)service.Value
        from offence in Offences(name, container)
        select $"{name}: {offence}");

    [Fact]
    public void Services_AllFour_AreAskedForTheirHealthAndMigratedFirst() => Offenders.AreNone(
        from name in Own
        let container = Container(name)
        let health = Texts(((Node)container["healthcheck"])["test"])
        let waitsFor = (Node)container["depends_on"]
        where !health.SequenceEqual(["CMD", "/app/service", "--health"])
            || Condition(waitsFor, $"{name}-migrations") != "service_completed_successfully"
            || Condition(waitsFor, "rabbitmq") != "service_healthy"
            || (name != "accounts" && Condition(waitsFor, "accounts") != "service_healthy")
            || !Texts(Container($"{name}-migrations")["command"]).SequenceEqual(["--migrate"])
        select name);

    [Fact]
    public void Ports_Published_AreOnLoopbackUnlessSaid() => Offenders.AreNone(
        from service in Services
        from port in Texts(((Node)service.Value).GetValueOrDefault("ports"))
        where !port.StartsWith("${MARKETPLACE_BIND:-127.0.0.1}:", StringComparison.Ordinal)
        select $"{service.Key}: {port}");

    [Fact]
    public void Secrets_Environments_HoldNone() => Offenders.AreNone(
        from service in Services
        from variable in Environment((string)service.Key)
        where SecretInClear().IsMatch(variable.Value)
            || (SecretName().IsMatch(variable.Key) && !variable.Key.EndsWith("_FILE", StringComparison.Ordinal))
        select $"{service.Key}: {variable.Key}");

    [Fact]
    public void Secrets_OwnersPassword_IsOnlyForTheStepsThatNeedIt() => Offenders.AreNone(
        from service in Services
        let name = (string)service.Key
        where name != "databases" && !name.EndsWith("-migrations", StringComparison.Ordinal)
        from secret in Texts(((Node)service.Value).GetValueOrDefault("secrets"))
        where secret.EndsWith("_owner", StringComparison.Ordinal)
        select $"{name}: {secret}");

    [Fact]
    public void Settings_Named_AreReadByTheServices()
    {
        var sources = string.Concat(
            from file in Repository.Files(".cs")
            where file.StartsWith("services", StringComparison.Ordinal)
            select Repository.Read(file));

        var settings = Own.SelectMany(Environment).Select(variable => variable.Key)
            .Where(name => name.StartsWith("MARKETPLACE_", StringComparison.Ordinal)).Distinct().ToArray();

        Assert.True(settings.Length > 10);
        Offenders.AreNone(
            from setting in settings
            let name = setting["MARKETPLACE_".Length..]
            where !IsRead(sources, name)
                && !(name.EndsWith("_FILE", StringComparison.Ordinal) && IsRead(sources, name[..^"_FILE".Length]))
            select setting);
    }

    [Fact]
    public void MakeSecrets_Twice_MakesEverySecretOnceForItsOwnerAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        var folder = Path.Combine(Path.GetTempPath(), $"marketplace-{Guid.CreateVersion7():N}");
        try
        {
            MakeSecrets(folder);
            var first = Contents(folder);
            MakeSecrets(folder);

            Assert.Equal(first, Contents(folder));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(folder));
            var named = from secret in (Node)Compose["secrets"]
                        select Path.GetFileName((string)((Node)secret.Value)["file"]);
            Assert.Equal(named.Order(StringComparer.Ordinal), first.Keys);
            Assert.Equal(first.Count, first.Values.Distinct().Count());
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Dockerfile_Steps_NeedNoBuildKitAndEndUnprivileged()
    {
        var dockerfile = Repository.Read(Path.Combine("deploy", "Dockerfile"));

        Assert.DoesNotMatch(BuildKit(), dockerfile);
        var last = dockerfile[dockerfile.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];
        Assert.Contains("aspnet:10.0-noble-chiseled-extra\n", last, StringComparison.Ordinal);
        Assert.Contains($"\nUSER {ServiceUser}\n", last, StringComparison.Ordinal);
        Assert.DoesNotContain("\nRUN ", last, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Offences(string name, Node container)
    {
        var isStep = name == "databases" || name.EndsWith("-migrations", StringComparison.Ordinal);
        if (Text(container, "read_only") != "true") yield return "its file system can be written to";
        if (!Texts(container.GetValueOrDefault("cap_drop")).SequenceEqual(["ALL"])) yield return "it has capabilities";
        if (container.ContainsKey("cap_add") != StartingAsRoot.Contains(name)) yield return "cap_add";
        if (!Texts(container.GetValueOrDefault("security_opt")).Contains("no-new-privileges:true"))
            yield return "it can gain privileges";
        if (Text(container, "mem_limit") is null) yield return "its memory is not limited";
        if (!container.ContainsKey("logging")) yield return "its logs are not rotated";
        if (Text(container, "restart") != (isStep ? "no" : "unless-stopped")) yield return "restart";
        if (Text(container, "user") is null or "root" or "0" && !StartingAsRoot.Contains(name)) yield return "user";
        if (Own.Any(own => name.StartsWith(own, StringComparison.Ordinal)) && Text(container, "user") != ServiceUser)
            yield return "it does not run as the image's user";
        if (container.ContainsKey("privileged")) yield return "it is privileged";
    }

    private static bool IsRead(string sources, string setting) =>
        sources.Contains($"\"{setting}\"", StringComparison.OrdinalIgnoreCase);

    private static Node Container(string name) => (Node)Services[name];

    private static string? Text(Node node, string key) => node.GetValueOrDefault(key) as string;

    // An entry of a list is a text, or an object whose source is what counts.
    private static IEnumerable<string> Texts(object? list) =>
        from item in list as IEnumerable<object> ?? []
        select item as string ?? (string)((Node)item)["source"];

    private static string? Condition(Node waitsFor, string name) =>
        waitsFor.GetValueOrDefault(name) is Node condition ? Text(condition, "condition") : null;

    private static IEnumerable<KeyValuePair<string, string>> Environment(string service) =>
        from variable in Container(service).GetValueOrDefault("environment") as Node ?? []
        select KeyValuePair.Create((string)variable.Key, (string)variable.Value);

    private static Node ReadCompose()
    {
        var parser = new MergingParser(new Parser(new StringReader(Repository.Read("docker-compose.yml"))));
        return new DeserializerBuilder().Build().Deserialize<Node>(parser);
    }

    private static void MakeSecrets(string folder)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "compose", "make-secrets"), [folder])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static SortedDictionary<string, string> Contents(string folder) =>
        new(Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file), File.ReadAllText),
            StringComparer.Ordinal);

    [GeneratedRegex("password=|://[^/]*:[^/]*@", RegexOptions.IgnoreCase)]
    private static partial Regex SecretInClear();

    [GeneratedRegex("PASS|SECRET|_KEY$|TOKEN|_DATABASE|BROKER")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"--mount|--parents|--link|--chmod|<<|^#\s*syntax\s*=", RegexOptions.Multiline)]
    private static partial Regex BuildKit();
}
