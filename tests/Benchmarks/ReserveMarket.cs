using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Grpc.Core;
using Marketplace.Inventory;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using V1 = Marketplace.Inventory.V1;

namespace Marketplace.Benchmarks;

/// <summary>A database of Inventory, and the parts of the service that reserve in it.</summary>
internal sealed class ReserveMarket : IAsyncDisposable
{
    private const int ConnectionsMax = 64;

    private readonly TestDatabase database;
    private readonly OutboxSignal outbox = new();

    private ReserveMarket(TestDatabase database)
    {
        this.database = database;
        Source = ShardWriter.CreateSource(database.ApplicationConnectionString, ConnectionsMax);
        Owner = ShardWriter.CreateSource(database.OwnerConnectionString, ConnectionsMax);
        Books = new(Source, Clock, outbox);
    }

    public MarketClock Clock { get; } = new(MarketClockMode.Production, TimeProvider.System);

    public NpgsqlDataSource Source { get; }

    public NpgsqlDataSource Owner { get; }

    public Database Books { get; }

    public string OwnerConnectionString => database.OwnerConnectionString;

    public static async Task<ReserveMarket> CreateAsync()
    {
        var database = await Servers.CreateDatabaseAsync("inventory");
        await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole,
            typeof(ShardWriter).Assembly, NullLogger.Instance, default);
        return new(database);
    }

    public async Task<ReserveProvider> AddProviderAsync(int pools)
    {
        var providerId = Guid.CreateVersion7();
        await using var transaction = await Books.BeginAsync(default);
        var site = await CreateSite.HandleAsync(transaction, new()
        {
            DisplayName = "Colossus 1",
            Region = "us-tn",
            TimeZone = "America/Chicago",
        }, providerId);
        var poolIds = new List<Guid>();
        for (var i = 0; i < pools; i++)
        {
            var pool = await CreatePool.HandleAsync(transaction, new()
            {
                SiteId = site.SiteId.ToString(),
                DisplayName = $"Hall {i}",
                ServiceLevel = Terms.V1.ServiceLevel.ManagedCluster,
                NameplateKw = ReserveProvider.PoolKw,
                CapacitySteps =
                {
                    new V1.CurveStep
                    {
                        StartDate = ReserveProvider.ThisMonth.ToProto(),
                        PowerKw = ReserveProvider.PoolKw,
                    },
                },
            }, providerId);
            poolIds.Add(pool.PoolId);
        }
        await transaction.CommitAsync(default);
        return new(this, providerId, poolIds);
    }

    /// <summary>What was written before is not paid for by the next arm.</summary>
    public static async Task CheckpointAsync()
    {
        await using var connection = new NpgsqlConnection(await Servers.GetPostgresAsync());
        await connection.ExecuteAsync("checkpoint;");
    }

    public async Task<double> OversoldKwAsync()
    {
        await using var transaction = await Books.BeginSnapshotAsync(default);
        return (await CapacitySweep.FindOversoldAsync(transaction, null, null))
            .Select(found => found.WantedKw - found.FreeKw).DefaultIfEmpty().Max();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Owner.DisposeAsync();
        outbox.Dispose();
        await database.DisposeAsync();
    }
}

/// <summary>A provider, its pools, and the writer of its books.</summary>
internal sealed class ReserveProvider(ReserveMarket market, Guid providerId, IReadOnlyList<Guid> poolIds)
{
    public const int PoolKw = 100_000_000;
    public const int TooMuchKw = PoolKw;

    private const int TermMonths = 37;
    private const int DecisionBatch = 200;

    private static DateOnly Start => ThisMonth.AddMonths(1);

    private static readonly long FirstId = TimeProvider.System.GetUtcNow().Ticks;
    private static long lastId;

    private readonly ShardWriter writer =
        new(providerId, market.Books, market.Source, market.Clock, TimeProvider.System);

