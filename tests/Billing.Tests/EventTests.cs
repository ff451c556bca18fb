using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Operations.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using RabbitMQ.Client;

namespace Marketplace.Billing.Tests;

/// <summary>Events that come twice, out of order, or that cannot be applied.</summary>
public sealed class EventTests(BillingHost billing) : IClassFixture<BillingHost>
{
    private const int Shuffles = 12;
    private const int Seed = 20_270_115;

    [Fact]
    public async Task Deliver_EveryEventTwiceAndShuffled_GivesTheSameEndState()
    {
        var random = new Random(Seed);
        var straight = billing.NewLease();
        await billing.DeliverAsync(History(straight));
        var expected = await StateAsync(straight);
        for (var number = 0; number < Shuffles; number++)
        {
            var shuffled = billing.NewLease();
            LeaseEvent[] deliveries = [.. History(shuffled).SelectMany(happened => new[] { happened, happened })];
            random.Shuffle(deliveries);

            // Some together, so that they are consumed at the same time.
            foreach (var together in deliveries.Chunk(random.Next(1, deliveries.Length)))
                await billing.DeliverAsync(together);

            Assert.True(expected == await StateAsync(shuffled), $"shuffle {number} of seed {Seed}");
        }
        Assert.True((await billing.CheckAsync()).Balanced);
    }

    [Fact]
    public async Task Deliver_EveryEventTwiceAndInReverse_GivesTheSameEndState()
    {
        var (straight, turned) = (billing.NewLease(), billing.NewLease());
        var setAside = (await billing.Clock.QuiescenceAsync()).SetAsideCount;
        await billing.DeliverAsync(History(straight));
        LeaseEvent[] reversed = [.. History(turned).Reverse().SelectMany(happened => new[] { happened, happened })];
        await billing.DeliverAsync(reversed);
        await billing.DeliverAsync(reversed);

        Assert.Equal(await StateAsync(straight), await StateAsync(turned));
        Assert.Equal(setAside, (await billing.Clock.QuiescenceAsync()).SetAsideCount);
        Assert.True((await billing.CheckAsync()).Balanced);
    }

    [Fact]
    public async Task Deliver_NoticeBeforeItsLease_IsSetAsideUntilThen()
    {
        var lease = billing.NewLease();
        var (signed, served) = (lease.Signed(), lease.NoticeServed("2027-01-20"));
        await billing.DeliverAsync(served);
        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await billing.ScheduleAsync(lease));
        Assert.Equal("LEASE_NOT_FOUND", RpcErrors.ReasonOf(unknown));

