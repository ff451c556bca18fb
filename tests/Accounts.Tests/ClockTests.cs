using Google.Rpc;
using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using NodaTime;

namespace Marketplace.Accounts.Tests;

public sealed class ClockTests
{
    private static readonly string[] Services = ["accounts", "inventory", "leasing", "billing"];

    [Fact]
    public async Task AdvanceClock_NothingDue_GoesToTheTargetEverywhere()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        Assert.Equal(
            new() { Mode = ClockMode.Sandbox, MarketTime = Market.Start.ToTimestamp() },
            await market.Operator.GetMarketClockAsync(new()));
        var target = Market.Start + Duration.FromDays(31);

        var advance = await market.AdvanceAsync(target);

        Assert.Equal(ClockAdvanceState.Succeeded, advance.State);
        Assert.Equal(Market.Start.ToTimestamp(), advance.StartMarketTime);
        Assert.Equal(target.ToTimestamp(), advance.MarketTime);
        Assert.Equal(0, advance.WorkRunCount);
        foreach (var service in Services)
            Assert.Equal(target.ToTimestamp(), (await market.QuiescenceAsync(service)).MarketTime);
        // The windows are closed again.
        await market.RegisterAsync([Role.Buyer]);
        Assert.Equal("", (await market.Operator.GetMarketClockAsync(new())).ClockAdvanceId);
    }

    [Fact]
    public async Task AdvanceClock_WorkInSeveralServices_RunsInOrderAndWhatFollowsBeforeTheClockMoves()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var leases = Enumerable.Range(0, 12).Select(_ => Guid.CreateVersion7()).ToList();
        for (var i = leases.Count - 1; i >= 0; i--)
            await market.ScheduleAsync("leasing", $"due/{i}", DueTime(i), leases[i].ToString());

        var advance = await market.AdvanceAsync(Market.Start + Duration.FromDays(20));

        // Of each lease: the work itself, two consumers of its event, and the work that each of them makes due at once.
        Assert.Equal(leases.Count * 3, advance.WorkRunCount);
        Assert.Equal(leases.Count * 5, market.Work.Done.Count);
        for (var i = 0; i < leases.Count; i++)
        {
            var done = market.Work.Done.Skip(i * 5).Take(5).ToList();
            Assert.All(done, entry => Assert.Equal((leases[i], DueTime(i)), (entry.LeaseId, entry.MarketTime)));
            Assert.Equal("due", done[0].Where);
            Assert.Equal(
                ["billing.lease", "due", "echo", "echo", "inventory.lease"], done.Select(entry => entry.Where).Order());
        }

        static Instant DueTime(int i) => Market.Start + Duration.FromDays(i + 1);
    }

    [Fact]
    public async Task AdvanceClock_ParkedMessage_StopsByNameAndGoesOnAfterReplay()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var lease = Guid.CreateVersion7();
        market.Work.Poison = lease;
        var due = Market.Start + Duration.FromDays(1);
        var target = due + Duration.FromDays(1);
        await market.ScheduleAsync("leasing", "due", due, lease.ToString());

        var stopped = await market.AdvanceAsync(target);

        Assert.Equal(ClockAdvanceState.Stopped, stopped.State);
        Assert.Equal(due.ToTimestamp(), stopped.MarketTime);
        Assert.Equal("lease-ended.v1", stopped.Stop.MessageName);
        Assert.Equal(stopped.ClockAdvanceId, (await market.Operator.GetMarketClockAsync(new())).ClockAdvanceId);

        // While it is stopped, users' calls and a second advance are refused, and resuming changes nothing.
        var moving = await Refusal.OfAsync(
            market.Operator.CreateOrganisationAsync(
                new() { RequestId = Market.NewId(), DisplayName = "x", Roles = { Role.Buyer } }),
            StatusCode.Unavailable,
            "MARKET_CLOCK_MOVING");
        Assert.NotNull(Refusal.DetailOf<RetryInfo>(moving).RetryDelay);
        var second = await Refusal.OfAsync(
            market.Operator.AdvanceClockAsync(
                new() { RequestId = Market.NewId(), TargetMarketTime = target.ToTimestamp() }),
            StatusCode.FailedPrecondition,
            "CLOCK_ADVANCE_UNFINISHED");
        Assert.Equal(stopped.ClockAdvanceId, Refusal.DetailOf<ErrorInfo>(second).Metadata["clock_advance_id"]);
        // Both consumers fail; each parks the message when it has tried often enough.
        while (stopped.Stop.ParkedCount < 2)
        {
            stopped = await ResumeAsync();
            Assert.Equal(ClockAdvanceState.Stopped, stopped.State);
        }
        Assert.Equal(ClockAdvanceState.Stopped, (await ResumeAsync()).State);

        market.Work.Poison = Guid.Empty;
        foreach (var service in new[] { "inventory", "billing" })
        {
            var client = new ParkedMessageService.ParkedMessageServiceClient(
                market.Invoker(market.OperatorKey, service));
            foreach (var message in (await client.ListParkedMessagesAsync(new())).ParkedMessages)
            {
                var replayed = await client.ReplayParkedMessageAsync(
                    new() { RequestId = Market.NewId(), ParkedMessageId = message.ParkedMessageId });
                Assert.Equal(ParkedMessageState.Replayed, replayed.State);
            }
        }
        var succeeded = await ResumeAsync();

        Assert.Equal(ClockAdvanceState.Succeeded, succeeded.State);
        Assert.Null(succeeded.Stop);
        Assert.Equal(target.ToTimestamp(), succeeded.MarketTime);
        Assert.Equal(3, succeeded.WorkRunCount);
        Assert.Equal(5, market.Work.Done.Count);
        await Refusal.OfAsync(
            market.Operator.ResumeClockAdvanceAsync(
                new() { RequestId = Market.NewId(), ClockAdvanceId = succeeded.ClockAdvanceId }),
            StatusCode.FailedPrecondition,
            "CLOCK_ADVANCE_NOT_STOPPED");

        async Task<ClockAdvance> ResumeAsync()
        {
            await market.Operator.ResumeClockAdvanceAsync(
                new() { RequestId = Market.NewId(), ClockAdvanceId = stopped.ClockAdvanceId });
            return await market.FollowAsync(stopped.ClockAdvanceId);
        }
    }

    [Fact]
    public async Task AdvanceClock_DueWorkThatFails_StopsByNameAndGoesOnAfterReplay()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var (lease, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        market.Work.Undoable = lease;
        var due = Market.Start + Duration.FromDays(1);
        await market.ScheduleAsync("leasing", "first", due, lease.ToString());
        await market.ScheduleAsync("leasing", "second", due, other.ToString());
        await market.ScheduleAsync("leasing", "later", due + Duration.FromDays(1), Market.NewId());

        var stopped = await market.AdvanceAsync(due + Duration.FromDays(2));

        Assert.Equal((ClockAdvanceState.Stopped, "leasing", TestWork.Kind, due.ToTimestamp()),
            (stopped.State, stopped.Stop.ServiceName, stopped.Stop.MessageName, stopped.MarketTime));
        // One item that cannot be done does not hold up the others that are due.
        Assert.Equal(other, market.Work.Done.First(entry => entry.Where == "due").LeaseId);
        var messages = new ParkedMessageService.ParkedMessageServiceClient(
            market.Invoker(market.OperatorKey, "leasing"));
        var parked = await messages.GetParkedMessageAsync(new() { ParkedMessageId = stopped.Stop.ParkedMessageId });
        Assert.Equal(("due-work", 4, "INVALID_OPERATION", $"first\n{lease}"),
            (parked.ConsumerName, parked.AttemptCount, parked.FailureReason, parked.Body.ToStringUtf8()));

        Assert.Equal((ParkedMessageState.Parked, 5), await ReplayAsync());
        market.Work.Undoable = Guid.Empty;
        Assert.Equal((ParkedMessageState.Replayed, 6), await ReplayAsync());
        await market.Operator.ResumeClockAdvanceAsync(
            new() { RequestId = Market.NewId(), ClockAdvanceId = stopped.ClockAdvanceId });
        var succeeded = await market.FollowAsync(stopped.ClockAdvanceId);

        Assert.Equal(ClockAdvanceState.Succeeded, succeeded.State);
        Assert.Equal(3, market.Work.Done.Count(entry => entry.Where == "due"));
        Assert.Equal((lease, due), market.Work.Done.Where(entry => entry.Where == "due")
            .Select(entry => (entry.LeaseId, entry.MarketTime)).ElementAt(1));

        async Task<(ParkedMessageState State, int AttemptCount)> ReplayAsync()
        {
            var replayed = await messages.ReplayParkedMessageAsync(
                new() { RequestId = Market.NewId(), ParkedMessageId = parked.ParkedMessageId });
            return (replayed.State, replayed.AttemptCount);
        }
    }

    [Fact]
    public async Task AdvanceClock_AfterOldEventsArePruned_StillCountsThem()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        await market.ScheduleAsync("leasing", "old", Market.Start, Market.NewId());
        await market.AdvanceAsync(Market.Start + Duration.FromDays(1));
        Assert.Equal(1, await market.CountAsync("leasing", "outbox"));
        await market.ExecuteAsync("leasing", "update outbox set create_time = now() - interval '8 days'");
        await market.ScheduleAsync("leasing", "young", Market.Start, Market.NewId());
        await market.AdvanceAsync(Market.Start + Duration.FromDays(2));

        await market.RestartAsync("leasing");
        await Eventually.AsyncThat(
            async () => await market.CountAsync("leasing", "outbox") == 1, TimeSpan.FromSeconds(30));

        var sent = Assert.Single((await market.QuiescenceAsync("leasing")).Sent);
        Assert.Equal(("lease", 2), (sent.Stream, sent.TotalCount));
        var advance = await market.AdvanceAsync(Market.Start + Duration.FromDays(3));
        Assert.Equal(ClockAdvanceState.Succeeded, advance.State);
    }

    [Fact]
    public async Task AdvanceClock_AccountsKilledInTheMiddle_GoesOnByItself()
    {
        await using var market = await Market.CreateAsync(withServices: true, asProcess: true);
        var leases = Enumerable.Range(0, 60).Select(_ => Guid.CreateVersion7()).ToList();
        for (var i = 0; i < leases.Count; i++)
            await market.ScheduleAsync(
                "leasing", $"due/{i}", Market.Start + Duration.FromHours(i + 1), leases[i].ToString());
        var target = Market.Start + Duration.FromDays(31);
        var begun = await market.Operator.AdvanceClockAsync(
            new() { RequestId = Market.NewId(), TargetMarketTime = target.ToTimestamp() });

        for (var kill = 1; kill <= 2; kill++)
        {
            // Into the middle: some steps are done, others are not.
            var reached = (Market.Start + Duration.FromHours(kill * 20)).ToTimestamp();
            var watch = new GetClockAdvanceRequest { ClockAdvanceId = begun.ClockAdvanceId };
            await Eventually.AsyncThat(
                async () => (await market.Operator.GetClockAdvanceAsync(watch)).MarketTime >= reached,
                TimeSpan.FromMinutes(1));
            await market.KillProcessAsync();
            await market.StartProcessAsync();
        }
        var advance = await market.FollowAsync(begun.ClockAdvanceId);

        Assert.Equal(ClockAdvanceState.Succeeded, advance.State);
        foreach (var service in Services)
            Assert.Equal(target.ToTimestamp(), (await market.QuiescenceAsync(service)).MarketTime);
        // Everything was done, once, and at its time.
        foreach (var where in new[] { "due", "inventory.lease", "billing.lease" })
            Assert.Equal(leases, market.Work.Done.Where(entry => entry.Where == where).Select(entry => entry.LeaseId));
        Assert.All(market.Work.Done, entry =>
            Assert.Equal(Market.Start + Duration.FromHours(leases.IndexOf(entry.LeaseId) + 1), entry.MarketTime));
        await market.RegisterAsync([Role.Buyer]);
    }

    [Fact]
    public async Task AdvanceClock_37MonthsOneByOne_TakesSeconds()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var months = Enumerable.Range(1, 37)
            .Select(month => Market.Start.InUtc().LocalDateTime.PlusMonths(month).InUtc().ToInstant()).ToList();
        foreach (var month in months)
            await market.ScheduleAsync("leasing", $"due/{month}", month, Guid.CreateVersion7().ToString());
        var began = TimeProvider.System.GetTimestamp();

        foreach (var month in months)
            Assert.Equal(ClockAdvanceState.Succeeded, (await market.AdvanceAsync(month)).State);

        Assert.Equal(37 * 5, market.Work.Done.Count);
        // A bound that a busy machine keeps too; the usual time is a few seconds.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task AdvanceClock_BadTargets_AreRefusedAndChangeNothing()
    {
        await using var market = await Market.CreateAsync();

        await Refusal.OfAsync(
            AdvanceAsync(market, Market.Start - Duration.FromTicks(10)),
            StatusCode.FailedPrecondition,
            "CLOCK_BACKWARDS");
        Assert.Equal(
            ["target_market_time"], await Refusal.FieldsOfAsync(
                AdvanceAsync(market, Instant.FromUtc(2051, 4, 1, 0, 1))));
        Assert.Equal(
            ["request_id", "target_market_time"], await Refusal.FieldsOfAsync(
                market.Operator.AdvanceClockAsync(new())));
        Assert.Equal(
            ["target_market_time"],
            await Refusal.FieldsOfAsync(market.Operator.AdvanceClockAsync(
                new() { RequestId = Market.NewId(), TargetMarketTime = new() { Nanos = -1 } })));

        Assert.Equal(
            new() { Mode = ClockMode.Sandbox, MarketTime = Market.Start.ToTimestamp() },
            await market.Operator.GetMarketClockAsync(new()));
    }

    [Fact]
    public async Task ClockAdvance_UnknownId_IsNotFound()
    {
        await using var market = await Market.CreateAsync();
        var id = Market.NewId();

        await Refusal.OfAsync(
            market.Operator.GetClockAdvanceAsync(new() { ClockAdvanceId = id }),
            StatusCode.NotFound,
            "CLOCK_ADVANCE_NOT_FOUND");
        await Refusal.OfAsync(
            market.Operator.ResumeClockAdvanceAsync(new() { RequestId = Market.NewId(), ClockAdvanceId = id }),
            StatusCode.NotFound,
            "CLOCK_ADVANCE_NOT_FOUND");
        await Refusal.OfAsync(() => market.FollowAsync(id), StatusCode.NotFound, "CLOCK_ADVANCE_NOT_FOUND");
    }

    [Fact]
    public async Task AdvanceClock_TenAtOnce_BeginsOne()
    {
        // Without the other services the first advance cannot get on, and so is there for all the others.
        await using var market = await Market.CreateAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 10).Select(async day =>
        {
            try
            {
                return (await AdvanceAsync(market, Market.Start + Duration.FromDays(day))).ClockAdvanceId;
            }
            catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == "CLOCK_ADVANCE_UNFINISHED")
            {
                return Refusal.DetailOf<ErrorInfo>(exception).Metadata["clock_advance_id"];
            }
        }));

        Assert.Single(outcomes.Distinct());
        var advance = await market.Operator.GetClockAdvanceAsync(new() { ClockAdvanceId = outcomes[0] });
        Assert.Equal(ClockAdvanceState.Running, advance.State);
    }

    [Fact]
    public async Task AdvanceClock_Production_IsRefused()
    {
        await using var market = await Market.CreateAsync(clock: "production");

        await Refusal.OfAsync(
            AdvanceAsync(market, Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) + Duration.FromDays(1)),
            StatusCode.FailedPrecondition,
            "CLOCK_NOT_SANDBOX");

        var clock = await market.Operator.GetMarketClockAsync(new());
        Assert.Equal(ClockMode.Production, clock.Mode);
        Assert.InRange(
            (TimeProvider.System.GetUtcNow() - clock.MarketTime.ToDateTimeOffset()).TotalSeconds, -1, 10);
    }

    [Fact]
    public async Task WatchMarketClock_DuringAnAdvance_TellsTheAdvanceAndTheTime()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var services = new MarketClockService.MarketClockServiceClient(market.Invoker(market.ServiceKey));
        using var watch = services.WatchMarketClock(
            new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal(Market.Start.ToTimestamp(), watch.ResponseStream.Current.MarketTime);
        var target = (Market.Start + Duration.FromDays(1)).ToTimestamp();

        var advance = await market.AdvanceAsync(Market.Start + Duration.FromDays(1));

        var told = new List<V1.MarketClock>();
        do
        {
            Assert.True(await watch.ResponseStream.MoveNext(default));
            told.Add(watch.ResponseStream.Current);
        }
        while (told[^1].ClockAdvanceId.Length > 0 || !told[^1].MarketTime.Equals(target));
        Assert.All(told[..^1], clock => Assert.Equal(advance.ClockAdvanceId, clock.ClockAdvanceId));
    }

    [Fact]
    public async Task OtherService_KeysOfAccounts_AreResolvedThere()
    {
        await using var market = await Market.CreateAsync(withServices: true);
        var (organisation, _) = await market.RegisterAsync([Role.Provider]);
        var (_, text) = await market.CreateKeyAsync(organisation.OrganisationId);
        ParkedMessageService.ParkedMessageServiceClient Billing(string? key) => new(market.Invoker(key, "billing"));

        Assert.Empty((await Billing(market.OperatorKey).ListParkedMessagesAsync(new())).ParkedMessages);
        await Refusal.OfAsync(
            Billing(text).ListParkedMessagesAsync(new()), StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED");
        await Refusal.OfAsync(
            Billing(null).ListParkedMessagesAsync(new()), StatusCode.Unauthenticated, "API_KEY_MISSING");
        await Refusal.OfAsync(
            Billing(Secret.Make().TextOf(Market.NewId())).ListParkedMessagesAsync(new()),
            StatusCode.Unauthenticated,
            "API_KEY_INVALID");

        await market.StopAccountsAsync();
        await Refusal.OfAsync(
            Billing(Secret.Make().TextOf(Market.NewId())).ListParkedMessagesAsync(new()),
            StatusCode.Unavailable,
            "ACCOUNTS_UNAVAILABLE");
    }

    private static AsyncUnaryCall<ClockAdvance> AdvanceAsync(Market market, Instant target) =>
        market.Operator.AdvanceClockAsync(
            new() { RequestId = Market.NewId(), TargetMarketTime = target.ToTimestamp() });
}
