using System.Text;

namespace Marketplace.Cli.Profiles;

/// <summary>Files that hold keys: readable by their owner alone, and refused otherwise.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    /// <summary>Reads a file that others cannot read.</summary>
    public static string Read(string path, string holds)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0)
                throw new UsageException(
                    $"{path} holds {holds}, and others than its owner can read or change it. Close it with "
                    + $"'chmod 600 {path}', and replace the keys that somebody may have read.");
            return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{path}, which is to hold {holds}, cannot be read: {exception.Message}");
        }
    }

    /// <summary>Makes a new file, which must not be there yet.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        try
        {
            return new(path, options);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new UsageException($"{path} is there already, and a key is not written over. Name another file.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{path} cannot be made: {exception.Message}");
        }
    }

    /// <summary>Replaces a file as a whole, so that a reader sees the old or the new one.</summary>
    public static void Replace(string path, string text)
    {
        var next = $"{path}.{Environment.ProcessId}";
        File.Delete(next);
        using (var stream = Create(next)) stream.Write(Encoding.UTF8.GetBytes(text));
        File.Move(next, path, overwrite: true);
    }
}
