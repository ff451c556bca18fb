using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Client.Tests;

/// <summary>What one attempt of a call carries, and what comes of it.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private ScriptedServer server = null!;

    public async Task InitializeAsync() => server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Call_WithKey_CarriesKeyAndDeadline()
    {
        using var client = server.Client();

        await client.Accounts.GetMarketClockAsync(new());

        var (headers, deadline) = Assert.Single(server.Accounts.ClockCalls);
        Assert.Equal("Bearer mk_test", headers.GetValue("authorization"));
        Assert.NotEqual(DateTime.MaxValue, deadline);
    }

    [Fact]
    public async Task Call_WithoutKey_CarriesNone()
    {
        var options = ScriptedServer.Options(server.Address);
        using var client = new MarketClient(options.Endpoints, apiKey: null);

        await client.Accounts.GetMarketClockAsync(new());

        Assert.Null(Assert.Single(server.Accounts.ClockCalls).Headers.GetValue("authorization"));
    }

    [Fact]
    public async Task Call_Answered_HasHeadersStatusAndTrailers()
    {
        server.Accounts.Clock = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new() { { "head", "1" } });
            context.ResponseTrailers.Add("tail", "2");
            return new();
        };
        using var client = server.Client();

        using var call = client.Accounts.GetMarketClockAsync(new());
        await call;

        Assert.Equal("1", (await call.ResponseHeadersAsync).GetValue("head"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("2", call.GetTrailers().GetValue("tail"));
    }

    [Fact]
    public async Task GetStatus_CallNotEnded_Throws()
    {
        server.Accounts.Clock = (_, context) => ScriptedServer.NeverAsync<MarketClock>(context);
        using var client = server.Client();
        using var call = client.Accounts.GetMarketClockAsync(new());

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
    }

    [Fact]
    public void BlockingCall_UnavailableOnce_IsMadeAgain()
    {
        server.Accounts.Clock = (count, _) => count == 1
            ? throw Details.Error(StatusCode.Unavailable, "AWAY")
            : Task.FromResult(new MarketClock { Mode = ClockMode.Sandbox });
        using var client = server.Client();

        var clock = client.Accounts.GetMarketClock(new());

        Assert.Equal(ClockMode.Sandbox, clock.Mode);
        Assert.Equal(2, server.Accounts.ClockCalls.Count);
    }

    [Fact]
    public void BlockingCall_Refused_ThrowsMarketException()
    {
        server.Accounts.Clock = (_, _) => throw Details.Error(StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED");
        using var client = server.Client();

        var error = Assert.Throws<MarketException>(() => client.Accounts.GetMarketClock(new()));

        Assert.Equal("ROLE_NOT_ALLOWED", error.Reason);
    }

    [Fact]
    public async Task Invoker_MethodFromDescriptor_CallsWithKeyAndRequestId()
    {
        server.Accounts.Organisation = _ => Task.FromResult(new Organisation { DisplayName = "Found" });
        var method = AccountsService.Descriptor.FindMethodByName("CreateOrganisation");
        using var client = server.Client();

        var answer = await client.Invoker(MarketService.Accounts).AsyncUnaryCall(
            new Method<IMessage, IMessage>(
                MethodType.Unary, method.Service.FullName, method.Name, Of(method.InputType), Of(method.OutputType)),
            host: null,
            options: default,
            new CreateOrganisationRequest { DisplayName = "Found" });

        Assert.Equal("Found", ((Organisation)answer).DisplayName);
        Assert.NotEmpty(Assert.Single(server.Accounts.Creations).RequestId);
    }

    private static Marshaller<IMessage> Of(MessageDescriptor type) =>
        new(message => message.ToByteArray(), bytes => type.Parser.ParseFrom(bytes));
}
