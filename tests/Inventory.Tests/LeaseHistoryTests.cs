using FsCheck;
using FsCheck.Fluent;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// Whole histories of leases: however often and in whatever order their events are delivered, what a lease holds and
/// what is free is what it is when each comes once and in order.
/// </summary>
public sealed class LeaseHistoryTests(InventoryServer server) : IClassFixture<InventoryServer>, IAsyncLifetime
{
    private const int Cases = 40;

    private readonly Party provider = server.AddParty(Role.Provider);
    private readonly ParkedMessageService.ParkedMessageServiceClient parked = new(server.Operator.Invoker);
    private LeaseStream stream = null!;

    public async Task InitializeAsync() => stream = await LeaseStream.StartAsync(server.Broker, server.Bus);

    public async Task DisposeAsync() => await stream.DisposeAsync();

    [Fact]
    public async Task Deliver_LongHistoryTwiceAndInReverse_ComesToTheSameState()
    {
        var history = LeaseHistory.Long();
        var (straight, turned) = (await ReserveAsync(), await ReserveAsync());
        await DeliverInOrderAsync(history, straight);

        // Leasing has taken everything back before the first of the events is delivered.
        foreach (var (version, end) in history.Restorations) await RestoreAsync(turned, version, end);
        foreach (var happened in Envelopes(history, turned).Reverse()) await stream.DeliverAsync(happened, happened);

        var state = await StateAsync(straight);
        Assert.Equal(state, await StateAsync(turned));
        Assert.Contains("until 2028-01-01", state, StringComparison.Ordinal);
    }

