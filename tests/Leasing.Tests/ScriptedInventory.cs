using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Leasing.Tests;

/// <summary>
/// Inventory as this service sees it over the wire: a stream of changes and answers that a test decides. It is the
/// boundary; what Inventory itself does is tested with Inventory.
/// </summary>
internal sealed class ScriptedInventory : IAsyncDisposable
{
    private readonly Lock changesLock = new();
    private readonly List<InventoryChange> changes = [];
    private readonly ConcurrentDictionary<ChannelWriter<InventoryChange>, CancellationTokenSource> watchers = new();
    private readonly WebApplication app;

    private ScriptedInventory()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        app = builder.Build();
        app.MapGrpcService<ListingsRpc>();
        app.MapGrpcService<ReservationsRpc>();
    }

    public Uri Address => new(app.Urls.Single());

    /// <summary>How ReserveCapacity answers; by default everything is free.</summary>
    public Func<ReserveCapacityRequest, Task> OnReserve { get; set; } = _ => Task.CompletedTask;

    /// <summary>How RestoreReservation answers.</summary>
    public Func<RestoreReservationRequest, Task> OnRestore { get; set; } = _ => Task.CompletedTask;

    public ConcurrentQueue<ReserveCapacityRequest> Reservations { get; } = new();

    public ConcurrentQueue<RestoreReservationRequest> Restorations { get; } = new();

    public ConcurrentQueue<TruncateReservationRequest> Truncations { get; } = new();

    /// <summary>Where each call of WatchInventory wanted to go on.</summary>
    public ConcurrentQueue<long> Watches { get; } = new();

    public static async Task<ScriptedInventory> StartAsync()
    {
        var inventory = new ScriptedInventory();
        await inventory.app.StartAsync();
        return inventory;
    }

    public static RpcException Short(ReserveCapacityRequest request, int freeKw)
    {
        var (tranche, shortage) = (request.Tranches[0], new CapacityShort { ShortfallCount = 1 });
        shortage.Shortfalls.Add(Shortfall(tranche.PoolId, tranche.Steps[0], freeKw));
        return RpcErrors.ResourceExhausted("CAPACITY_SHORT", "short", shortage);
    }

    public static CapacityShortfall Shortfall(string poolId, ReservedStep step, int freeKw) => new()
    {
        PoolId = poolId,
        TrancheId = "capacity",
        StartDate = step.StartDate,
        EndDate = step.EndDate,
        WantedKw = step.ReservedKw,
        FreeKw = freeKw,
        ShortKw = step.ReservedKw - freeKw,
    };

    public void Tell(Listing listing) => Tell(new InventoryChange { Listing = listing });

    public void Tell(PoolFreeCapacity pool) => Tell(new InventoryChange { PoolFreeCapacity = pool });

    /// <summary>Breaks every stream that is open.</summary>
    public void BreakStreams()
    {
        foreach (var (_, stop) in watchers) stop.Cancel();
    }

    public Listing? Find(string listingId)
    {
        lock (changesLock) return changes.LastOrDefault(change => change.Listing?.ListingId == listingId)?.Listing;
    }

    public async ValueTask DisposeAsync()
    {
        BreakStreams();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private void Tell(InventoryChange change)
    {
        lock (changesLock)
        {
            change.Sequence = changes.Count + 1;
            changes.Add(change);
            foreach (var (watcher, _) in watchers) watcher.TryWrite(change);
        }
    }

    private async Task WatchAsync(
        long after, IServerStreamWriter<InventoryChange> stream, CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<InventoryChange>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Watches.Enqueue(after);
        lock (changesLock)
        {
            if (after == 0)
            {
                var now = changes.Count;
                channel.Writer.TryWrite(new() { Sequence = now, SnapshotBegin = new() });
                foreach (var change in changes)
                {
                    var told = change.Clone();
                    told.Sequence = now;
                    channel.Writer.TryWrite(told);
                }
                channel.Writer.TryWrite(new() { Sequence = now, SnapshotEnd = new() });
            }
            else
            {
                foreach (var change in changes.Skip((int)after)) channel.Writer.TryWrite(change);
            }
            watchers[channel.Writer] = stop;
        }
        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(stop.Token)) await stream.WriteAsync(
                change, stop.Token);
        }
        finally
        {
            watchers.TryRemove(channel.Writer, out _);
        }
    }

    private sealed class ListingsRpc(ScriptedInventory inventory) : InventoryService.InventoryServiceBase
    {
        public override Task WatchInventory(
            WatchInventoryRequest request, IServerStreamWriter<InventoryChange> responseStream,
            ServerCallContext context) =>
            inventory.WatchAsync(request.AfterSequence, responseStream, context.CancellationToken);

        public override Task<Listing> GetListing(GetListingRequest request, ServerCallContext context) =>
            Task.FromResult(inventory.Find(request.ListingId)
                ?? throw RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", request.ListingId));
    }

    private sealed class ReservationsRpc(ScriptedInventory inventory)
        : CapacityReservationService.CapacityReservationServiceBase
    {
        public override async Task<Reservation> ReserveCapacity(
            ReserveCapacityRequest request, ServerCallContext context)
        {
            inventory.Reservations.Enqueue(request);
            await inventory.OnReserve(request);
            return new() { LeaseId = request.LeaseId, State = ReservationState.Reserved };
        }

        public override async Task<Reservation> RestoreReservation(
            RestoreReservationRequest request, ServerCallContext context)
        {
            inventory.Restorations.Enqueue(request);
            await inventory.OnRestore(request);
            return new() { LeaseId = request.LeaseId, State = ReservationState.Reserved };
        }

        public override Task<Reservation> TruncateReservation(
            TruncateReservationRequest request, ServerCallContext context)
        {
            inventory.Truncations.Enqueue(request);
            return Task.FromResult(new Reservation { LeaseId = request.LeaseId, State = ReservationState.Reserved });
        }
    }
}
