using Marketplace.Accounts.V1;
using Marketplace.Options.V1;

namespace Marketplace.Accounts.Tests;

public sealed class FirstStartTests
{
    [Fact]
    public async Task Start_EmptyDatabase_WritesTwoKeysThatOnlyTheOwnerReads()
    {
        await using var market = await Market.CreateAsync();

        var own = await market.Operator.GetOrganisationAsync(new());
        var client = new AccountsService.AccountsServiceClient(market.Invoker(market.ServiceKey));
        var services = await client.GetOrganisationAsync(new());

        Assert.Equal([Role.Operator], own.Roles);
        Assert.Equal([Role.Service], services.Roles);
        Assert.Equal(
            ["operator.key", "service.key"], Directory.GetFiles(market.KeysFolder).Select(Path.GetFileName).Order());
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.GetFiles(market.KeysFolder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Start_Again_LeavesKeysAndClockAsTheyAre()
    {
        await using var market = await Market.CreateAsync();
        var (operatorKey, serviceKey) = (market.OperatorKey, market.ServiceKey);
        var own = await market.Operator.GetOrganisationAsync(new());

        await market.StopAccountsAsync();
        await market.StartAccountsAsync();

        Assert.Equal((operatorKey, serviceKey), (market.OperatorKey, market.ServiceKey));
        Assert.Equal(own, await market.Operator.GetOrganisationAsync(new()));
    }

    [Fact]
    public async Task Start_KeysOfAStartThatDidNotCommit_AreReplaced()
    {
        await using var market = await Market.CreateAsync();
        var (operatorKey, serviceKey) = (market.OperatorKey, market.ServiceKey);
        await market.StopAccountsAsync();
        // What a crash between the files and the commit leaves: files, and an empty database.
        await market.EmptyAsync();

        await market.StartAccountsAsync();

        Assert.NotEqual(operatorKey, market.OperatorKey);
        Assert.NotEqual(serviceKey, market.ServiceKey);
        Assert.Equal([Role.Operator], (await market.Operator.GetOrganisationAsync(new())).Roles);
    }
}
