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

    [Theory]
    [InlineData("0.0.0.0:7001")]
    [InlineData("[::]:7001")]
    [InlineData("192.0.2.1:7001")]
    public void Listen_BeyondThisMachineWithoutTls_IsRefusedUnlessSaid(string listen)
    {
        var host = Host($"--MARKETPLACE_LISTEN={listen}");

        var refusal = Assert.Throws<InvalidOperationException>(() => host.Build()).Message;

        Assert.StartsWith($"{listen} is not on this machine", refusal, StringComparison.Ordinal);
        Assert.Contains("MARKETPLACE_PLAINTEXT", refusal, StringComparison.Ordinal);
        Assert.True(Read($"--MARKETPLACE_LISTEN={listen}", "--MARKETPLACE_PLAINTEXT=yes").IsPlaintextAllowed);
    }

    [Fact]
    public void Client_BeyondThisMachineWithoutTls_IsRefusedUnlessSaid()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Build("http://inventory:7002")).Message;

        Assert.StartsWith("inventory:7002 is not on this machine", refusal, StringComparison.Ordinal);
        Build("http://inventory:7002", "--MARKETPLACE_PLAINTEXT=yes");
        Build("https://inventory:7002");
        Build("http://127.0.0.1:7002");

        static void Build(string inventory, params string[] args) =>
            Host(
                [
                    $"--MARKETPLACE_INVENTORY={inventory}", "--MARKETPLACE_ACCOUNTS=http://127.0.0.1:7001",
                    "--MARKETPLACE_DATABASE=Host=127.0.0.1", .. args,
                ])
                .AddClient("inventory", invoker => invoker).Build();
    }

    [Fact]
    public void Client_WithoutAnAddress_IsRefusedByName() => Assert.Equal(
        "MARKETPLACE_INVENTORY is not set.",
        Assert.Throws<InvalidOperationException>(
            () => Host("--MARKETPLACE_ACCOUNTS=http://127.0.0.1:7001").AddClient("inventory", invoker => invoker)
                .Build()).Message);

    [Fact]
    public void Plaintext_OtherThanYesOrNo_IsRefused() =>
        Assert.Equal("MARKETPLACE_PLAINTEXT is 'true'; use yes or no.", Refusal("--MARKETPLACE_PLAINTEXT=true"));

    public void Dispose() => File.Delete(file);

    private static string Refusal(params string[] args) =>
        Assert.Throws<InvalidOperationException>(() => Read(args)).Message;

    private static ServiceOptions Read(params string[] args) => Host(args).Options;

    private static ServiceHost Host(params string[] args) =>
        new("settings", Assembly.GetExecutingAssembly(), args);
}
