using Marketplace.Options.V1;

namespace Marketplace.Client.Tests;

/// <summary>README.md says what is compiled here, and it works.</summary>
[Collection(SharedMarket.Name)]
public sealed class ReadmeTests(RealMarket market)
{
    private const string Heading = "### From C#";
    private const string FenceStart = "```csharp\n";
    private const string FenceEnd = "```\n";
    private const int Indent = 8;

    [Fact]
    public async Task Example_OnTheRealServices_MakesASite()
    {
        var key = await market.RegisterAsync(Role.Provider);

        await ReadmeExample.RunAsync(market.Endpoints, key);

        using var provider = new MarketClient(market.Endpoints, key);
        var sites = await provider.Inventory.ListSitesAsync(new());
        Assert.Equal("Hall 1", Assert.Single(sites.Sites).DisplayName);
    }

    [Fact]
    public void Readme_Example_IsTheOneThatIsCompiled()
    {
        var readme = Read("README.md");
        var section = readme[readme.IndexOf(Heading, StringComparison.Ordinal)..];
        var shown = Between(section, FenceStart, FenceEnd);

        var source = Read(Path.Combine("tests", "Client.Tests", "ReadmeExample.cs"));
        var body = Between(source, "apiKey)\n    {\n", "    }\n}\n").Split('\n');
        Assert.Equal(string.Join('\n', body.Select(line => line.Length > Indent ? line[Indent..] : line)), shown);
        Assert.InRange(body.Length, 1, 20);
    }

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("No folder above has the solution.");
        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }
}