        await billing.DeliverAsync(signed);
        Assert.Equal(2, (await billing.ScheduleAsync(lease)).LeaseVersion);
        Assert.Single(await billing.NotesAsync(lease));
    }

    [Fact]
    public async Task Deliver_PoisonThatWasSetAside_IsParkedAndNotWhatItWaitedFor()
    {
        var lease = billing.NewLease();
        var (signed, poison) = (lease.Signed(), lease.Signed(sha256: new byte[32]));
        await billing.DeliverAsync(poison);
        await billing.DeliverAsync(signed);

        var parked = await ParkedAsync(lease);
        Assert.Equal((2L, "TERMS_HASH_MISMATCH"), (parked.AggregateVersion, parked.FailureReason));
        Assert.Equal(9, (await billing.InvoicesAsync(lease)).Count);
    }

    [Fact]
    public async Task Deliver_SignedTwiceAndNotices_TellsOnceThatTheScheduleIsBuilt()
    {
        await using var host = new Owned(new());
        var own = await host.StartAsync();
        var lease = own.NewLease();

        var signed = lease.Signed();
        await own.DeliverAsync(
            signed, signed, lease.NoticeServed("2027-01-20"), lease.NoticeWithdrawn("2029-06-01"));

        var sent = (await own.Clock.QuiescenceAsync()).Sent.Single(count => count.Stream == "schedule");
        Assert.Equal(1, sent.TotalCount);
        await using var connection = await new ConnectionFactory { Uri = own.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        BasicGetResult? told = null;
        await Eventually.AsyncThat(
            async () => (told = await channel.BasicGetAsync("leasing.schedule", autoAck: true)) is not null,
            TimeSpan.FromSeconds(30));
        using var message = JsonDocument.Parse(told!.Body);
        var envelope = message.RootElement.GetProperty("message");
        Assert.Equal(
            ("schedule", lease.Id, 1L),
            (envelope.GetProperty("stream").GetString(), envelope.GetProperty("aggregateId").GetGuid(),
                envelope.GetProperty("aggregateVersion").GetInt64()));
        var built = JsonSerializer.Deserialize<ScheduleBuilt>(
            envelope.GetProperty("payload").GetString()!, EventJson.Options)!;
        var schedule = await own.ScheduleAsync(lease);
        Assert.Equal(
            (lease.Id, schedule.Periods.Count, "USD", "45000000000.00"),
            (built.LeaseId, built.PeriodCount, built.CurrencyCode, built.Amount));
    }

    [Fact]
    public async Task Deliver_LostInbox_AppliesNothingTwice()
    {
        var lease = billing.NewLease();
        LeaseEvent[] history = [lease.Signed(), lease.NoticeServed("2027-01-20"), lease.NoticeServed("2027-01-17")];
        await billing.DeliverAsync(history);
        var before = await StateAsync(lease);
        await using var owner = billing.AsOwner();
        await using var forget = owner.CreateCommand($"delete from inbox where aggregate_id = '{lease.Id}'");
        await forget.ExecuteNonQueryAsync();

        await billing.DeliverAsync(history);
        Assert.Equal(before, await StateAsync(lease));
    }

    [Fact]
    public async Task Deliver_WrongHash_IsParkedShownAndFailsAgain()
    {
        var lease = billing.NewLease();
        var poison = lease.Signed(sha256: new byte[32]);
        await billing.DeliverAsync(poison, lease.NoticeServed("2027-01-20"));
        var sound = await billing.SignAsync();

        var parked = await ParkedAsync(lease);
        Assert.Equal(
            ("billing", "billing.lease", "lease-signed.v1", poison.MessageId.ToString(), 1L, "TERMS_HASH_MISMATCH"),
            (parked.ServiceName, parked.ConsumerName, parked.MessageName, parked.MessageId, parked.AggregateVersion,
                parked.FailureReason));
        Assert.Empty(parked.Body);
        var shown = await billing.Parked.GetParkedMessageAsync(new() { ParkedMessageId = parked.ParkedMessageId });
        Assert.Contains(lease.Id.ToString(), shown.Body.ToStringUtf8(), StringComparison.Ordinal);

        var replayed = await ReplayAsync(parked);
        Assert.Equal((ParkedMessageState.Parked, parked.AttemptCount + 1), (replayed.State, replayed.AttemptCount));
        Assert.Equal(9, (await billing.InvoicesAsync(sound)).Count);
    }

    [Theory]
    [InlineData("not a message at all")]
    [InlineData("")]
    public async Task Deliver_BytesThatAreNoSignedTerms_AreParked(string text)
    {
        var lease = billing.NewLease();
        var bytes = Encoding.UTF8.GetBytes(text);
        await billing.DeliverAsync(lease.Signed(bytes, SHA256.HashData([.. "marketplace.terms.v1"u8, 0, .. bytes])));
        Assert.Equal("TERMS_NOT_BILLABLE", (await ParkedAsync(lease)).FailureReason);
    }

    [Fact]
    public async Task ReplayParkedMessage_CausePutRight_AppliesItOnceAndWhatWaitedForIt()
    {
        await using var host = new Owned(new());
        var own = await host.StartAsync();
        var lease = own.NewLease();
        await own.ExecuteAsync($"revoke insert on invoice from {own.Database.ApplicationRole}");
        await own.DeliverAsync(lease.Signed(), lease.NoticeServed("2027-01-20"));
        var parked = Assert.Single((await own.Parked.ListParkedMessagesAsync(new())).ParkedMessages);
        Assert.Equal("POSTGRES", parked.FailureReason);
        await own.ExecuteAsync($"grant insert on invoice to {own.Database.ApplicationRole}");

        var request = new ReplayParkedMessageRequest
        {
            RequestId = Guid.CreateVersion7().ToString(),
            ParkedMessageId = parked.ParkedMessageId,
        };
        var replayed = await own.Parked.ReplayParkedMessageAsync(request);
        Assert.Equal(ParkedMessageState.Replayed, replayed.State);
        Assert.Equal(replayed, await own.Parked.ReplayParkedMessageAsync(request));
        Assert.Equal(9, (await own.InvoicesAsync(lease)).Count);
        Assert.Single(await own.NotesAsync(lease));
        Assert.Empty((await own.Parked.ListParkedMessagesAsync(new())).ParkedMessages);

        request.RequestId = Guid.CreateVersion7().ToString();
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await own.Parked.ReplayParkedMessageAsync(request));
        Assert.Equal("PARKED_MESSAGE_ALREADY_REPLAYED", RpcErrors.ReasonOf(refused));
    }

    private static LeaseEvent[] History(TestLease lease) =>
    [
        lease.Signed(), lease.NoticeServed("2027-01-20"), lease.NoticeWithdrawn("2029-06-01"),
        lease.NoticeServed("2027-04-02"), lease.NoticeServed("2027-01-18"), lease.Ended("2027-01-18"),
    ];

    private async Task<ParkedMessage> ParkedAsync(TestLease lease)
    {
        var parked = await billing.Parked.ListParkedMessagesAsync(new() { PageSize = 1000 });
        return Assert.Single(parked.ParkedMessages, message => message.AggregateId == lease.Id.ToString());
    }

    private async Task<ParkedMessage> ReplayAsync(ParkedMessage parked) =>
        await billing.Parked.ReplayParkedMessageAsync(new()
        {
            RequestId = Guid.CreateVersion7().ToString(),
            ParkedMessageId = parked.ParkedMessageId,
        });

    // What there is of a lease, without ids and without the order in which notes of one moment came.
    private async Task<string> StateAsync(TestLease lease)
    {
        var schedule = await billing.ScheduleAsync(lease);
        var invoices = (await billing.InvoicesAsync(lease)).Select(invoice =>
            $"{invoice.PeriodStartDate.Text()} {invoice.PeriodEndDate.Text()} {invoice.Amount.Text()} "
            + $"{invoice.CreditedAmount.Text()} {invoice.DebitedAmount.Text()}");
        var periods = schedule.Periods.Select(
            period => $"{period.State} {period.StartDate.Text()} {period.EndDate.Text()} {period.Amount.Text()}");
        var notes = (await billing.NotesAsync(lease)).Select(
            note => $"{note.Kind} {note.Amount.Text()} {note.Reason}").Order(StringComparer.Ordinal);
        var entries = (
            await billing.AsOperator.ListLedgerEntriesAsync(
                new() { LeaseId = lease.Id.ToString(), PageSize = 1000 })).LedgerEntries
            .Select(entry => $"{entry.Kind} {entry.Legs[0].Side} {entry.Legs[0].Amount.Text()}").Order(
                StringComparer.Ordinal);
        return string.Join('\n', [schedule.LeaseVersion.ToString(), .. invoices, .. periods, .. notes, .. entries]);
    }
}
