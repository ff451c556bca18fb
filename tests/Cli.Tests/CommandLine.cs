using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Marketplace.Cli.Tests;

/// <summary>Runs the command line.</summary>
internal static class CommandLine
{
    private static readonly Dictionary<string, string> NoProfiles = new()
    {
        ["XDG_CONFIG_HOME"] = Path.Combine(AppContext.BaseDirectory, "no-profiles"),
    };

    /// <summary>Runs it in this process.</summary>
    public static Answer Run(params string[] args) => RunWith("", args);

    /// <summary>Runs it in this process with a text on its standard input.</summary>
    public static Answer RunWith(string input, params string[] args) => RunWith(Encoding.UTF8.GetBytes(input), args);

    /// <summary>Runs it in this process with bytes on its standard input.</summary>
    public static Answer RunWith(byte[] input, params string[] args) => Run(input, isStyled: false, args);

    /// <summary>Runs it in this process as if its output were a terminal.</summary>
    public static Answer RunInTerminal(params string[] args) => Run([], isStyled: true, args);

    /// <summary>Runs it in this process with variables of the environment, and nothing else of it.</summary>
    public static Answer RunWith(IReadOnlyDictionary<string, string> variables, string input, params string[] args) =>
        Run(Encoding.UTF8.GetBytes(input), isStyled: false, args, variables);

    /// <summary>Runs it as users do, with its output in a pipe.</summary>
    public static Answer RunProcess(string input, params string[] args)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "market.dll");
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo("dotnet", [program, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        process.Start();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new((ExitCode)process.ExitCode, output, error.Result);
    }

    /// <summary>The path of a sample.</summary>
    public static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "samples", $"{name}.json");

    /// <summary>The text that an answer must be.</summary>
    public static string Golden(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.txt"));

    /// <summary>A sample with something changed.</summary>
    public static string Changed(string name, Action<JsonNode> change)
    {
        var terms = JsonNode.Parse(File.ReadAllText(Sample(name)))!;
        change(terms);
        return terms.ToJsonString();
    }

    private static Answer Run(
        byte[] input, bool isStyled, string[] args, IReadOnlyDictionary<string, string>? variables = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(new MemoryStream(input), output, error, isStyled)
        {
            // The profiles of whoever runs the tests are not theirs.
            Variable = name => (variables ?? NoProfiles).GetValueOrDefault(name),
        };
        var code = MarketCommand.Run(args, terminal);
        return new(code, output.ToString(), error.ToString());
    }
}

/// <summary>What a run came to.</summary>
internal sealed record Answer(ExitCode ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output.</summary>
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The answer of a run with <c>--json</c>, which says nothing on standard error.</summary>
    public JsonElement Json
    {
        get
        {
            if (Error.Length > 0) throw new XunitException($"Said on standard error: {Error}");
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The value of a line of labels and values.</summary>
    public string Labelled(string label) =>
        Output.Split('\n')
            .Single(line => line.StartsWith($"{label}  ", StringComparison.Ordinal))[label.Length..].Trim();
}

/// <summary>Reads JSON answers.</summary>
internal static class JsonAnswer
{
    /// <summary>The names of an object's properties, in order.</summary>
    public static string Names(this JsonElement element) =>
        string.Join(' ', element.EnumerateObject().Select(property => property.Name));

    /// <summary>A property as text; of a null, null.</summary>
    public static string? Text(this JsonElement element, string name) => element.GetProperty(name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Null } => null,
        var other => other.GetRawText(),
    };
}
