using System.Diagnostics;

namespace Marketplace.EndToEnd.Tests;

/// <summary>Runs commands of README.md as a reader does, in the folder of the repository.</summary>
internal static class Shell
{
    private static readonly TimeSpan DurationMax = TimeSpan.FromMinutes(4);

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs commands of bash, up to the first that fails.</summary>
    /// <returns>What they print to standard output.</returns>
    public static async Task<string> RunAsync(string commands, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("bash", ["-e", "-u", "-c", commands])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(DurationMax);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        Assert.True(
            process.ExitCode == 0,
            $"""
            {commands.Trim()}

            failed: {await output}{await error}
            If a program or a package of one is missing, run './market test', which installs what it needs.
            """);
        return await output;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests has the solution.");
    }
}

/// <summary>What README.md says.</summary>
internal static class Readme
{
    /// <summary>The fenced blocks of a section.</summary>
    public static IReadOnlyList<string> Blocks(string section)
    {
        var text = File.ReadAllText(Path.Combine(Shell.Root, "README.md"));
        var begin = text.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"README.md has no section '{section}'.");
        var end = text.IndexOf("\n## ", begin + 1, StringComparison.Ordinal);
        // Between fences, and beside them.
        return [.. text[begin..end].Split("\n```\n").Where((_, index) => index % 2 == 1)];
    }
}
