using Google.Protobuf.Reflection;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Tests;

[Collection(SharedMarket.Name)]
public sealed class IdentityTests(MarketFixture fixture)
{
    private static readonly IReadOnlyList<MethodDescriptor> Methods =
    [
        .. new[]
        {
            AccountsReflection.Descriptor, KeyResolutionReflection.Descriptor, MarketClockReflection.Descriptor,
            ClockWindowReflection.Descriptor, ParkedMessagesReflection.Descriptor,
        }.SelectMany(file => file.Services).SelectMany(service => service.Methods),
    ];

    private readonly Market market = fixture.Market;

    public static TheoryData<string> MethodNames => [.. Methods.Select(method => method.FullName)];

    [Theory]
    [MemberData(nameof(MethodNames))]
    public async Task EveryRpc_WithoutKey_IsRefused(string method) =>
        Assert.Equal((StatusCode.Unauthenticated, "API_KEY_MISSING"), await CallAsync(method, null));

    [Theory]
    [MemberData(nameof(MethodNames))]
    public async Task EveryRpc_WithWrongSecret_IsRefused(string method)
    {
        var text = market.OperatorKey;
        var wrong = text[..^1] + (text[^1] == '0' ? '1' : '0');

        Assert.Equal((StatusCode.Unauthenticated, "API_KEY_INVALID"), await CallAsync(method, wrong));
    }

    [Theory]
    [MemberData(nameof(MethodNames))]
    public async Task EveryRpc_ByEachRole_IsAdmittedAsDeclared(string method)
    {
        var access = Descriptor(method).GetOptions().GetExtension(OptionsExtensions.Access);
        var (_, provider) = await market.RegisterAsync([Role.Provider]);
        var (_, buyer) = await market.RegisterAsync([Role.Buyer]);
        (Role Role, string Key)[] callers =
        [
            (Role.Provider, provider), (Role.Buyer, buyer), (Role.Operator, market.OperatorKey), (
                Role.Service, market.ServiceKey),
        ];

        foreach (var (role, key) in callers)
        {
            var (code, reason) = await CallAsync(method, key);
            var isAdmitted = access.Roles.Contains(role) || access.Roles.Contains(Role.Any);
            if (isAdmitted)
                Assert.DoesNotContain(code, new[] { StatusCode.PermissionDenied, StatusCode.Unauthenticated });
            else Assert.Equal((StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED"), (code, reason));
        }
    }

    [Theory]
    [MemberData(nameof(MethodNames))]
    public async Task EveryRpc_WithoutItsScope_IsRefused(string method)
    {
        var access = Descriptor(method).GetOptions().GetExtension(OptionsExtensions.Access);
        var isForServices = access.Roles.All(role => role == Role.Service);
        var organisation = await new AccountsService.AccountsServiceClient(
            market.Invoker(isForServices ? market.ServiceKey : market.OperatorKey)).GetOrganisationAsync(new());
        var others = Market.AllScopes.Where(scope => scope != access.Scope).ToArray();
        // Keys for the operator's own organisation cannot have more scopes than the caller's, which has all.
        var (_, text) = await market.CreateKeyAsync(organisation.OrganisationId, others);

        Assert.Equal((StatusCode.PermissionDenied, "SCOPE_MISSING"), await CallAsync(method, text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer mk_")]
    [InlineData("Bearer mk_00000000-0000-0000-0000-000000000000_00")]
    [InlineData("Bearer mk_1_2_3")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task AnyRpc_WithMalformedKey_IsRefused(string header)
    {
        var client = new AccountsService.AccountsServiceClient(market.Invoker(null));

        await Refusal.OfAsync(
            client.GetOrganisationAsync(new(), new Metadata { { "authorization", header } }),
            StatusCode.Unauthenticated,
            header.Length == 0 ? "API_KEY_MISSING" : "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithUnknownKey_IsRefused()
    {
        var client = Client(Secret.Make().TextOf(Market.NewId()));

        await Refusal.OfAsync(client.GetOrganisationAsync(new()), StatusCode.Unauthenticated, "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithSecretInCapitals_IsRefused()
    {
        var (_, text) = await market.RegisterAsync([Role.Buyer]);
        var secret = text[^64..];

        await Refusal.OfAsync(
            Client(text[..^64] + secret.ToUpperInvariant()).GetOrganisationAsync(new()),
            StatusCode.Unauthenticated,
            "API_KEY_INVALID");
    }

    [Fact]
    public async Task AnyRpc_WithRevokedKeyInUse_IsRefusedWithinASecond()
    {
        var (organisation, _) = await market.RegisterAsync([Role.Buyer]);
        var (key, text) = await market.CreateKeyAsync(organisation.OrganisationId);
        var client = Client(text);
        await client.GetOrganisationAsync(new());

        await market.Operator.RevokeApiKeyAsync(new() { RequestId = Market.NewId(), ApiKeyId = key.ApiKeyId });
        var revoked = TimeProvider.System.GetTimestamp();

        await Refusal.OfAsync(
            async () =>
            {
                while (TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(5))
                    await client.GetOrganisationAsync(new());
            },
            StatusCode.Unauthenticated,
            "API_KEY_REVOKED");
        // A second, and the time that the last calls took.
        Assert.InRange(TimeProvider.System.GetElapsedTime(revoked).TotalSeconds, 0, 2);
    }

    [Fact]
    public async Task AnyRpc_OversizedMessage_IsRefusedAndChangesNothing()
    {
        var request = new CreateOrganisationRequest
        {
            RequestId = Market.NewId(),
            DisplayName = new string('x', 5 * 1024 * 1024),
            Roles = { Role.Buyer },
        };

        await Refusal.OfAsync(
            market.Operator.CreateOrganisationAsync(request), StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE");

        // The id is free: the call was not remembered.
        request.DisplayName = "Small";
        Assert.Equal("Small", (await market.Operator.CreateOrganisationAsync(request)).DisplayName);
    }

    // An empty request: it is refused for its fields at the latest, so that nothing has an effect.
    private async Task<(StatusCode Code, string Reason)> CallAsync(string fullName, string? key)
    {
        var method = Descriptor(fullName);
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        var call = new Method<byte[], byte[]>(
            method.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary,
            method.Service.FullName,
            method.Name,
            bytes,
            bytes);
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
        try
        {
            if (method.IsServerStreaming)
            {
                using var stream = market.Invoker(key).AsyncServerStreamingCall(call, null, options, []);
                await stream.ResponseStream.MoveNext(default);
            }
            else
            {
                await market.Invoker(key).AsyncUnaryCall(call, null, options, []);
            }
            return (StatusCode.OK, "");
        }
        catch (RpcException exception)
        {
            return (exception.StatusCode, RpcErrors.ReasonOf(exception));
        }
    }

    private static MethodDescriptor Descriptor(string fullName) =>
        Methods.Single(method => method.FullName == fullName);

    private AccountsService.AccountsServiceClient Client(string key) => new(market.Invoker(key));
}
