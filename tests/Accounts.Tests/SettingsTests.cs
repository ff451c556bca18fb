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

    [Theory]
    [InlineData("http://inventory:7002")]
    [InlineData("http://127.0.0.1:7002,http://inventory:7002")]
    public void Client_BeyondThisMachineWithoutTls_IsRefusedUnlessSaid(string inventory)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => BuildCalling(inventory)).Message;

        Assert.StartsWith($"{inventory} is not on this machine", refusal, StringComparison.Ordinal);
        BuildCalling(inventory, "--MARKETPLACE_PLAINTEXT=yes");
    }

    [Theory]
    [InlineData("https://inventory:7002")]
    [InlineData("http://127.0.0.1:7002")]
    [InlineData("http://127.0.0.1:7002,http://[::1]:7002")]
    public void Client_OverTlsOrOnThisMachine_IsCalled(string inventory) => BuildCalling(inventory);

    [Theory]
    [InlineData("inventory:7002")]
    [InlineData("http://127.0.0.1:7002,")]
    [InlineData("http://127.0.0.1:7002,https://127.0.0.1:7012")]
    public void Client_AddressThatIsNone_IsRefusedWithTheWayOut(string inventory)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => BuildCalling(inventory)).Message;

        Assert.StartsWith($"MARKETPLACE_INVENTORY is '{inventory}'; write it as", refusal, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("0", 0)]
    [InlineData("300", 300)]
    public void DrainSeconds_WholeNumber_IsTheDelay(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read($"--MARKETPLACE_DRAIN_SECONDS={text}").DrainDelay);

    [Theory]
    [InlineData("-1")]
    [InlineData("301")]
    [InlineData("1.5")]
    [InlineData("5s")]
    [InlineData("")]
    public void DrainSeconds_AnythingElse_IsRefused(string text) => Assert.Equal(
        $"MARKETPLACE_DRAIN_SECONDS is '{text}'; use a whole number in [0, 300].",
        Refusal($"--MARKETPLACE_DRAIN_SECONDS={text}"));

    public void Dispose() => File.Delete(file);

    private static void BuildCalling(string inventory, params string[] args) =>
        Host(
            [
                $"--MARKETPLACE_INVENTORY={inventory}", "--MARKETPLACE_ACCOUNTS=http://127.0.0.1:7001",
                "--MARKETPLACE_DATABASE=Host=127.0.0.1", .. args,
            ])
            .AddClient("inventory", invoker => invoker).Build();

    private static string Refusal(params string[] args) =>
        Assert.Throws<InvalidOperationException>(() => Read(args)).Message;

    private static ServiceOptions Read(params string[] args) => Host(args).Options;

    private static ServiceHost Host(params string[] args) =>
        new("settings", Assembly.GetExecutingAssembly(), args);
}
