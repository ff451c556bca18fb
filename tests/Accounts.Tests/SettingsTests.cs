using System.Reflection;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    [Fact]
    public void Setting_FromFile_IsItsContentWithoutTheLineEnd()
    {
        File.WriteAllText(file, "Host=postgres;Password=a b;\r\n");

        var options = Read($"--MARKETPLACE_DATABASE_FILE={file}", $"--MARKETPLACE_REGION_FILE={file}");

        Assert.Equal("Host=postgres;Password=a b;", options.Database);
        Assert.Equal("Host=postgres;Password=a b;", options.Required("REGION"));
    }

    [Fact]
    public void Setting_BothValueAndFile_IsRefused()
    {
        var refusal = Refusal("--MARKETPLACE_DATABASE=Host=postgres", $"--MARKETPLACE_DATABASE_FILE={file}");

        Assert.Equal("MARKETPLACE_DATABASE and MARKETPLACE_DATABASE_FILE are both set; use one of them.", refusal);
    }

    [Fact]
    public void Setting_FileThatIsNotThere_IsRefusedByName()
    {
        var refusal = Refusal($"--MARKETPLACE_BROKER_FILE={file}.none");

        Assert.StartsWith("MARKETPLACE_BROKER_FILE cannot be read: ", refusal, StringComparison.Ordinal);
        Assert.Contains($"{file}.none", refusal, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(file);

    private static string Refusal(params string[] args) =>
        Assert.Throws<InvalidOperationException>(() => Read(args)).Message;

    private static ServiceOptions Read(params string[] args) =>
        new ServiceHost("settings", Assembly.GetExecutingAssembly(), args).Options;
}
