using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Client.Tests;

public sealed class RetryTests
{
    [Fact]
    public async Task Call_Answered_CarriesKey()
    {
        var accounts = new ScriptedAccounts { Clock = _ => Task.FromResult(new MarketClock { Mode = ClockMode.Sandbox }) };
        await using var server = await ScriptedServer.StartAsync(accounts);
        using var client = server.Client();

        var clock = await client.Accounts.GetMarketClockAsync(new());

        Assert.Equal(ClockMode.Sandbox, clock.Mode);
        Assert.Equal("Bearer mk_test", Assert.Single(accounts.ClockHeaders).GetValue("authorization"));
    }

    [Fact]
    public async Task Mutation_UnavailableTwice_IsMadeAgainWithTheSameRequestId()
    {
        var failures = 0;
        var accounts = new ScriptedAccounts();
        accounts.Organisation = request => ++failures <= 2
            ? throw new RpcException(new(StatusCode.Unavailable, "away"))
            : Task.FromResult(new Organisation { DisplayName = request.DisplayName });
        await using var server = await ScriptedServer.StartAsync(accounts);
        using var client = server.Client();
        var request = new CreateOrganisationRequest { DisplayName = "Twice" };

        var organisation = await client.Accounts.CreateOrganisationAsync(request);

        Assert.Equal("Twice", organisation.DisplayName);
        Assert.Equal(3, accounts.Creations.Count);
        Assert.True(Guid.TryParse(Assert.Single(accounts.Creations.Select(made => made.RequestId).Distinct()), out _));
        Assert.Empty(request.RequestId);
    }
}
