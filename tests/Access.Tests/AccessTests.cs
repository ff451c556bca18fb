using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Access.Tests;

/// <summary>
/// Every RPC of the descriptors, on every service that hosts it: whoever calls is refused or admitted as the proto
/// declares, and who is admitted is answered by what is really there.
/// </summary>
public sealed class AccessTests(Hosts hosts) : IClassFixture<Hosts>
{
    // What a caller who asks for nothing, or for what there is not, may be told.
    private static readonly StatusCode[] Answers =
    [
        StatusCode.OK, StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.FailedPrecondition,
        StatusCode.Unavailable,
    ];

    public static TheoryData<string> Rpcs => [.. HostedRpc.All.Keys];

    [Fact]
    public void Rpcs_OfTheMarketplace_AreFound() => Assert.True(HostedRpc.All.Count > 100);

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task EveryRpc_WithoutAKeyInOrder_IsRefusedByItsReason(string name)
    {
        var rpc = HostedRpc.All[name];
        var role = rpc.Roles.First();
        var valid = hosts.Keys.Valid(role, Keys.Scopes);
        var now = TimeProvider.System.GetUtcNow();
        (string? Header, StatusCode Code, string Reason)[] cases =
        [
            (null, StatusCode.Unauthenticated, "API_KEY_MISSING"),
            ("", StatusCode.Unauthenticated, "API_KEY_MISSING"),
            (valid, StatusCode.Unauthenticated, "API_KEY_INVALID"),
            ("Basic dXNlcjpwYXNz", StatusCode.Unauthenticated, "API_KEY_INVALID"),
            ($"Bearer {valid[..^1]}{(valid[^1] == '0' ? '1' : '0')}", StatusCode.Unauthenticated, "API_KEY_INVALID"),
            ($"Bearer {hosts.Keys.Refused(KeyVerdict.Invalid)}", StatusCode.Unauthenticated, "API_KEY_INVALID"),
            ($"Bearer {hosts.Keys.Refused(KeyVerdict.Expired)}", StatusCode.Unauthenticated, "API_KEY_EXPIRED"),
            ($"Bearer {hosts.Keys.Valid(role, Keys.Scopes, now)}", StatusCode.Unauthenticated, "API_KEY_EXPIRED"),
            ($"Bearer {hosts.Keys.Refused(KeyVerdict.Revoked)}", StatusCode.Unauthenticated, "API_KEY_REVOKED"),
            ($"Bearer {hosts.Keys.Unanswered()}", StatusCode.Unavailable, "ACCOUNTS_UNAVAILABLE"),
        ];

        foreach (var (header, code, reason) in cases)
            Assert.Equal((header, code, reason), Answered(header, await hosts.CallAsync(rpc, header)));
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task EveryRpc_ByARoleThatItDoesNotName_IsRefused(string name)
    {
        var rpc = HostedRpc.All[name];
        foreach (var role in Keys.Roles.Except(rpc.Roles))
        {
            var key = hosts.Keys.Valid(role, Keys.Scopes);
            Assert.Equal(
                (role, StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED"),
                Answered(role, await hosts.CallAsync(rpc, $"Bearer {key}")));
        }
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task EveryRpc_ByAKeyWithAllScopesButItsOwn_IsRefused(string name)
    {
        var rpc = HostedRpc.All[name];
        foreach (var role in rpc.Roles)
        {
            var key = hosts.Keys.Valid(role, Keys.Scopes.Except([rpc.Access.Scope]));
            Assert.Equal(
                (role, StatusCode.PermissionDenied, "SCOPE_MISSING"),
                Answered(role, await hosts.CallAsync(rpc, $"Bearer {key}")));
        }
    }

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task EveryRpc_ByEachRoleThatItNames_IsThereAndAnswersByAReason(string name)
    {
        var rpc = HostedRpc.All[name];
        foreach (var role in rpc.Roles)
        {
            var header = $"Bearer {hosts.Keys.Valid(role, [rpc.Access.Scope])}";
            foreach (var request in new[] { [], rpc.RequestWithIdsOfNothing() })
            {
                var (code, reason) = await hosts.CallAsync(rpc, header, request);
                Assert.True(
                    Answers.Contains(code) && (code == StatusCode.OK) == (reason.Length == 0),
                    $"{role} was answered {code} '{reason}'");
            }
        }
    }

    private static (T Case, StatusCode Code, string Reason) Answered<T>(
        T asked, (StatusCode Code, string Reason) answer) =>
        (asked, answer.Code, answer.Reason);
}