    /// <summary>The first day of the month.</summary>
    public static DateOnly ThisMonth { get; } =
        DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime) is var today
            ? new(today.Year, today.Month, 1)
            : default;

    public IReadOnlyList<Guid> PoolIds => poolIds;

    public Guid ProviderId => providerId;

    /// <summary>Lets callers reserve for a while, each one lease after the other on pools in turn.</summary>
    public async Task<ReserveRun> RunAsync(int callers, TimeSpan duration, int kw = 1)
    {
        var latencies = new ConcurrentBag<TimeSpan[]>();
        var batches = new ConcurrentBag<double>();
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<TimeSpan>();
            for (var i = caller; Stopwatch.GetElapsedTime(start) < duration; i += callers)
            {
                var asked = Stopwatch.GetTimestamp();
                await AskAsync(poolIds[i % poolIds.Count], kw);
                own.Add(Stopwatch.GetElapsedTime(asked));
                if (caller == 0) batches.Add(writer.LastBatchSize);
            }
            latencies.Add([.. own]);
        })));
        var elapsed = Stopwatch.GetElapsedTime(start);
        var all = latencies.SelectMany(own => own).Order().ToArray();
        var bytes = (GC.GetTotalAllocatedBytes() - allocated) / (double)all.Length;
        return new(all.Length, elapsed, all, batches.Average(), bytes);
    }

    /// <summary>Reserves for a number of leases.</summary>
    public async Task ReserveAsync(int leases)
    {
        for (var done = 0; done < leases;)
        {
            var next = Math.Min(ShardWriter.BatchMax, leases - done);
            await Task.WhenAll(Enumerable.Range(0, next).Select(_ => AskAsync(poolIds[0], 1)));
            done += next;
        }
    }

    /// <summary>What decides one lease after the other in memory, with the books as they are in the database.</summary>
    public async Task<Action> DecisionAsync()
    {
        var book = new ShardBook(providerId);
        await using (var transaction = await market.Books.BeginSnapshotAsync(default))
        {
            await book.RefreshAsync(transaction);
            await book.LoadLeasesAsync(transaction);
            await book.LoadAsync(transaction, poolIds);
        }
        var now = market.Clock.Now(null);
        var changes = Enumerable.Range(0, DecisionBatch).Select(_ => Change(poolIds[0], 1)).ToArray();
        var decisions = new BookDecisions(book, KnownReservations.None, now, standsOnOthers: false);
        var decided = 0;
        return () =>
        {
            decisions.Decide(changes[decided]);
            if (++decided < DecisionBatch) return;
            decided = 0;
            book.Find(poolIds[0])!.Close();
            decisions = new(book, KnownReservations.None, now, standsOnOthers: false);
        };
    }

    private async Task AskAsync(Guid poolId, int kw)
    {
        try
        {
            await writer.DecideAsync(Change(poolId, kw), isOwner: true);
        }
        catch (RpcException exception) when (kw == TooMuchKw && RpcErrors.ReasonOf(exception) == "CAPACITY_SHORT")
        {
            // That is what is measured.
        }
    }

    // In the order of time, as callers' ids are, and for nothing: it is not callers that are measured.
    private static Guid NextId()
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, FirstId);
        BinaryPrimitives.WriteInt64BigEndian(id[sizeof(long)..], Interlocked.Increment(ref lastId));
        return new(id, bigEndian: true);
    }

    private ReserveCapacity Change(Guid poolId, int kw)
    {
        var request = new V1.ReserveCapacityRequest
        {
            RequestId = NextId().ToString(),
            LeaseId = NextId().ToString(),
            ProviderOrganisationId = providerId.ToString(),
            BuyerOrganisationId = providerId.ToString(),
            Tranches =
            {
                new V1.TrancheProfile
                {
                    TrancheId = "hall",
                    PoolId = poolId.ToString(),
                    Steps =
                    {
                        new V1.ReservedStep
                        {
                            StartDate = Start.ToProto(),
                            EndDate = Start.AddMonths(TermMonths).ToProto(),
                            ReservedKw = kw,
                        },
                    },
                },
            },
        };
        var (requestId, leaseId) = (Guid.Parse(request.RequestId), Guid.Parse(request.LeaseId));
        var key = new RequestKey(
            providerId, requestId, "/ReserveCapacity", [.. requestId.ToByteArray(), .. leaseId.ToByteArray()]);
        return ReserveCapacity.Read(request, key);
    }
}
