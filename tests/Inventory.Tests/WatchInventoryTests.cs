using Grpc.Core;
using Marketplace.Options.V1;
using Npgsql;

namespace Marketplace.Inventory.Tests;

[Collection(SharedInventoryServer.Name)]
public sealed class WatchInventoryTests(InventoryServer server)
{
    private readonly Party provider = server.AddParty(Role.Provider);

    [Fact]
    public async Task WatchInventory_FromZero_BeginsWithASnapshotOfWhatIsOnTheMarket()
    {
        var pool = await provider.CreatePoolAsync();
        var (published, draft) =
            (await provider.CreateListingAsync(pool.PoolId), await provider.CreateListingAsync(pool.PoolId));
        await provider.PublishAsync(published.ListingId);

        using var watch = server.AddParty(Role.Buyer).Inventory.WatchInventory(new());
        var snapshot = await Watched.SnapshotAsync(watch);

        Assert.Equal(V1.InventoryChange.ChangeOneofCase.SnapshotBegin, snapshot[0].ChangeCase);
        Assert.Single(snapshot.Select(message => message.Sequence).Distinct());
        var listings = snapshot.Where(message => message.Listing is not null).Select(
            message => message.Listing.ListingId).ToList();
        Assert.Contains(published.ListingId, listings);
        Assert.DoesNotContain(draft.ListingId, listings);
        var free = snapshot.Single(message => message.PoolFreeCapacity?.PoolId == pool.PoolId).PoolFreeCapacity;
        Assert.Equal([180_000, 300_000], free.FreeSteps.Select(step => step.FreeKw));
        Assert.Equal(Party.Day("2051-04-01"), free.FreeSteps[^1].EndDate);
        Assert.Equal(
            (listings.Count, snapshot.Count(message => message.PoolFreeCapacity is not null)),
            ((int)snapshot[^1].SnapshotEnd.ListingCount, (int)snapshot[^1].SnapshotEnd.PoolCount));
    }

    [Fact]
    public async Task WatchInventory_ResumedAfterASequence_TellsEveryChangeAfterItWithoutAGap()
    {
        var pool = await provider.CreatePoolAsync();
        var listing = await provider.CreateListingAsync(pool.PoolId);
        using var first = server.Service.Inventory.WatchInventory(new());
        var after = (await Watched.SnapshotAsync(first))[^1].Sequence;

        await provider.PublishAsync(listing.ListingId);
        var request = Party.Reservation(provider, 300_000, "2026-05-01", "2029-06-01", pool.PoolId);
        await server.Service.Reservations.ReserveCapacityAsync(request);
        await provider.Inventory.WithdrawListingAsync(
            new() { RequestId = Party.NewId(), ListingId = listing.ListingId });

        // Published and its pool, sold out: pool and exhausted listing, withdrawn.
        var followed = await Watched.TakeAsync(first, 5);
        using var second = server.Service.Inventory.WatchInventory(new() { AfterSequence = after });
        var resumed = await Watched.TakeAsync(second, 5);
        Assert.Equal(
            [after + 1, after + 2, after + 3, after + 4, after + 5], followed.Select(message => message.Sequence));
        Assert.Equal(
            [after + 1, after + 2, after + 3, after + 4, after + 5], resumed.Select(message => message.Sequence));
        Assert.Equal(V1.ListingState.Withdrawn, resumed[4].Listing.State);
        Assert.Equal([180_000, 0, 300_000], resumed[2].PoolFreeCapacity.FreeSteps.Select(step => step.FreeKw));
    }

    [Fact]
    public async Task WatchInventory_AfterASequenceThatNeverWas_BeginsWithASnapshot()
    {
        using var watch = server.Service.Inventory.WatchInventory(new() { AfterSequence = 1_000_000_000 });

        Assert.NotNull((await Watched.SnapshotAsync(watch))[0].SnapshotBegin);
    }

    [Fact]
    public async Task WatchInventory_AfterWhatIsNoLongerKept_BeginsWithASnapshotThatTellsTheSame()
    {
        var pool = await provider.CreatePoolAsync();
        var listing = await provider.CreateListingAsync(pool.PoolId);
        using var first = server.Service.Inventory.WatchInventory(new());
        var after = (await Watched.SnapshotAsync(first))[^1].Sequence;
        await provider.PublishAsync(listing.ListingId);
        var followed = await Watched.TakeAsync(first, 2);
        await AgeChangesAsync(upTo: after + 1);

        await server.Pruning.PruneAsync(default);

        using var late = server.Service.Inventory.WatchInventory(new() { AfterSequence = after });
        var snapshot = await Watched.SnapshotAsync(late);
        Assert.NotNull(snapshot[0].SnapshotBegin);
        Assert.Equal(after + 2, snapshot[0].Sequence);
        Assert.Contains(snapshot, message => message.Listing?.ListingId == listing.ListingId);
        // Whoever has applied all that is deleted goes on.
        using var fresh = server.Service.Inventory.WatchInventory(new() { AfterSequence = after + 1 });
        Assert.Equal(followed[1], Assert.Single(await Watched.TakeAsync(fresh, 1)));
    }

    [Fact]
    public async Task WatchInventory_EverythingIsDeletedWhileItIsOpen_GoesOnWithoutASnapshot()
    {
        var pool = await provider.CreatePoolAsync();
        var listing = await provider.CreateListingAsync(pool.PoolId);
        using var watch = server.Service.Inventory.WatchInventory(new());
        var after = (await Watched.SnapshotAsync(watch))[^1].Sequence;
        await AgeChangesAsync(upTo: after);

        await server.Pruning.PruneAsync(default);
        await provider.PublishAsync(listing.ListingId);

        Assert.Equal([after + 1, after + 2], (await Watched.TakeAsync(watch, 2)).Select(message => message.Sequence));
    }

    [Fact]
    public async Task WatchInventory_NothingChanges_Heartbeats()
    {
        using var watch = server.Service.Inventory.WatchInventory(new());
        var snapshot = await Watched.SnapshotAsync(watch);

        var heartbeat = (await Watched.TakeAsync(watch, 1, withHeartbeats: true)).Single();

        Assert.Equal((V1.InventoryChange.ChangeOneofCase.Heartbeat, snapshot[^1].Sequence),
            (heartbeat.ChangeCase, heartbeat.Sequence));
    }

    [Fact]
    public async Task WatchInventory_NegativeSequence_IsRefused()
    {
        using var watch = server.Service.Inventory.WatchInventory(new() { AfterSequence = -1 });

        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    private async Task AgeChangesAsync(long upTo)
    {
        await using var owner = NpgsqlDataSource.Create(server.OwnerConnectionString);
        await using var command = owner.CreateCommand(
            "update inventory_change set create_time = now() - interval '25 hours' where sequence <= $1");
        command.Parameters.AddWithValue(upTo);
        await command.ExecuteNonQueryAsync();
    }
}
