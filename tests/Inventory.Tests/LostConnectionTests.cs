using Dapper;
using Grpc.Core;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// Connections that are lost again and again, also between a commit and its answer: what is asked again is done once.
/// </summary>
public sealed class LostConnectionTests
{
    private const int Lots = 300;
    private const int Callers = 50;
    private const int LossesMin = 5;

    [Fact]
    public async Task ReserveCapacity_ConnectionsLostAgainAndAgain_IsDoneOnceEach()
    {
        await using var database = await Servers.CreateDatabaseAsync("inventory");
        await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole,
            typeof(ShardWriter).Assembly, NullLogger.Instance, default);
        await using var source = NpgsqlDataSource.Create(database.ApplicationConnectionString);
        using var outbox = new OutboxSignal();
        var clock = new MarketClock(MarketClockMode.Production, TimeProvider.System);
        var books = new Database(source, clock, outbox);
        var (providerId, pool) = await CreatePoolAsync(books);
        var writer = new ShardWriter(providerId, books, source, clock, TimeProvider.System);
        using var ending = new CancellationTokenSource();
        var losses = LoseAsync(database, ending.Token);

        var won = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var leases = new List<Guid>();
            while (await TryReserveAsync(writer, providerId, pool) is { } lease) leases.Add(lease);
            return leases;
        })));
        await ending.CancelAsync();

        Assert.True(await losses >= LossesMin);
        var leases = won.SelectMany(own => own).ToList();
        source.Clear();
        await using var transaction = await books.BeginSnapshotAsync(default);
        var made = await ReservationRows.ListAsync(transaction, providerId, null, null, null, null, Lots * 2);
        Assert.Equal(leases.Order(), made.Select(reservation => reservation.LeaseId).Order());
        Assert.Equal(Lots, leases.Count);
        Assert.Empty(await CapacityAudit.FindMisbookedAsync(
            transaction, (await PoolRows.ReadAsync(transaction, [pool.PoolId])).Single()));
    }

    // As a caller does: whatever went wrong, the same request again, until it is answered.
    private static async Task<Guid?> TryReserveAsync(ShardWriter writer, Guid providerId, Pool pool)
    {
        var request = new V1.ReserveCapacityRequest
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
                            ReservedKw = 1,
                        },
                    },
                },
            },
        };
        var key = new RequestKey(providerId, Guid.CreateVersion7(), "/Reserve", Guid.CreateVersion7().ToByteArray());
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
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            TimeSpan.FromMinutes(2));
        return won;
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
