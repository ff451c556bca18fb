using Dapper;
using Grpc.Core;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Inventory.Tests;

/// <summary>The writer of a provider's books where things go wrong around it.</summary>
public sealed class ShardWriterTests : IAsyncLifetime, IDisposable
{
    private const int Lots = 1_500;

    // Enough for batches that are decided ahead of the commit of the one before.
    private const int Callers = 200;
    private const int LossesMin = 5;
    private const int ConnectionsMax = 30;

    private readonly OutboxSignal outbox = new();
    private readonly MarketClock clock = new(MarketClockMode.Production, TimeProvider.System);
    private TestDatabase database = null!;
    private NpgsqlDataSource source = null!;
    private Database books = null!;
    private ShardWriter writer = null!;
    private Guid providerId;
    private Pool pool = null!;

    public async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync("inventory");
        await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole,
            typeof(ShardWriter).Assembly, NullLogger.Instance, default);
        source = ShardWriter.CreateSource(database.ApplicationConnectionString, ConnectionsMax);
        books = new(source, clock, outbox);
        (providerId, pool) = await CreatePoolAsync(books);
        writer = new(providerId, books, source, clock, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }

    public void Dispose() => outbox.Dispose();

    [Fact]
    public async Task DecideAsync_MoreThanMayWait_RefusesThemAndAnswersTheOthers()
    {
        await using var other = await books.BeginAsync(default);
        await PoolRows.LockAsync(other, pool.PoolId);
        var accepted = new List<Task<V1.Reservation>>();

        var refused = Assert.Throws<RpcException>(() =>
        {
            // A batch is at work besides those that wait, held up by the lock.
            while (accepted.Count <= ShardWriter.WaitingMax + ShardWriter.BatchMax)
                accepted.Add(writer.DecideAsync(ReserveCapacity.Read(Request(), Key()), isOwner: true));
        });
        await other.CommitAsync(default);
        var won = await Task.WhenAll(accepted.Select(async answer =>
        {
            var refusal = await Record.ExceptionAsync(() => answer);
            if (refusal is null) return true;
            Assert.Equal("CAPACITY_SHORT", RpcErrors.ReasonOf(Assert.IsType<RpcException>(refusal)));
            return false;
        }));

        Assert.Equal((StatusCode.Unavailable, "BOOKS_BUSY"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.True(accepted.Count >= ShardWriter.WaitingMax);
        Assert.Equal(Lots, won.Count(isWon => isWon));
    }

    // What is asked again is done once, also when a connection is lost between a commit and its answer.
    [Fact]
    public async Task ReserveCapacity_ConnectionsLostAgainAndAgain_IsDoneOnceEach()
    {
        using var ending = new CancellationTokenSource();
        var losses = LoseAsync(database, ending.Token);

        var leases = await ReserveAllAsync(writer);
        await ending.CancelAsync();

        Assert.True(await losses >= LossesMin);
        source.Clear();
        await CheckAsync(leases);
    }

    // None of them is told of the others: each finds out by the fence that what it decided ahead came to nothing.
    [Fact]
    public async Task ReserveCapacity_TwoWritersAndAnotherHand_SellWhatThereIsOnce()
    {
        using var ending = new CancellationTokenSource();
        var rival = new ShardWriter(providerId, books, source, clock, TimeProvider.System);
        var changes = ChangeByHandAsync(ending.Token);

        var leases = await ReserveAllAsync(writer, rival);
        await ending.CancelAsync();

        Assert.True(await changes > 0);
        await CheckAsync(leases);
    }

    // A refusal for the sake of something that came to nothing would be wrong.
    [Fact]
    public async Task ReserveCapacity_RefusedForWhatIsNotYetDurable_IsDecidedAnewWhenThatComesToNothing()
    {
        await ReserveAsync(Request());
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync();
        await using var other = await connection.BeginTransactionAsync();
        // What is inserted for a lease that another hand is inserting waits for that hand, and then comes to nothing.
        var taken = Party.NewId();
        await InsertReservationAsync(connection, taken);
        var half = Enumerable.Range(0, Callers / 2).Select(i =>
        {
            var request = Request(kw: i == 0 ? Lots - 1 : 1);
            if (i == 0) request.LeaseId = taken;
            return request;
        }).ToList();
        var first = half.ConvertAll(ReserveAsync);
        var second = half.ConvertAll(_ => ReserveAsync(Request()));
        await other.CommitAsync();

        Assert.Equal("LEASE_ID_REUSED", await RefusalAsync(first[0]));
        foreach (var answer in first.Skip(1).Concat(second)) Assert.Equal("", await RefusalAsync(answer));
    }

    private async Task<List<Guid>> ReserveAllAsync(params ShardWriter[] writers)
    {
        var won = await Task.WhenAll(Enumerable.Range(0, Callers * writers.Length).Select(caller => Task.Run(async () =>
        {
            var leases = new List<Guid>();
            while (await TryReserveAsync(writers[caller % writers.Length]) is { } lease) leases.Add(lease);
            return leases;
        })));
        return [.. won.SelectMany(own => own)];
    }

    private async Task CheckAsync(List<Guid> leases)
    {
        await using var transaction = await books.BeginSnapshotAsync(default);
        var made = await ReservationRows.ListAsync(transaction, providerId, null, null, null, null, Lots * 2);
        Assert.Equal(leases.Order(), made.Select(reservation => reservation.LeaseId).Order());
        Assert.Equal(Lots, leases.Count);
        Assert.Empty(await CapacityAudit.FindMisbookedAsync(
            transaction, (await PoolRows.ReadAsync(transaction, [pool.PoolId])).Single()));
    }

    private Task<int> InsertReservationAsync(NpgsqlConnection connection, string leaseId) => connection.ExecuteAsync(
        """
        insert into reservation (reservation_id, lease_id, provider_organisation_id, buyer_organisation_id, state,
            start_date, end_date, original_end_date, content_hash, version, create_time, update_time)
        values (gen_random_uuid(), @leaseId::uuid, @providerId, @providerId, 'RELEASED', @day, @day, @end, ''::bytea, 1,
            now(), now())
        """,
        new { leaseId, providerId, day = pool.CalendarStartDate, end = pool.CalendarStartDate.AddYears(3) });

    private V1.ReserveCapacityRequest Request(int kw = 1) => new()
    {
        LeaseId = Party.NewId(),
        ProviderOrganisationId = providerId.ToString(),
        BuyerOrganisationId = Party.NewId(),
        Tranches =
        {
            new V1.TrancheProfile
            {
                TrancheId = "hall",
                PoolId = pool.PoolId.ToString(),
                Steps =
                {
                    new V1.ReservedStep
                    {
                        StartDate = pool.CalendarStartDate.ToProto(),
                        EndDate = pool.CalendarStartDate.AddYears(3).ToProto(),
                        ReservedKw = kw,
                    },
                },
            },
        },
    };

    private RequestKey Key() => new(providerId, Guid.CreateVersion7(), "/Reserve", Guid.CreateVersion7().ToByteArray());

    // As a caller does: whatever went wrong, the same request again, until it is answered.
    private async Task<Guid?> TryReserveAsync(ShardWriter writer)
    {
        var (request, key) = (Request(), Key());
        Guid? won = null;
        await Eventually.AsyncThat(
            async () =>
            {
                try
                {
                    await writer.DecideAsync(ReserveCapacity.Read(request, key), isOwner: true);
                    won = Guid.Parse(request.LeaseId);
                    return true;
                }
                catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "CAPACITY_SHORT")
                {
                    return true;
                }
                catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "BOOKS_BUSY")
                {
                    return false;
                }
                catch (NpgsqlException exception) when (exception.SqlState != PostgresErrorCodes.CheckViolation)
                {
                    return false;
                }
            },
            TimeSpan.FromMinutes(2));
        return won;
    }

    private Task<V1.Reservation> ReserveAsync(V1.ReserveCapacityRequest request) =>
        writer.DecideAsync(ReserveCapacity.Read(request, Key()), isOwner: true);

    private static async Task<string> RefusalAsync(Task<V1.Reservation> answer) =>
        await Record.ExceptionAsync(() => answer) is RpcException refusal ? RpcErrors.ReasonOf(refusal) : "";

    private async Task<int> ChangeByHandAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var changes = 0;
        for (; !cancellationToken.IsCancellationRequested; changes++)
        {
            await using var transaction = await books.BeginAsync(CancellationToken.None);
            await PoolRows.LockAsync(transaction, pool.PoolId);
            await transaction.CommitAsync(CancellationToken.None);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        return changes;
    }

    private static async Task<int> LoseAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(await Servers.GetPostgresAsync());
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        var losses = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            losses += await connection.QuerySingleAsync<int>(
                """
                select count(pg_terminate_backend(pid))::int from pg_stat_activity
                where datname = @Name and usename = @ApplicationRole
                """,
                new { database.Name, database.ApplicationRole });
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        return losses;
    }

    private static async Task<(Guid ProviderId, Pool Pool)> CreatePoolAsync(Database books)
    {
        var providerId = Guid.CreateVersion7();
        await using var transaction = await books.BeginAsync(default);
        var site = await CreateSite.HandleAsync(
            transaction, new() { DisplayName = "Site", Region = "eu", TimeZone = "Etc/UTC" }, providerId);
        var pool = await CreatePool.HandleAsync(transaction, new()
        {
            SiteId = site.SiteId.ToString(),
            DisplayName = "Pool",
            ServiceLevel = Terms.V1.ServiceLevel.Colocation,
            NameplateKw = Lots,
            CapacitySteps = { new V1.CurveStep { StartDate = Party.Day("2025-01-01"), PowerKw = Lots } },
        }, providerId);
        await transaction.CommitAsync(default);
        return (providerId, pool);
    }
}
