using Marketplace.Contracts;
using Marketplace.Operations.V1;
using Marketplace.Options.V1;
using Marketplace.TestServers;

namespace Marketplace.Inventory.Tests;

/// <summary>Events of leases come through the outbox, the relay and RabbitMQ.</summary>
[Collection(SharedInventoryServer.Name)]
public sealed class LeaseConsumerTests(InventoryServer server)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly Party provider = server.AddParty(Role.Provider);

    [Fact]
    public async Task LeaseNoticeServed_EarlierEnd_TruncatesTheReservation()
    {
        var lease = await ReserveAsync();

        await PublishAsync(lease, (1, Signed(lease)), (2, Served(lease, new(2027, 4, 2))));

        await Eventually.AsyncThat(async () => (await EndAsync(lease)).Equals(Party.Day("2027-04-02")), Long);
    }

    [Fact]
    public async Task LeaseEvents_OutOfOrderAndTwice_ComeToTheSameEnd()
    {
        var lease = await ReserveAsync();

        await PublishAsync(
            lease, (4, new LeaseEnded { LeaseId = lease, Kind = "CONVENIENCE", EndDate = new(2027, 1, 1) }));
        await PublishAsync(lease, (3, Served(lease, new(2027, 1, 1))));
        await PublishAsync(lease, (2, Served(lease, new(2027, 4, 2))));
        await PublishAsync(lease, (1, Signed(lease)));

        await Eventually.AsyncThat(async () => (await EndAsync(lease)).Equals(Party.Day("2027-01-01")), Long);
        var reservation = await FindAsync(lease);
        Assert.Equal((V1.ReservationState.Reserved, 3L), (reservation.State, reservation.Version));
    }

    [Fact]
    public async Task LeaseNoticeServed_ComesAfterItsWithdrawalWasRestored_DoesNotUndoIt()
    {
        var lease = await ReserveAsync();
        await RestoreAsync(lease, 2, "2029-06-01");

        await PublishAsync(lease, (1, Signed(lease)), (2, Served(lease, new(2027, 4, 2))), (3, Withdrawn(lease)));
        await PublishAsync(lease, (4, Served(lease, new(2028, 1, 1))));

        await Eventually.AsyncThat(async () => (await EndAsync(lease)).Equals(Party.Day("2028-01-01")), Long);
        Assert.Equal(2, (await FindAsync(lease)).Version);
    }

    [Fact]
    public async Task LeaseNoticeWithdrawn_AfterRestore_KeepsWhatWasRestored()
    {
        var lease = await ReserveAsync();
        await PublishAsync(lease, (1, Signed(lease)), (2, Served(lease, new(2027, 4, 2))));
        await Eventually.AsyncThat(async () => (await EndAsync(lease)).Equals(Party.Day("2027-04-02")), Long);
        await RestoreAsync(lease, 2, "2029-06-01");

        await PublishAsync(lease, (3, Withdrawn(lease)), (4, Served(lease, new(2028, 1, 1))));

        await Eventually.AsyncThat(async () => (await EndAsync(lease)).Equals(Party.Day("2028-01-01")), Long);
        Assert.Equal(4, (await FindAsync(lease)).Version);
    }

    [Fact]
    public async Task LeaseNoticeServed_LeaseWithoutReservation_IsParkedByItsReason()
    {
        var lease = Guid.CreateVersion7();

        await PublishAsync(lease, (1, Signed(lease)), (2, Served(lease, new(2027, 4, 2))));

        var messages = new ParkedMessageService.ParkedMessageServiceClient(server.Operator.Invoker);
        await Eventually.AsyncThat(
            async () => (await messages.ListParkedMessagesAsync(new())).ParkedMessages.Any(parked =>
                parked.AggregateId == lease.ToString() && parked.FailureReason == "RESERVATION_NOT_FOUND"),
            Long);
    }

    private async Task<Guid> ReserveAsync()
    {
        var pool = await provider.CreatePoolAsync();
        var request = Party.Reservation(provider, 300_000, "2026-05-01", "2029-06-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        return Guid.Parse(request.LeaseId);
    }

    private async Task RestoreAsync(Guid lease, long leaseVersion, string end) =>
        await server.Service.Reservations.RestoreReservationAsync(new()
        {
            RequestId = Party.NewId(),
            LeaseId = lease.ToString(),
            EndDate = Party.Day(end),
            LeaseVersion = leaseVersion,
        });

    private async Task PublishAsync(Guid lease, params (long Version, object Event)[] events)
    {
        await using var transaction = await server.Database.BeginAsync(default);
        foreach (var (version, @event) in events) await transaction.PublishAsync(lease, version, @event);
        await transaction.CommitAsync(default);
    }

    private async Task<Google.Type.Date> EndAsync(Guid lease) => (await FindAsync(lease)).EndDate;

    private async Task<V1.Reservation> FindAsync(Guid lease) =>
        (await provider.Inventory.ListReservationsAsync(new() { LeaseId = lease.ToString() })).Reservations.Single();

    private static LeaseSigned Signed(Guid lease) => new()
    {
        LeaseId = lease,
        ProviderOrganisationId = default,
        BuyerOrganisationId = default,
        TermsBytes = [],
        TermsSha256 = [],
        SignTime = default,
    };

    private static LeaseNoticeServed Served(Guid lease, DateOnly end) => new()
    {
        LeaseId = lease,
        NoticeId = Guid.CreateVersion7(),
        OrganisationId = default,
        DeemedReceiptDate = new(2027, 1, 1),
        EndDate = end,
        MovesEnd = true,
    };

    private static LeaseNoticeWithdrawn Withdrawn(Guid lease) =>
        new() { LeaseId = lease, NoticeId = Guid.CreateVersion7(), EndDate = new(2029, 6, 1) };
}
