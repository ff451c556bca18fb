using System.Collections.Concurrent;
using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Client.Tests;

/// <summary>Which calls are made again, when, and for how long.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SkippingTime time = new();
    private ScriptedServer server = null!;

    public static TheoryData<StatusCode> Final =>
    [
        StatusCode.Aborted, StatusCode.AlreadyExists, StatusCode.Cancelled, StatusCode.DataLoss,
        StatusCode.FailedPrecondition, StatusCode.Internal, StatusCode.InvalidArgument, StatusCode.NotFound,
        StatusCode.OutOfRange, StatusCode.PermissionDenied, StatusCode.ResourceExhausted, StatusCode.Unauthenticated,
        StatusCode.Unimplemented, StatusCode.Unknown,
    ];

    public async Task InitializeAsync() => server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Mutation_UnavailableTwice_IsMadeAgainWithOneRequestId()
    {
        server.Accounts.Organisation = count => count <= 2
            ? throw Details.Error(StatusCode.Unavailable, "AWAY")
            : Task.FromResult(new Organisation { DisplayName = "Made" });
        using var client = server.Client(time);
        var request = new CreateOrganisationRequest { DisplayName = "Made" };

        var organisation = await client.Accounts.CreateOrganisationAsync(request);

        Assert.Equal("Made", organisation.DisplayName);
        Assert.Equal(3, server.Accounts.Creations.Count);
        Assert.All(server.Accounts.Creations, creation => Assert.Equal("Made", creation.DisplayName));
        var requestId = Assert.Single(server.Accounts.Creations.Select(creation => creation.RequestId).Distinct());
        Assert.Equal(7, Guid.Parse(requestId).Version);
        Assert.Empty(request.RequestId);
    }

    [Fact]
    public async Task Mutation_WithRequestId_KeepsIt()
    {
        var requestId = MarketClient.NewRequestId();
        server.Accounts.Organisation = count => count == 1
            ? throw Details.Error(StatusCode.Unavailable, "AWAY")
            : Task.FromResult(new Organisation());
        using var client = server.Client(time);

        await client.Accounts.CreateOrganisationAsync(new() { RequestId = requestId });

        Assert.Equal([requestId, requestId], server.Accounts.Creations.Select(creation => creation.RequestId));
    }

    [Fact]
    public async Task Mutation_SameRequestTwice_AreTwoEffects()
    {
        using var client = server.Client(time);
        var request = new CreateOrganisationRequest { DisplayName = "Again" };

        await client.Accounts.CreateOrganisationAsync(request);
        await client.Accounts.CreateOrganisationAsync(request);

        Assert.Equal(2, server.Accounts.Creations.Select(creation => creation.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task Mutation_Refused_NamesItsRequestId()
    {
        server.Accounts.Organisation = _ => throw Details.Error(StatusCode.FailedPrecondition, "NO");
        using var client = server.Client(time);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.CreateOrganisationAsync(new()).ResponseAsync);

        Assert.Equal(Assert.Single(server.Accounts.Creations).RequestId, error.RequestId);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.Aborted)]
    public async Task Call_RetryDelayNamed_WaitsAtLeastThatLong(StatusCode code)
    {
        var delay = TimeSpan.FromSeconds(3);
        server.Accounts.Clock = (count, _) => count <= 3
            ? throw Details.Error(code, "LATER", Details.RetryAfter(delay))
            : Task.FromResult(new MarketClock());
        using var client = server.Client(time);

        await client.Accounts.GetMarketClockAsync(new());

        Assert.Equal(4, server.Accounts.ClockCalls.Count);
        Assert.Equal(3, time.Waits.Count);
        Assert.All(time.Waits, wait => Assert.InRange(
            wait, delay, delay + 4 * MarketClientOptions.BackoffMinDefault));
    }

    [Theory]
    [MemberData(nameof(Final))]
    public async Task Call_FailsForGood_IsMadeOnce(StatusCode code)
    {
        server.Accounts.Clock = (_, _) => throw Details.Error(code, "NO");
        using var client = server.Client(time);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);

        Assert.Equal((code, "NO"), (error.StatusCode, error.Reason));
        Assert.Single(server.Accounts.ClockCalls);
        Assert.Empty(time.Waits);
    }

    [Fact]
    public async Task Call_AlwaysUnavailable_EndsWithTheLastErrorWithinThePatience()
    {
        server.Accounts.Clock = (count, _) => throw Details.Error(StatusCode.Unavailable, $"AWAY_{count}");
        using var client = server.Client(time);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);

        Assert.Equal($"AWAY_{server.Accounts.ClockCalls.Count}", error.Reason);
        // All attempts but the last were waited for, up to a wait of the longest kind before the end.
        Assert.Equal(server.Accounts.ClockCalls.Count - 1, time.Waits.Count);
        Assert.InRange(time.Elapsed, Patience - MarketClientOptions.BackoffMaxDefault, Patience);
    }

    [Fact]
    public async Task Call_RetryDelayBeyondThePatience_EndsAtOnce()
    {
        server.Accounts.Clock = (_, _) =>
            throw Details.Error(StatusCode.Unavailable, "AWAY", Details.RetryAfter(Patience));
        using var client = server.Client(time);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new()).ResponseAsync);

        Assert.Equal(Patience, error.RetryDelay);
        Assert.Single(server.Accounts.ClockCalls);
        Assert.Empty(time.Waits);
    }

    [Fact]
    public async Task Call_WithDeadline_EndsAllItsAttemptsByThat()
    {
        server.Accounts.Clock = (_, _) =>
            throw Details.Error(StatusCode.Unavailable, "AWAY", Details.RetryAfter(TimeSpan.FromSeconds(3)));
        using var client = server.Client(time);
        var deadline = time.GetUtcNow() + TimeSpan.FromSeconds(10);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new(), deadline: deadline.UtcDateTime).ResponseAsync);

        Assert.Equal("AWAY", error.Reason);
        Assert.InRange(server.Accounts.ClockCalls.Count, 2, 4);
        Assert.True(time.GetUtcNow() < deadline);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_StreamIsReset_IsMadeAgain(bool afterHeaders)
    {
        server.Accounts.Clock = async (count, context) =>
        {
            if (count > 1) return new() { Mode = ClockMode.Sandbox };
            if (afterHeaders) await context.WriteResponseHeadersAsync([]);
            context.GetHttpContext().Abort();
            return await ScriptedServer.NeverAsync<MarketClock>(context);
        };
        var errors = new ConcurrentQueue<MarketException>();
        using var client = new MarketClient(new()
        {
            Endpoints = ScriptedServer.Options(server.Address).Endpoints,
            Retrying = (error, _) => errors.Enqueue(error),
            TimeProvider = time,
        });

        var clock = await client.Accounts.GetMarketClockAsync(new());

        Assert.Equal(ClockMode.Sandbox, clock.Mode);
        // The code alone would be that of a service that failed for good.
        var error = Assert.Single(errors);
        Assert.Equal((StatusCode.Internal, ""), (error.StatusCode, error.Reason));
    }

    [Fact]
    public async Task Call_AttemptIsNotAnswered_IsMadeAgain()
    {
        server.Accounts.Clock = (count, context) => count == 1
            ? ScriptedServer.NeverAsync<MarketClock>(context)
            : Task.FromResult(new MarketClock());
        var options = ScriptedServer.Options(server.Address);
        using var client = new MarketClient(new()
        {
            Endpoints = options.Endpoints,
            AttemptDeadline = TimeSpan.FromMilliseconds(500),
        });

        await client.Accounts.GetMarketClockAsync(new());

        Assert.InRange(server.Accounts.ClockCalls.Count, 2, int.MaxValue);
    }

    [Fact]
    public async Task Call_NothingIsAnswered_EndsByItsDeadline()
    {
        server.Accounts.Clock = (_, context) => ScriptedServer.NeverAsync<MarketClock>(context);
        using var client = server.Client();
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(200);

        var error = await Assert.ThrowsAsync<MarketException>(
            () => client.Accounts.GetMarketClockAsync(new(), deadline: deadline).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task Call_DeadlineInLocalTime_IsRefused()
    {
        using var client = server.Client();
        var local = new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

        await Assert.ThrowsAsync<ArgumentException>(
            async () => await client.Accounts.GetMarketClockAsync(new(), deadline: local));
    }

    [Fact]
    public async Task Call_CancelledBetweenAttempts_EndsAtOnce()
    {
        var standing = new StandingTime();
        server.Accounts.Clock = (_, _) => throw Details.Error(StatusCode.Unavailable, "AWAY");
        using var client = server.Client(standing);
        using var cancelling = new CancellationTokenSource();
        var call = client.Accounts.GetMarketClockAsync(new(), cancellationToken: cancelling.Token).ResponseAsync;
        await standing.WaitedForAsync(MarketClientOptions.BackoffMaxDefault);

        await cancelling.CancelAsync();

        var error = await Assert.ThrowsAsync<MarketException>(() => call);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Single(server.Accounts.ClockCalls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_CancelledOrDisposedDuringAnAttempt_EndsAtOnceOnBothSides(bool byDisposing)
    {
        var (asked, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Accounts.Clock = (_, context) =>
        {
            context.CancellationToken.Register(ended.SetResult);
            asked.SetResult();
            return ScriptedServer.NeverAsync<MarketClock>(context);
        };
        using var client = server.Client(time);
        using var cancelling = new CancellationTokenSource();
        var call = client.Accounts.GetMarketClockAsync(new(), cancellationToken: cancelling.Token);
        await asked.Task;

        if (byDisposing) call.Dispose();
        else await cancelling.CancelAsync();

        var error = await Assert.ThrowsAsync<MarketException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await ended.Task;
        Assert.Single(server.Accounts.ClockCalls);
        Assert.Empty(time.Waits);
    }

    [Fact]
    public async Task Retrying_BetweenAttempts_IsToldErrorAndWait()
    {
        server.Accounts.Clock = (count, _) => count <= 2
            ? throw Details.Error(StatusCode.Unavailable, $"AWAY_{count}")
            : Task.FromResult(new MarketClock());
        var told = new ConcurrentQueue<(string Reason, TimeSpan Wait)>();
        using var client = new MarketClient(new()
        {
            Endpoints = ScriptedServer.Options(server.Address).Endpoints,
            TimeProvider = time,
            Retrying = (error, wait) => told.Enqueue((error.Reason, wait)),
        });

        await client.Accounts.GetMarketClockAsync(new());

        Assert.Equal(["AWAY_1", "AWAY_2"], told.Select(retry => retry.Reason));
        Assert.Equal(
            time.Waits.Select(wait => (long)wait.TotalMilliseconds),
            told.Select(retry => (long)retry.Wait.TotalMilliseconds));
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(6, 3_200)]
    [InlineData(7, 5_000)]
    [InlineData(5_000, 5_000)]
    public void Backoff_AfterFailures_IsDrawnBelowALimitThatDoubles(int failures, int limitMilliseconds)
    {
        var options = ScriptedServer.Options(server.Address, time);

        var drawn = Enumerable.Range(0, 1_000).Select(_ => Backoff.After(options, failures, null)).ToList();

        var limit = TimeSpan.FromMilliseconds(limitMilliseconds);
        Assert.All(drawn, wait => Assert.InRange(wait, TimeSpan.Zero, limit));
        // A thousand draws leave neither half empty.
        Assert.Contains(drawn, wait => wait < limit / 2);
        Assert.Contains(drawn, wait => wait > limit / 2);
    }
}
