using Marketplace.Leasing.V1;
using Marketplace.Operations.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;

namespace Marketplace.Leasing.Tests;

/// <summary>What Billing's schedules do to leases, whenever and however often their events come.</summary>
public sealed class ScheduleConsumerTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private Market market = null!;
    private Deal deal = null!;
    private Lease lease = null!;
    private ScheduleStream schedules = null!;

    public async Task InitializeAsync()
    {
        market = await Market.StartAsync();
        deal = await Deal.ListedAsync(market);
        lease = await deal.SignedAsync();
        schedules = await ScheduleStream.OfAsync(market);
    }

    public async Task DisposeAsync()
    {
        await schedules.DisposeAsync();
        await market.DisposeAsync();
    }

    [Fact]
    public async Task ScheduleBuilt_SignedLease_IsScheduledThenRampingAndActiveWithWhoAndWhen()
    {
        await PublishAsync(1);

        var scheduled = await GetAsync();
        Assert.Equal((LeaseState.Scheduled, 2), (scheduled.State, scheduled.Version));
        Assert.Equal([lease.LeaseId], await ListedAsync(LeaseState.Scheduled));
        Assert.Empty(await ListedAsync(LeaseState.Signed));
        await market.AdvanceAsync(Market.At("2026-05-01T05:00:00Z"));
        await market.AdvanceAsync(Market.At("2026-07-01T05:00:00Z"));
        Assert.Equal(
            [LeaseState.Signed, LeaseState.Scheduled, LeaseState.Ramping, LeaseState.Active], await HistoryAsync());
        var change = (await ChangesAsync())[1];
        Assert.Equal((LeaseState.Signed, "SCHEDULE_BUILT", ""),
            (change.FromState, change.Cause.Reason, change.Cause.OrganisationId));
        Assert.Equal(Market.Start, change.Cause.OccurTime.ToInstant());
    }

    [Fact]
    public async Task ScheduleBuilt_TwiceAndOutOfOrder_IsScheduledOnce()
    {
        await schedules.PublishAsync(Guid.Parse(lease.LeaseId), 3, 2, 3, 2);
        await Eventually.AsyncThat(async () => (await market.QuiescenceAsync()).SetAsideCount == 2, Long);
        Assert.Equal(LeaseState.Signed, (await GetAsync()).State);

        await schedules.PublishAsync(Guid.Parse(lease.LeaseId), 1, 1, 2, 3);

        await Eventually.AsyncThat(async () => await ConsumedAsync() == 3, Long);
        Assert.Equal(0, (await market.QuiescenceAsync()).SetAsideCount);
        Assert.Equal([LeaseState.Signed, LeaseState.Scheduled], await HistoryAsync());
    }

    [Fact]
    public async Task ScheduleBuilt_LeaseHasBegun_StaysAsItIs()
    {
        await market.AdvanceAsync(Market.At("2026-05-01T05:00:00Z"));

        await PublishAsync(1);

        Assert.Equal([LeaseState.Signed, LeaseState.Ramping], await HistoryAsync());
    }

    [Fact]
    public async Task ScheduleBuilt_AfterANotice_WindingDownAndScheduledWhenItIsWithdrawn()
    {
        var quote = await deal.Buyer.Client.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = lease.LeaseId });
        var notice = await deal.Buyer.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = quote.TerminationQuoteId });

        await PublishAsync(1);

        Assert.Equal(LeaseState.WindingDown, (await GetAsync()).State);
        foreach (var side in new[] { deal.Buyer, deal.Provider })
            await side.Client.WithdrawNoticeAsync(new() { RequestId = Market.Id(), NoticeId = notice.NoticeId });
        Assert.Equal([LeaseState.Signed, LeaseState.WindingDown, LeaseState.Scheduled], await HistoryAsync());
    }

    [Fact]
    public async Task ScheduleBuilt_LeaseThatThereIsNot_IsParkedAndTheNextIsApplied()
    {
        var unknown = Guid.CreateVersion7();

        await schedules.PublishAsync(unknown, 1);
        await PublishAsync(1);

        await Eventually.AsyncThat(async () => (await market.QuiescenceAsync()).ParkedCount == 1, Long);
        var parked = new ParkedMessageService.ParkedMessageServiceClient(market.Operator.Invoker());
        var message = Assert.Single((await parked.ListParkedMessagesAsync(new())).ParkedMessages);
        Assert.Equal(
            ("leasing.schedule", "schedule-built.v1", $"{unknown}"),
            (message.ConsumerName, message.MessageName, message.AggregateId));
        Assert.Equal(LeaseState.Scheduled, (await GetAsync()).State);
    }

    // Publishes an event and waits until it is applied.
    private async Task PublishAsync(long version)
    {
        await schedules.PublishAsync(Guid.Parse(lease.LeaseId), version);
        await Eventually.AsyncThat(async () => await ConsumedAsync() == version, Long);
    }

    private async Task<long> ConsumedAsync() => (await market.QuiescenceAsync()).Consumed
        .Where(count => count.ConsumerName == "leasing.schedule").Sum(count => count.TotalCount);

    private async Task<Lease> GetAsync() => await deal.Buyer.Client.GetLeaseAsync(new() { LeaseId = lease.LeaseId });

    private async Task<IEnumerable<string>> ListedAsync(LeaseState state) =>
        (await deal.Buyer.Client.ListLeasesAsync(new() { State = state })).Leases.Select(found => found.LeaseId);

    private async Task<IReadOnlyList<LeaseChange>> ChangesAsync() =>
        (await deal.Buyer.Client.ListLeaseChangesAsync(new() { LeaseId = lease.LeaseId })).LeaseChanges;

    private async Task<IEnumerable<LeaseState>> HistoryAsync() =>
        (await ChangesAsync()).Select(change => change.ToState);
}