    [Fact]
    public void Deliver_AnyHistoryTwiceAndInAnyOrder_ComesToTheSameState() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(
            Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(),
            async seed =>
            {
                var random = new Random(seed);
                var history = LeaseHistory.Any(random);
                var (straight, turned) = (await ReserveAsync(), await ReserveAsync());
                await DeliverInOrderAsync(history, straight);
                await DeliverInAnyOrderAsync(history, turned, random);

                var state = await StateAsync(straight);
                Assert.Equal(state, await StateAsync(turned));
                var end = history.End > LeaseHistory.Start ? history.End : LeaseHistory.Start;
                Assert.Contains($"until {end:O}", state, StringComparison.Ordinal);
                Assert.Equal(0, (await provider.Inventory.CheckCapacityAsync(new())).OversoldKw);
            }));

    [Fact]
    public async Task Deliver_NoticeWithoutItsPredecessor_IsSetAsideAndChangesNothing()
    {
        var lease = await ReserveAsync();
        var before = await StateAsync(lease);
        var setAside = await SetAsideAsync();
        var served = Envelopes(LeaseHistory.Long(), lease)[1];

        await stream.DeliverAsync(served);
        await stream.DeliverAsync(served);

        Assert.Equal(before, await StateAsync(lease));
        Assert.Equal(setAside + 1, await SetAsideAsync());
    }

    [Fact]
    public async Task Deliver_EventThatCannotBeRead_IsParkedAndStopsItsLeaseAlone()
    {
        var (sick, sound) = (await ReserveAsync(), await ReserveAsync());
        var before = await StateAsync(sick);
        var history = Envelopes(LeaseHistory.Long(), sick);

        await stream.DeliverAsync(history[0], history[1] with { Payload = "{\"end_date\":\"never\"}" }, history[2]);
        await DeliverInOrderAsync(LeaseHistory.Long(), sound);

        Assert.Equal(before, await StateAsync(sick));
        Assert.Contains("until 2028-01-01", await StateAsync(sound), StringComparison.Ordinal);
        var message = await ParkedAsync(sick);
        Assert.Equal(
            ("inventory", "inventory.lease", "lease-notice-served.v1", 2L, "JSON"),
            (message.ServiceName, message.ConsumerName, message.MessageName, message.AggregateVersion,
                message.FailureReason));
        var replayed = await ReplayAsync(message);
        Assert.Equal((ParkedMessageState.Parked, message.AttemptCount + 1), (replayed.State, replayed.AttemptCount));
        Assert.Equal(before, await StateAsync(sick));
    }

    [Fact]
    public async Task ReplayParkedMessage_CausePutRight_AppliesItAndWhatWaitedForIt()
    {
        var (history, lease) = (LeaseHistory.Long(), Guid.CreateVersion7());
        foreach (var happened in Envelopes(history, lease)) await stream.DeliverAsync(happened);
        var message = await ParkedAsync(lease);
        Assert.Equal((2L, "RESERVATION_NOT_FOUND"), (message.AggregateVersion, message.FailureReason));
        var held = await ReserveAsync(lease);

        Assert.Equal(ParkedMessageState.Replayed, (await ReplayAsync(message)).State);

        var straight = await ReserveAsync();
        await DeliverInOrderAsync(history, straight);
        Assert.Equal(await StateAsync(straight), await StateAsync(held));
    }

    [Fact]
    public async Task RestoreReservation_TwoWithdrawalsBeforeAnyOfTheirEvents_KeepsTheWholeLease()
    {
        var lease = await ReserveAsync();
        await RestoreAsync(lease, 2, LeaseHistory.NaturalEnd);
        await RestoreAsync(lease, 4, LeaseHistory.NaturalEnd);

        await stream.DeliverAsync([.. Envelopes(LeaseHistory.Long(), lease).Take(5)]);

        Assert.Contains("until 2029-06-01", await StateAsync(lease), StringComparison.Ordinal);
        Assert.Equal(1, (await FindAsync(lease)).Version);
    }

    [Fact]
    public async Task TruncateReservation_OfAVersionBeforeTheLastEvent_IsOutOfDateAndChangesNothing()
    {
        var lease = await ReserveAsync();
        await RestoreAsync(lease, 2, LeaseHistory.NaturalEnd);
        await stream.DeliverAsync([.. Envelopes(LeaseHistory.Long(), lease).Take(3)]);

        await server.Service.Reservations.TruncateReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease.ToString(),
            EndDate = Party.Day("2027-04-02"),
            LeaseVersion = 2,
        });

        Assert.Contains("until 2029-06-01", await StateAsync(lease), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeaseNoticeWithdrawn_CapacityWasCutAndSold_IsParkedUntilItIsFree()
    {
        var pool = await provider.CreatePoolAsync();
        var lease = await ReserveAsync(Guid.CreateVersion7(), pool.PoolId);
        var history = Envelopes(LeaseHistory.Long(), lease);
        await stream.DeliverAsync(history[0], history[1]);
        var other = await ReserveAsync(Guid.CreateVersion7(), pool.PoolId, "2027-04-02");

        await stream.DeliverAsync(history[2]);

        var message = await ParkedAsync(lease);
        Assert.Equal("CAPACITY_SHORT", message.FailureReason);
        Assert.Contains("until 2027-04-02", await StateAsync(lease), StringComparison.Ordinal);
        await server.Service.Reservations.ReleaseReservationAsync(
            new() { RequestId = Party.NewId(), LeaseId = other.ToString() });
        Assert.Equal(ParkedMessageState.Replayed, (await ReplayAsync(message)).State);
        Assert.Contains("until 2029-06-01", await StateAsync(lease), StringComparison.Ordinal);
    }

    private async Task DeliverInOrderAsync(LeaseHistory history, Guid lease)
    {
        foreach (var happened in Envelopes(history, lease))
        {
            if (history.Restorations.TryGetValue(happened.AggregateVersion - 1, out var end))
                await RestoreAsync(lease, happened.AggregateVersion - 1, end);
            await stream.DeliverAsync(happened);
        }
    }

    // Leasing's calls keep their order, and none comes after an event that happened later; all else is up to chance.
    private async Task DeliverInAnyOrderAsync(LeaseHistory history, Guid lease, Random random)
    {
        var deliveries = Envelopes(history, lease).SelectMany(happened => new[] { happened, happened }).ToArray();
        random.Shuffle(deliveries);
        var restorations = new Queue<KeyValuePair<long, DateOnly>>(history.Restorations);
        for (var next = 0; next < deliveries.Length;)
        {
            var together = deliveries.Skip(next).Take(random.Next(1, 5)).ToArray();
            while (restorations.TryPeek(out var restoration)
                && (random.Next(2) == 0 || together.Any(happened => happened.AggregateVersion > restoration.Key)))
            {
                await RestoreAsync(lease, restoration.Key, restoration.Value);
                restorations.Dequeue();
            }
            await stream.DeliverAsync(together);
            next += together.Length;
        }
    }

    private static Envelope[] Envelopes(LeaseHistory history, Guid lease) =>
        [.. history.Events.Select((happened, index) => LeaseStream.Envelope(lease, index + 1, happened(lease)))];

    private Task<Guid> ReserveAsync() => ReserveAsync(Guid.CreateVersion7());

    private async Task<Guid> ReserveAsync(Guid lease) =>
        await ReserveAsync(lease, (await provider.CreatePoolAsync()).PoolId);

    private async Task<Guid> ReserveAsync(Guid lease, string poolId, string start = "2026-05-01")
    {
        var request = Party.Reservation(provider, 300_000, start, "2029-06-01", poolId);
        request.LeaseId = lease.ToString();
        await server.Service.Reservations.ReserveCapacityAsync(request);
        return lease;
    }

    private async Task RestoreAsync(Guid lease, long leaseVersion, DateOnly end) =>
        await server.Service.Reservations.RestoreReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease.ToString(),
            EndDate = Party.Day($"{end:O}"),
            LeaseVersion = leaseVersion,
        });

    private async Task<V1.Reservation> FindAsync(Guid lease) =>
        (await provider.Inventory.ListReservationsAsync(new() { LeaseId = lease.ToString() })).Reservations.Single();

    // What there is of a lease and what its pools have free, without ids and without the count of changes.
    private async Task<string> StateAsync(Guid lease)
    {
        var reservation = await FindAsync(lease);
        var end = reservation.EndDate;
        var held = reservation.Tranches.Select(tranche => $"{tranche.TrancheId} {tranche.Steps}");
        var free = new List<string>();
        foreach (var poolId in await StepPoolsAsync(lease))
        {
            var availability = await provider.Inventory.GetPoolAvailabilityAsync(new()
            {
                PoolId = poolId,
                StartDate = Party.Day("2026-04-01"),
                EndDate = Party.Day("2030-01-01"),
            });
            free.Add($"{availability.Steps}");
        }
        return string.Join('\n',
            [$"{reservation.State} until {new DateOnly(end.Year, end.Month, end.Day):O}", .. held, .. free]);
    }

    // A reservation that holds nothing names no pool any more; its profile does.
    private async Task<IReadOnlyList<string>> StepPoolsAsync(Guid lease)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var command = source.CreateCommand(
            """
            select distinct pool_id::text from reservation_step join reservation using (reservation_id)
            where lease_id = $1
            """);
        command.Parameters.AddWithValue(lease);
        await using var reader = await command.ExecuteReaderAsync();
        var pools = new List<string>();
        while (await reader.ReadAsync()) pools.Add(reader.GetString(0));
        return pools;
    }

    private async Task<long> SetAsideAsync() =>
        (await new ClockWindowService.ClockWindowServiceClient(server.Service.Invoker).GetQuiescenceAsync(new()))
            .SetAsideCount;

    private async Task<ParkedMessage> ParkedAsync(Guid lease)
    {
        var messages = (await parked.ListParkedMessagesAsync(new() { PageSize = 1000 })).ParkedMessages;
        return Assert.Single(messages, message => message.AggregateId == lease.ToString());
    }

    private async Task<ParkedMessage> ReplayAsync(ParkedMessage message) =>
        await parked.ReplayParkedMessageAsync(
            new() { RequestId = Party.NewId(), ParkedMessageId = message.ParkedMessageId });
}
