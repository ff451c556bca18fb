namespace Marketplace.Conventions.Tests;

/// <summary>The files of the repository, without what is built.</summary>
internal static class Repository
{
    private static readonly string[] Skipped = ["artifacts", "bin", "obj", "node_modules", ".git"];

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The files with one of the extensions, as paths from the root.</summary>
    public static IEnumerable<string> Files(params string[] extensions) =>
        from file in Walk(Root)
        where extensions.Contains(Path.GetExtension(file))
        select Path.GetRelativePath(Root, file);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            from child in Directory.EnumerateDirectories(folder)
            where !Skipped.Contains(Path.GetFileName(child))
            from file in Walk(child)
            select file);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests has the solution.");
    }
}
