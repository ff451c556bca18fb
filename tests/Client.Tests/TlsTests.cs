using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Marketplace.Client.Tests;

/// <summary>Services behind TLS.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly X509Certificate2 certificate = Certificate();
    private ScriptedServer server = null!;

    public async Task InitializeAsync() => server = await ScriptedServer.StartAsync(certificate: certificate);

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        certificate.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Call_CertificateTrusted_IsAnswered(string host)
    {
        using var client = new MarketClient(new()
        {
            Endpoints = Endpoints(host),
            Tls = new()
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { certificate },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        });

        await client.Accounts.GetMarketClockAsync(new());

        Assert.Single(server.Accounts.ClockCalls);
    }

    [Fact]
    public async Task Call_CertificateNotTrusted_FailsAtOnce()
    {
        var time = new SkippingTime();
        using var client = new MarketClient(new() { Endpoints = Endpoints("127.0.0.1"), TimeProvider = time });

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);

        Assert.Contains("UntrustedRoot", error.Message, StringComparison.Ordinal);
        Assert.Empty(time.Waits);
        Assert.Empty(server.Accounts.ClockCalls);
    }

    private MarketEndpoints Endpoints(string host)
    {
        ServiceAddress address = new UriBuilder(server.Address) { Host = host }.Uri;
        return new(address, address, address, address);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
