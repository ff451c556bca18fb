using System.Text.RegularExpressions;

namespace Marketplace.Conventions.Tests;

/// <summary>What holds for every source file.</summary>
public sealed partial class SourceTests
{
    private const int ColumnsMax = 120;

    private static readonly string[] Sources = [".cs", ".proto", ".sql", ".py", ".csproj", ".props", ".targets"];

    [Fact]
    public void Lines_Sources_FitIn120Columns() => Offenders.AreNone(
        from file in Repository.Files(".cs", ".proto", ".sql", ".py", ".md")
        from line in Repository.Read(file).Split('\n').Select((text, i) => (text, Number: i + 1))
        where line.text.Length > ColumnsMax
        select $"{file}:{line.Number} has {line.text.Length} columns");

    [Fact]
    public void Text_Sources_NamesNoUnfinishedWorkAndNoMachine() => Offenders.AreNone(
        from file in Repository.Files([.. Sources, ".md", ".json", ".yaml"])
        where file != Path.Combine("tests", "Conventions.Tests", "SourceTests.cs")
        from Match match in Forbidden().Matches(Repository.Read(file))
        select $"{file}: {match.Value}");

    [Fact]
    public void Folders_Names_SayWhatTheyHold() => Offenders.AreNone(
        from file in Repository.Files(Sources)
        from part in file.Split(Path.DirectorySeparatorChar)
        where part is "Common" or "Helpers" or "Utils"
        select file);

    [Fact]
    public void Readme_Links_LeadSomewhere() => Offenders.AreNone(
        from Match match in Link().Matches(Repository.Read("README.md"))
        let target = match.Groups[1].Value
        where !Path.Exists(Path.Combine(Repository.Root, target))
        select target);

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b|/(root|home)/\w")]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"\]\(([^)#:]+)\)|`((?:deploy|protos|services|tests)/[\w./-]*)`")]
    private static partial Regex Link();
}
