namespace Marketplace.Client.Tests;

/// <summary>Where the services are, as a person writes it, and what the options refuse.</summary>
public sealed class EndpointTests
{
    public static TheoryData<string[], string> Texts => new()
    {
        { [], "http://127.0.0.1:7001 http://127.0.0.1:7002 http://127.0.0.1:7003 http://127.0.0.1:7004" },
        { ["http://market:9000"], "http://market:9000 http://market:9001 http://market:9002 http://market:9003" },
        {
            ["billing=https://b:1", "http://market:9000"],
            "http://market:9000 http://market:9001 http://market:9002 https://b:1"
        },
        {
            ["http://a:10,http://b:20"],
            "http://a:10,http://b:20 http://a:11,http://b:21 http://a:12,http://b:22 http://a:13,http://b:23"
        },
        {
            ["accounts=http://a:1", "inventory=http://b:2, http://c:3", "leasing=http://[::1]:4"],
            "http://a:1 http://b:2,http://c:3 http://[::1]:4 http://127.0.0.1:7004"
        },
    };

    [Theory]
    [InlineData("http://market:9000", true)]
    [InlineData("https://market:9000", false)]
    [InlineData("http://localhost:9000", false)]
    [InlineData("http://[::1]:9000", false)]
    [InlineData("http://127.0.0.1:9000,http://10.0.0.1:9000", true)]
    public void MarketClient_KeyWithoutTlsBeyondThisMachine_IsRefusedUnlessAllowed(string text, bool isRefused)
    {
        var (endpoints, _) = MarketEndpoints.Named(7001, [text]);

        var refusal = Record.Exception(() => new MarketClient(endpoints, "mk").Dispose());

        Assert.Equal(isRefused, refusal is ArgumentException);
        using var trusting = new MarketClient(
            new() { Endpoints = endpoints, ApiKey = "mk", IsPlaintextAllowed = true });
        using var keyless = new MarketClient(endpoints, apiKey: null);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Named_Texts_GiveEndpoints(string[] texts, string expected)
    {
        var (endpoints, wrong) = MarketEndpoints.Named(7001, texts);

        Assert.Null(wrong);
        Assert.Equal(expected, string.Join(' ', Enum.GetValues<MarketService>().Select(service => endpoints[service])));
    }

    [Theory]
    [InlineData("market:9000", "'market:9000' is not an address")]
    [InlineData("", "'' is not an address")]
    [InlineData("http://a:1,", "'http://a:1,' is not an address")]
    [InlineData("http://a:1,https://b:1", "'http://a:1,https://b:1' is not an address")]
    [InlineData("accounts=", "'accounts=' is not an address")]
    [InlineData("http://a:65533", "leaves no ports")]
    [InlineData("console=http://a:1", "a service is accounts, inventory, leasing or billing")]
    public void Named_WrongText_SaysWhatIsWrong(string text, string expected) =>
        Assert.Contains(expected, MarketEndpoints.Named(7001, [text]).Wrong, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(65_533)]
    public void Local_NoFourPorts_IsRefused(int firstPort) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MarketEndpoints.Local(firstPort));

    [Fact]
    public void ServiceAddress_SameText_IsEqual()
    {
        ServiceAddress one = new Uri("http://a:1");

        Assert.Equal(one, new ServiceAddress(new Uri("http://a:1/")));
        Assert.NotEqual(one, new ServiceAddress(new Uri("http://a:1"), new Uri("http://a:2")));
        Assert.Equal(MarketEndpoints.Local(7001), MarketEndpoints.Local(7001));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mk_1_2\n")]
    [InlineData("mk_1 2")]
    public void Options_UnusableKey_AreRefusedNamingIt(string key) =>
        Assert.Contains("ApiKey", Refused(new() { Endpoints = MarketEndpoints.Local(7001), ApiKey = key }),
            StringComparison.Ordinal);

    [Fact]
    public void Options_UnusableTimes_AreRefusedNamingThem()
    {
        var endpoints = MarketEndpoints.Local(7001);

        Assert.Contains("AttemptDeadline", Refused(new() { Endpoints = endpoints, AttemptDeadline = TimeSpan.Zero }),
            StringComparison.Ordinal);
        Assert.Contains("Patience", Refused(new() { Endpoints = endpoints, Patience = -TimeSpan.FromSeconds(1) }),
            StringComparison.Ordinal);
        Assert.Contains("BackoffMin", Refused(new() { Endpoints = endpoints, BackoffMin = TimeSpan.Zero }),
            StringComparison.Ordinal);
        Assert.Contains("BackoffMax", Refused(new() { Endpoints = endpoints, BackoffMax = TimeSpan.Zero }),
            StringComparison.Ordinal);
    }

    private static string Refused(MarketClientOptions options) =>
        Assert.Throws<ArgumentException>(() => new MarketClient(options)).Message;
}
