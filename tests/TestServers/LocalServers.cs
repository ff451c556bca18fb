using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Marketplace.TestServers;

/// <summary>The private servers of the checkout, by way of <c>deploy/local/servers</c>.</summary>
/// <param name="environment">Variables that the script sees beside those of this process.</param>
internal sealed partial class LocalServers(params (string Name, string? Value)[] environment)
{
    /// <summary>Starts what does not run yet; installs nothing.</summary>
    /// <returns>The addresses that the script prints.</returns>
    public async Task<(string Postgres, string RabbitMq)> UpAsync()
    {
        await CheckAsync("up", "--no-install");
        var values = Assignment().Matches(await CheckAsync("env"))
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        return (values[ServerAddresses.PostgresVariable], values[ServerAddresses.RabbitMqVariable]);
    }

    /// <summary>Runs the script.</summary>
    /// <returns>What it said on standard output and on standard error, and its exit code.</returns>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Script(), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private async Task<string> CheckAsync(params string[] arguments)
    {
        try
        {
            var (exitCode, output, error) = await RunAsync(arguments);
            return exitCode == 0 ? output : throw Unavailable(error.Trim());
        }
        catch (Win32Exception exception)
        {
            throw Unavailable($"bash did not start: {exception.Message}", exception);
        }
    }

    private static ServersUnavailableException Unavailable(string reason, Exception? exception = null) => new(
        $"""
        The tests run against PostgreSQL and RabbitMQ, and those of this checkout did not start:
        {reason}
        Run './market test', which installs and starts what the tests need, or set {ServerAddresses.PostgresVariable}
        and {ServerAddresses.RabbitMqVariable} to servers that the tests may use.
        """,
        exception);

    private static string Script()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var script = Path.Combine(folder.FullName, "deploy", "local", "servers");
            if (File.Exists(script)) return script;
        }
        throw Unavailable($"no folder above {AppContext.BaseDirectory} has deploy/local/servers");
    }

    [GeneratedRegex("^(?<name>[A-Z_]+)='(?<value>.*)'$", RegexOptions.Multiline)]
    private static partial Regex Assignment();
}
