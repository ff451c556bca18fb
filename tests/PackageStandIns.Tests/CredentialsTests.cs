using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Marketplace.PackageStandIns.Tests.Protos;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Marketplace.PackageStandIns.Tests;

public sealed class CredentialsTests
{
    private static readonly EchoServerSetup InsecureAllowed = new()
    {
        Channel = channel => channel.UnsafeUseInsecureChannelCallCredentials = true,
    };

    [Fact]
    public async Task CallCredentials_InsecureChannel_AreNotSent()
    {
        await using var server = await EchoServer.StartAsync();
        var options = new CallOptions(credentials: Token("x-token", "1"));

        var reply = await server.Client.UnaryAsync(new EchoRequest(), options);

        Assert.DoesNotContain("x-token", reply.Seen.Keys);
    }

    [Fact]
    public async Task CallCredentials_InsecureChannelThatAllowsThem_AreSent()
    {
        await using var server = await EchoServer.StartAsync(InsecureAllowed);
        var options = new CallOptions(credentials: Token("x-token", "1"));

        var reply = await server.Client.UnaryAsync(new EchoRequest(), options);

        Assert.Equal("1", reply.Seen["x-token"]);
    }

    [Fact]
    public async Task CallCredentials_Asked_AreToldServiceAndMethod()
    {
        await using var server = await EchoServer.StartAsync(InsecureAllowed);
        AuthInterceptorContext? asked = null;
        var credentials = CallCredentials.FromInterceptor((context, _) =>
        {
            asked = context;
            return Task.CompletedTask;
        });

        await server.Client.UnaryAsync(new EchoRequest(), new CallOptions(credentials: credentials));

        var service = $"http://127.0.0.1:{server.Port}/marketplace.standins.tests.Echo";
        Assert.Equal((service, "Unary"), (asked?.ServiceUrl, asked?.MethodName));
    }

    [Fact]
    public void ComposedCredentials_InsecureChannel_AreRefused()
    {
        var composed = ChannelCredentials.Create(ChannelCredentials.Insecure, Token("x-token", "1"));

        Assert.Throws<InvalidOperationException>(
            () => GrpcChannel.ForAddress("http://127.0.0.1:9", new GrpcChannelOptions { Credentials = composed }));
    }

    [Fact]
    public async Task ComposedCredentials_InsecureChannelThatAllowsThem_AreSent()
    {
        await using var server = await EchoServer.StartAsync(new()
        {
            Channel = channel =>
            {
                channel.Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, Token("x-token", "1"));
                channel.UnsafeUseInsecureChannelCallCredentials = true;
            },
        });

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal("1", reply.Seen["x-token"]);
    }

    [Fact]
    public async Task ComposedCredentials_SecureChannel_AreAllSent()
    {
        using var certificate = Certificate("localhost");
        var tokens = CallCredentials.Compose(Token("x-token", "1"), Token("x-tenant", "2"));
        await using var server = await EchoServer.StartAsync(new()
        {
            Scheme = "https",
            Listen = endpoint => endpoint.UseHttps(certificate),
            Channel = channel =>
            {
                channel.HttpHandler = Trusting(certificate);
                channel.Credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, tokens);
            },
        });

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal(("1", "2"), (reply.Seen["x-token"], reply.Seen["x-tenant"]));
    }

    [Fact]
    public void Compose_One_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => CallCredentials.Compose(Token("x-token", "1")));

    [Fact]
    public async Task AuthContext_WithoutClientCertificate_IsNotAuthenticated()
    {
        using var certificate = Certificate("localhost");
        await using var server = await EchoServer.StartAsync(new()
        {
            Scheme = "https",
            Listen = endpoint => endpoint.UseHttps(certificate),
            Channel = channel => channel.HttpHandler = Trusting(certificate),
        });

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal("False", reply.Seen["authenticated"]);
    }

    [Fact]
    public async Task AuthContext_WithClientCertificate_NamesTheCaller()
    {
        using var certificate = Certificate("localhost");
        using var caller = Certificate("caller");
        await using var server = await EchoServer.StartAsync(new()
        {
            Scheme = "https",
            Listen = endpoint => endpoint.UseHttps(certificate, https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            }),
            Channel = channel => channel.HttpHandler = Trusting(certificate, caller),
        });

        var reply = await server.Client.UnaryAsync(new EchoRequest());

        Assert.Equal(("True", "caller"), (reply.Seen["authenticated"], reply.Seen["identity"]));
    }

    private static CallCredentials Token(string key, string value) =>
        CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add(key, value);
            return Task.CompletedTask;
        });

    private static SocketsHttpHandler Trusting(X509Certificate2 server, params X509Certificate[] own) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => server.Equals(certificate),
            ClientCertificates = [.. own],
        },
    };

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
