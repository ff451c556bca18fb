using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Client.Tests;

/// <summary>Several replicas of one service.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private ScriptedServer one = null!;
    private ScriptedServer other = null!;

    public async Task InitializeAsync() =>
        (one, other) = (await StartAsync("one"), await StartAsync("other"));

    public async Task DisposeAsync()
    {
        await one.DisposeAsync();
        await other.DisposeAsync();
    }

    [Fact]
    public async Task Calls_TwoReplicas_AreSpreadEvenly()
    {
        using var client = Client();
        await AnsweredByAsync(client, "one", "other");

        var answers = new List<string>();
        for (var call = 0; call < 20; call++) answers.Add(await AskAsync(client));

        Assert.Equal(
            [("one", 10), ("other", 10)],
            answers.CountBy(name => name).Select(count => (count.Key, count.Value)).Order());
    }

    [Fact]
    public async Task Calls_OneReplicaStops_AreAllAnsweredByTheOther()
    {
        using var client = Client();
        await AnsweredByAsync(client, "one", "other");

        await other.DisposeAsync();

        for (var call = 0; call < 20; call++) Assert.Equal("one", await AskAsync(client));
    }

    [Fact]
    public async Task Call_ReplicaDiesBeforeItAnswers_IsAnsweredByTheOther()
    {
        var asked = new TaskCompletionSource();
        other.Accounts.Clock = (_, context) =>
        {
            asked.TrySetResult();
            return ScriptedServer.NeverAsync<MarketClock>(context);
        };
        await using var gate = new ConnectionGate(other.Address);
        using var client = new MarketClient(ScriptedServer.Options(new ServiceAddress(one.Address, gate.Uri)));
        var calls = new List<Task<string>>();
        while (!asked.Task.IsCompleted)
        {
            calls.Add(AskAsync(client));
            await Task.WhenAny(calls[^1], asked.Task);
        }
        other.Accounts.Clock = Named("other");

        gate.Cut();

        Assert.All(await Task.WhenAll(calls), name => Assert.Contains(name, (string[])["one", "other"]));
    }

    [Fact]
    public async Task Calls_ReplicaComesBack_AreSpreadAgain()
    {
        using var client = Client();
        await AnsweredByAsync(client, "one", "other");
        await other.DisposeAsync();
        Assert.Equal("one", await AskAsync(client));

        other = await StartAsync("back", other.Address.Port);

        await AnsweredByAsync(client, "back");
    }

    [Fact]
    public async Task Calls_NameOfThisMachine_AreAnswered()
    {
        using var client = new MarketClient(
            ScriptedServer.Options(new Uri($"http://localhost:{one.Address.Port}")));

        Assert.Equal("one", await AskAsync(client));
    }

    private static async Task<ScriptedServer> StartAsync(string name, int port = 0)
    {
        var server = await ScriptedServer.StartAsync(port);
        server.Accounts.Clock = Named(name);
        return server;
    }

    private static Func<int, ServerCallContext, Task<MarketClock>> Named(string name) =>
        (_, _) => Task.FromResult(new MarketClock { ClockAdvanceId = name });

    /// <summary>Calls until each of these has answered, so that the client is connected to all.</summary>
    private static async Task AnsweredByAsync(MarketClient client, params string[] names)
    {
        var missing = names.ToHashSet();
        while (missing.Count > 0) missing.Remove(await AskAsync(client));
    }

    private static async Task<string> AskAsync(MarketClient client) =>
        (await client.Accounts.GetMarketClockAsync(new())).ClockAdvanceId;

    private MarketClient Client() => new(ScriptedServer.Options(new ServiceAddress(one.Address, other.Address)));
}
