using Grpc.Core;
using Marketplace.Accounts.V1;
using Marketplace.Inventory.V1;

namespace Marketplace.Client.Tests;

/// <summary>Watches on streams that break off where a real service's would not reliably.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    private ScriptedServer server = null!;

    public async Task InitializeAsync() => server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task WatchInventory_StreamBreaksOff_GoesOnAfterTheLastChange()
    {
        server.Inventory.Changes = async (count, stream, _) =>
        {
            foreach (var change in count switch
            {
                1 => new[] { Begin(5), Listing(5, "a"), End(5), Listing(6, "b"), Heartbeat(8) },
                // What is told again is not handed on again.
                2 => [Listing(8, "hidden"), Listing(9, "c")],
                _ => [Listing(10, "d")],
            })
            {
                await stream.WriteAsync(change);
            }
            if (count < 3) throw Details.Error(StatusCode.Unavailable, "SERVICE_DRAINING");
        };

        var changes = await TakeAsync(6);

        Assert.Equal(["begin", "a", "end", "b", "c", "d"], changes);
        Assert.Equal([0, 8, 9], server.Inventory.AfterSequences.Take(3));
    }

    [Fact]
    public async Task WatchInventory_SnapshotBreaksOff_BeginsAgainFromNothing()
    {
        server.Inventory.Changes = async (count, stream, _) =>
        {
            foreach (var change in count switch
            {
                1 => new[] { Listing(7, "a") },
                // The changes after 7 are not kept.
                2 => [Begin(20), Listing(20, "b")],
                _ => [Begin(21), Listing(21, "b"), Listing(21, "c"), End(21), Listing(22, "d")],
            })
            {
                await stream.WriteAsync(change);
            }
            if (count < 3) throw Details.Error(StatusCode.Unavailable, "SERVICE_DRAINING");
        };

        var changes = await TakeAsync(8, afterSequence: 6);

        Assert.Equal(["a", "begin", "b", "begin", "b", "c", "end", "d"], changes);
        Assert.Equal([6, 7, 0], server.Inventory.AfterSequences.Take(3));
    }

    [Fact]
    public async Task WatchInventory_ServiceEndsTheStream_GoesOn()
    {
        server.Inventory.Changes = (count, stream, _) => stream.WriteAsync(Listing(count, $"{count}"));

        Assert.Equal(["1", "2", "3"], await TakeAsync(3));
        Assert.Equal([0, 1, 2], server.Inventory.AfterSequences.Take(3));
    }

    [Fact]
    public async Task WatchInventory_TooSlow_GoesOn()
    {
        server.Inventory.Changes = async (count, stream, _) =>
        {
            await stream.WriteAsync(Listing(count, $"{count}"));
            throw Details.Error(
                StatusCode.Aborted, "WATCH_TOO_SLOW", Details.RetryAfter(TimeSpan.FromMilliseconds(1)));
        };

        Assert.Equal(["1", "2"], await TakeAsync(2));
    }

    [Fact]
    public async Task WatchInventory_NothingIsHeard_IsTakenUpAnew()
    {
        var time = new StandingTime();
        server.Inventory.Changes = async (count, stream, context) =>
        {
            await stream.WriteAsync(Listing(count, $"{count}"));
            await ScriptedServer.NeverAsync<InventoryChange>(context);
        };
        using var client = server.Client(time);
        await using var watch = client.WatchInventoryAsync().GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());

        // While the caller is busy with a change, the stream may be silent.
        time.Advance(SilenceMax);
        var next = watch.MoveNextAsync();
        time.Advance(SilenceMax - TimeSpan.FromTicks(1));
        Assert.Single(server.Inventory.AfterSequences);
        time.Advance(TimeSpan.FromTicks(1));
        await RetryUntilAsync(time, next.AsTask());

        Assert.Equal("2", watch.Current.Listing.ListingId);
        Assert.Equal([0, 1], server.Inventory.AfterSequences);
    }

    [Fact]
    public async Task WatchInventory_AwayForLongerThanThePatience_EndsWithTheError()
    {
        var time = new StandingTime();
        server.Inventory.Changes = (_, _, _) => throw Details.Error(StatusCode.Unavailable, "AWAY");
        using var client = server.Client(time);
        await using var watch = client.WatchInventoryAsync().GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();

        await RetryUntilAsync(time, next);

        Assert.Equal("AWAY", (await Assert.ThrowsAsync<MarketException>(() => next)).Reason);
        Assert.InRange(server.Inventory.AfterSequences.Count, 2, int.MaxValue);
    }

    [Fact]
    public async Task WatchInventory_Refused_EndsAtOnce()
    {
        server.Inventory.Changes = (_, _, _) => throw Details.Error(StatusCode.Unauthenticated, "API_KEY_EXPIRED");

        var error = await Assert.ThrowsAsync<MarketException>(() => TakeAsync(1));

        Assert.Equal("API_KEY_EXPIRED", error.Reason);
        Assert.Single(server.Inventory.AfterSequences);
    }

    [Fact]
    public async Task WatchInventory_Cancelled_EndsAtOnceOnBothSides()
    {
        var ended = new TaskCompletionSource();
        server.Inventory.Changes = async (count, stream, context) =>
        {
            context.CancellationToken.Register(ended.SetResult);
            await stream.WriteAsync(Listing(count, "a"));
            await ScriptedServer.NeverAsync<InventoryChange>(context);
        };
        using var client = server.Client();
        using var cancelling = new CancellationTokenSource();
        await using var watch = client.WatchInventoryAsync(0, cancelling.Token).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        await ended.Task;
    }

    [Fact]
    public async Task WatchInventory_EnumeratedTwice_BeginsTwice()
    {
        server.Inventory.Changes = (_, stream, _) => stream.WriteAsync(Listing(3, "a"));
        using var client = server.Client();
        var changes = client.WatchInventoryAsync(2);

        for (var time = 0; time < 2; time++)
        {
            await foreach (var change in changes)
            {
                Assert.Equal(3, change.Sequence);
                break;
            }
        }

        Assert.Equal([2, 2], server.Inventory.AfterSequences);
    }

    [Fact]
    public async Task WatchClockAdvance_StreamBreaksOff_TellsEachStateOnceUntilTheEnd()
    {
        server.Accounts.Advance = async (count, stream, _) =>
        {
            foreach (var advance in count switch
            {
                1 => new[] { Advance(1), Advance(2) },
                2 => [Advance(2), Advance(3)],
                _ => [Advance(3), Advance(9, ClockAdvanceState.Succeeded)],
            })
            {
                await stream.WriteAsync(advance);
            }
            if (count < 3) throw Details.Error(StatusCode.Unavailable, "SERVICE_DRAINING");
        };
        using var client = server.Client();

        var told = new List<long>();
        await foreach (var advance in client.WatchClockAdvanceAsync("7")) told.Add(advance.WorkRunCount);

        Assert.Equal([1, 2, 3, 9], told);
        Assert.Equal(["7", "7", "7"], server.Accounts.Watches.Select(request => request.ClockAdvanceId));
    }

    [Fact]
    public async Task WatchClockAdvance_Stopped_Ends()
    {
        server.Accounts.Advance = (_, stream, _) => stream.WriteAsync(Advance(4, ClockAdvanceState.Stopped));
        using var client = server.Client();

        var told = new List<ClockAdvanceState>();
        await foreach (var advance in client.WatchClockAdvanceAsync("7")) told.Add(advance.State);

        Assert.Equal([ClockAdvanceState.Stopped], told);
        Assert.Single(server.Accounts.Watches);
    }

    /// <summary>Lets the client try again, as often as it wants to, until it has come to something.</summary>
    private static async Task RetryUntilAsync(StandingTime time, Task task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, time.WaitedForAsync(MarketClientOptions.BackoffMaxDefault));
            time.Advance(MarketClientOptions.BackoffMaxDefault);
        }
    }

    private async Task<List<string>> TakeAsync(int count, long afterSequence = 0)
    {
        using var client = server.Client();
        var told = new List<string>();
        await foreach (var change in client.WatchInventoryAsync(afterSequence))
        {
            told.Add(change.ChangeCase switch
            {
                InventoryChange.ChangeOneofCase.SnapshotBegin => "begin",
                InventoryChange.ChangeOneofCase.SnapshotEnd => "end",
                InventoryChange.ChangeOneofCase.Listing => change.Listing.ListingId,
                _ => change.ChangeCase.ToString(),
            });
            if (told.Count == count) break;
        }
        return told;
    }

    private static InventoryChange Begin(long sequence) => new() { Sequence = sequence, SnapshotBegin = new() };

    private static InventoryChange End(long sequence) => new() { Sequence = sequence, SnapshotEnd = new() };

    private static InventoryChange Heartbeat(long sequence) => new() { Sequence = sequence, Heartbeat = new() };

    private static InventoryChange Listing(long sequence, string listingId) =>
        new() { Sequence = sequence, Listing = new() { ListingId = listingId } };

    private static ClockAdvance Advance(long count, ClockAdvanceState state = ClockAdvanceState.Running) =>
        new() { State = state, WorkRunCount = count };
}
