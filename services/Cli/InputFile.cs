using System.Diagnostics.CodeAnalysis;
using System.Security;
using Marketplace.Cli.Output;

namespace Marketplace.Cli;

/// <summary>Reads files that a user names.</summary>
internal static class InputFile
{
    public const string StandardInput = "-";

    /// <summary>The bytes of a file.</summary>
    public const int SizeMax = 4 * 1024 * 1024;

    /// <summary>What messages call a file.</summary>
    public static string Name(string path) => path switch
    {
        StandardInput => "standard input",
        "" => "''",
        _ => PlainText.OneLine(path),
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path, or '-' for standard input.</param>
    /// <param name="kind">What it holds, such as <c>lease terms</c>.</param>
    /// <param name="terminal">Where standard input is.</param>
    /// <param name="bytes">What it holds.</param>
    /// <param name="problem">Why it cannot be read.</param>
    public static bool TryRead(
        string path, string kind, Terminal terminal, out ReadOnlyMemory<byte> bytes,
        [NotNullWhen(false)] out string? problem)
    {
        bytes = default;
        problem = null;
        try
        {
            if (path.Length == 0) problem = "is no name of a file.";
            else if (Directory.Exists(path)) problem = $"is a directory; name a file of {kind}.";
            else
            {
                using var stream = path == StandardInput ? terminal.Input : File.OpenRead(path);
                // A pipe does not know its size, so the limit is tested on what is read.
                var buffer = new byte[SizeMax + 1];
                var size = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                if (size > SizeMax) problem = $"is larger than 4 MiB, the most that a file of {kind} may be.";
                bytes = buffer.AsMemory(0, size);
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "does not exist.";
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or SecurityException)
        {
            problem = "cannot be read: permission denied.";
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            problem = $"cannot be read: {PlainText.OneLine(exception.Message)}";
        }
        return problem is null;
    }
}
