using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// Whatever is done to books, by two writers that know of each other only by what the database says, and whenever one
/// of them is lost: they hold what a count of every kW on every day comes to.
/// </summary>
public sealed class BookSequenceTests : IAsyncLifetime
{
    private TestDatabase database = null!;
    private NpgsqlDataSource source = null!;

    public async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync("inventory");
        await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole,
            typeof(ShardWriter).Assembly, NullLogger.Instance, default);
        source = ShardWriter.CreateSource(database.ApplicationConnectionString, connectionsMax: 30);
    }

    public async Task DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public void Books_AnySequenceOfChangesAndCrashes_AgreeWithCountingEveryDay()
    {
        var sequences =
            from seed in Gen.Choose(int.MinValue, int.MaxValue)
            from length in Gen.Choose(5, 30)
            select (seed, length);
        var count = Soak.Count(daily: 500, full: 10_000);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(sequences.ToArbitrary(), sequence =>
            Task.Run(() => BookSequence.RunAsync(source, sequence.seed, sequence.length)).GetAwaiter().GetResult()));
    }
}

/// <summary>One sequence, beside a book that has a number for every pool and day.</summary>
internal sealed class BookSequence
{
    private const int Pools = 2;
    private const int Days = 50;
    private const int KwMax = 60;
    private const int CrowdSize = 300;

    // What a step leaves wrong, the next ones do not put right.
    private const int CheckedEach = 6;

    private readonly Random random;
    private readonly NpgsqlDataSource source;
    private readonly Database database;
    private readonly FixedTime time = new();
    private readonly MarketClock clock;
    private readonly Guid providerId = Guid.CreateVersion7();
    private readonly List<CountedPool> pools = [];
    private readonly List<CountedLease> leases = [];
    private readonly ShardWriter[] writers;
    private readonly DateOnly today;

    private BookSequence(NpgsqlDataSource source, OutboxSignal outbox, int seed)
    {
        (this.source, random) = (source, new Random(seed));
        clock = new(MarketClockMode.Production, time);
        database = new(source, clock, outbox);
        today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        writers = [NewWriter(), NewWriter()];
    }

    public static async Task RunAsync(NpgsqlDataSource source, int seed, int length)
    {
        using var outbox = new OutboxSignal();
        var sequence = new BookSequence(source, outbox, seed);
        await sequence.OpenAsync();
        for (var step = 0; step < length; step++)
        {
            await sequence.StepAsync();
            if (step % CheckedEach == 0) await sequence.CheckAsync();
        }
        await sequence.CheckAsync();
    }

    private async Task OpenAsync()
    {
        await using var transaction = await database.BeginAsync(default);
        var site = await CreateSite.HandleAsync(
            transaction, new() { DisplayName = "Site", Region = "eu", TimeZone = "Etc/UTC" }, providerId);
        for (var i = 0; i < Pools; i++)
        {
            var margin = random.Next(3) * 2;
            var pool = await CreatePool.HandleAsync(transaction, new()
            {
                SiteId = site.SiteId.ToString(),
                DisplayName = "Pool",
                ServiceLevel = Terms.V1.ServiceLevel.Colocation,
                NameplateKw = KwMax,
                DecommissioningDays = margin,
                CapacitySteps = { new V1.CurveStep { StartDate = today.ToProto(), PowerKw = KwMax } },
            }, providerId);
            pools.Add(new(pool.PoolId, margin, [.. Enumerable.Repeat(KwMax, Days * 2)], new int[Days * 2]));
        }
        await transaction.CommitAsync(default);
    }

    private Task StepAsync() => random.Next(20) switch
    {
        0 when random.Next(10) == 0 => CrowdAsync(),
        < 6 => ReserveAsync(isHold: false),
        6 => ReserveAsync(isHold: true),
        7 => ConfirmAsync(),
        < 11 => TruncateAsync(),
        < 13 => RestoreAsync(),
        < 15 => AmendAsync(),
        15 => ReleaseAsync(),
        16 => ReplaceAsync(isFloor: false),
        17 => ReplaceAsync(isFloor: true),
        18 => CrashAsync(),
        _ => TogetherAsync(),
    };

    private async Task ReserveAsync(bool isHold)
    {
        var lease = NewLease(isHold);
        if (await ApplyAsync(Reserve(lease), Fits(lease, null))) leases.Add(lease);
    }

    private Task TruncateAsync() => WithLeaseAsync(async lease =>
    {
        var end = Math.Max(lease.Start, random.Next(Days));
        var cut = lease with { End = Math.Min(end, lease.End), Version = lease.Version + 1 };
        await ApplyAsync(
            new TruncateReservation(lease.Id, Key(), today.AddDays(end), cut.Version), fits: true);
        Replace(lease, cut);
    });

    private Task RestoreAsync() => WithLeaseAsync(async lease =>
    {
        if (lease.IsGivenBack) return;
        var end = Math.Min(random.Next(Days), lease.OriginalEnd);
        var restored = lease with { End = Math.Max(end, lease.End), Version = lease.Version + 1 };
        if (await ApplyAsync(
            new RestoreReservation(lease.Id, Key(), today.AddDays(end), restored.Version), Fits(restored, lease)))
            Replace(lease, restored);
    });

    private Task AmendAsync() => WithLeaseAsync(async lease =>
    {
        if (lease.IsGivenBack) return;
        var other = NewLease(isHold: false);
        var amended = other with { Id = lease.Id, Version = lease.Version + 1, IsHold = lease.IsHold };
        if (await ApplyAsync(
            new AmendReservation(lease.Id, Key(), Profile(amended), amended.Version), Fits(amended, lease)))
            Replace(lease, amended);
    });

    private Task ReleaseAsync() => WithLeaseAsync(async lease =>
    {
        await ApplyAsync(new ReleaseReservation(lease.Id, Key()), fits: true);
        Replace(lease, lease with { End = lease.Start, IsGivenBack = true });
    });

    private Task ConfirmAsync() => WithLeaseAsync(async lease =>
    {
        if (lease.IsGivenBack) return;
        await ApplyAsync(new ConfirmReservation(lease.Id, Key()), fits: true);
        Replace(lease, lease with { IsHold = false });
    });

    // As the provider's own calls do: by hand in the database, and then the writers are told.
    private async Task ReplaceAsync(bool isFloor)
    {
        var pool = pools[random.Next(Pools)];
        var kwMax = isFloor ? KwMax / 3 : KwMax + 1;
        var steps = new SortedDictionary<int, int> { [0] = random.Next(kwMax) };
        for (var i = random.Next(3); i > 0; i--) steps[random.Next(Days)] = random.Next(kwMax);
        var kw = new int[Days * 2];
        for (var day = 0; day < kw.Length; day++) kw[day] = steps.Last(step => step.Key <= day).Value;
        var replaced = isFloor ? pool with { Floor = kw } : pool with { Capacity = kw };
        var held = Held(pool.Id, leases);
        var fits = Enumerable.Range(0, kw.Length).All(day =>
            held[day] <= replaced.Capacity[day] - replaced.Floor[day]);
        V1.CurveStep[] curve =
        [
            .. steps.Select(step => new V1.CurveStep
            {
                StartDate = today.AddDays(step.Key).ToProto(),
                PowerKw = step.Value,
            }),
        ];
        await using var transaction = await database.BeginAsync(default);
        try
        {
            var poolId = pool.Id.ToString();
            if (isFloor)
                await ReplaceCurve.FloorAsync(
                    transaction, new() { PoolId = poolId, FloorSteps = { curve } }, providerId);
            else
                await ReplaceCurve.CapacityAsync(
                    transaction, new() { PoolId = poolId, CapacitySteps = { curve } }, providerId);
            await transaction.CommitAsync(default);
            Assert.True(fits);
            pools[pools.IndexOf(pool)] = replaced;
        }
        catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "CAPACITY_SHORT")
        {
            Assert.False(fits);
        }
        foreach (var writer in writers) writer.Tell();
    }

    // A writer is lost while it is at work: all of what it was doing is there, or nothing.
    private async Task CrashAsync()
    {
        var lease = NewLease(isHold: false);
        var fits = Fits(lease, null);
        var change = Reserve(lease);
        var answer = writers[0].DecideAsync(change, isOwner: true);
        writers[0] = NewWriter();
        var other = NewLease(isHold: false);
        await ExpectAnyAsync(writers[0].DecideAsync(Reserve(other), isOwner: false));
        await ExpectAnyAsync(answer);
        await using var transaction = await database.BeginAsync(default);
        var made = (await ReservationRows.ReadByLeasesAsync(transaction, [lease.Id, other.Id]))
            .Select(reservation => reservation.LeaseId).ToHashSet();
        leases.AddRange(new[] { lease, other }.Where(lost => made.Contains(lost.Id)));
        // Whoever fitted at first can have been refused for the other alone.
        Assert.True(!fits || made.Count > 0);
    }

    // Several at once, of which not all may fit: what is won is counted by what the answers say.
    private async Task TogetherAsync()
    {
        var wanted = Enumerable.Range(0, 6).Select(_ => NewLease(isHold: false)).ToArray();
        var answers = await Task.WhenAll(wanted.Select((lease, i) =>
            ExpectAnyAsync(writers[i % 2].DecideAsync(Reserve(lease), isOwner: i % 2 == 0))));
        leases.AddRange(wanted.Where((_, i) => answers[i]));
    }

    // So many that some are decided on what is not durable yet, while the other writer takes some of it.
    private async Task CrowdAsync()
    {
        var day = random.Next(Days - 10);
        var wanted = Enumerable.Range(0, CrowdSize).Select(i =>
        {
            var tranche = new CountedTranche(pools[random.Next(Pools)].Id, day + (i % 3), [1, 1, 1]);
            return new CountedLease(
                Guid.CreateVersion7(), [tranche], tranche.Start, tranche.Start + 3, tranche.Start + 3, 1, false, false);
        }).ToArray();
        var answers = await Task.WhenAll(wanted.Select((lease, i) =>
            ExpectAnyAsync(writers[i % 16 == 0 ? 1 : 0].DecideAsync(Reserve(lease), isOwner: i % 16 != 0))));
        leases.AddRange(wanted.Where((_, i) => answers[i]));
        writers[0].Tell();
    }

    private async Task<bool> ApplyAsync(BookChange change, bool fits)
    {
        var isOwner = random.Next(2) == 0;
        var isGranted = await ExpectAnyAsync(writers[isOwner ? 0 : 1].DecideAsync(change, isOwner));
        Assert.Equal(fits, isGranted);
        if (!isOwner) writers[0].Tell();
        return isGranted;
    }

    private static async Task<bool> ExpectAnyAsync(Task<V1.Reservation> answer)
    {
        try
        {
            await answer;
            return true;
        }
        catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "CAPACITY_SHORT")
        {
            return false;
        }
    }

    private async Task CheckAsync()
    {
        await using var transaction = await database.BeginSnapshotAsync(default);
        var books = await PoolRows.ReadAsync(transaction, [.. pools.Select(pool => pool.Id)]);
        foreach (var free in await PoolMonthRows.ReadAsync(
            transaction, books, new(today, today.AddDays(Days * 2))))
        {
            var pool = pools.Single(pool => pool.Id == free.PoolId);
            var held = Held(pool.Id, leases);
            Assert.Equal(
                Enumerable.Range(0, Days * 2).Select(day => pool.Capacity[day] - pool.Floor[day] - held[day]),
                free.Over(new(today, today.AddDays(Days * 2))));
        }
        Assert.Empty(await CapacitySweep.FindOversoldAsync(transaction, null, providerId));
        foreach (var pool in books) Assert.Empty(await CapacityAudit.FindMisbookedAsync(transaction, pool));
        var epoch = (await ShardRows.FindAsync(transaction, providerId))!.Epoch;
        foreach (var book in writers.Select(writer => writer.Book)
            .Where(book => book.Exists && book.Epoch.Epoch == epoch))
        {
            foreach (var pool in book.Pools)
            {
                var rebuilt = await CapacityAudit.RebuildAsync(transaction, pool.Pool);
                Assert.True(rebuilt.FreeKw.AsSpan().SequenceEqual(pool.Free.FreeKw));
            }
        }
    }

    private bool Fits(CountedLease wanted, CountedLease? instead)
    {
        var others = leases.Where(lease => lease != instead).Append(wanted).ToList();
        return pools.All(pool =>
        {
            var held = Held(pool.Id, others);
            return Enumerable.Range(0, Days * 2).All(day => held[day] <= pool.Capacity[day] - pool.Floor[day]);
        });
    }

    // The margin of a tranche: on each of its days the least that the tranche has held from its last day up to it.
    private int[] Held(Guid poolId, IEnumerable<CountedLease> counted)
    {
        var kw = new int[Days * 2];
        var margin = pools.Single(pool => pool.Id == poolId).Margin;
        foreach (var lease in counted)
        {
            foreach (var tranche in lease.Tranches.Where(tranche => tranche.PoolId == poolId))
            {
                var end = Math.Min(lease.End, tranche.Start + tranche.Kw.Length);
                if (end <= tranche.Start) continue;
                for (var day = tranche.Start; day < end; day++) kw[day] += tranche.Kw[day - tranche.Start];
                for (var (day, least) = (end, tranche.Kw[end - 1 - tranche.Start]); day < end + margin; day++)
                {
                    var i = day - tranche.Start;
                    if (i < tranche.Kw.Length) least = Math.Min(least, tranche.Kw[i]);
                    kw[day] += least;
                }
            }
        }
        return kw;
    }

    private CountedLease NewLease(bool isHold)
    {
        var tranches = Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
        {
            var start = random.Next(Days - 10);
            var kw = new List<int>();
            for (var steps = random.Next(1, 4); steps > 0; steps--)
            {
                var power = random.Next(KwMax / 3);
                kw.AddRange(Enumerable.Repeat(power, random.Next(1, (Days - start) / 3)));
            }
            return new CountedTranche(pools[random.Next(Pools)].Id, start, [.. kw]);
        }).ToArray();
        var (first, last) = (tranches.Min(tranche => tranche.Start),
            tranches.Max(tranche => tranche.Start + tranche.Kw.Length));
        return new(Guid.CreateVersion7(), tranches, first, last, last, 1, isHold, false);
    }

    private ReserveCapacity Reserve(CountedLease lease)
    {
        var profile = new V1.ReserveCapacityRequest
        {
            LeaseId = lease.Id.ToString(),
            ProviderOrganisationId = providerId.ToString(),
            BuyerOrganisationId = Party.NewId(),
            Tranches = { ToProto(lease) },
        };
        return lease.IsHold
            ? ReserveCapacity.Read(
                new V1.HoldCapacityRequest
                {
                    LeaseId = profile.LeaseId,
                    ProviderOrganisationId = profile.ProviderOrganisationId,
                    BuyerOrganisationId = profile.BuyerOrganisationId,
                    Tranches = { profile.Tranches },
                    ExpireTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(
                        time.GetUtcNow().AddDays(1)),
                },
                Key())
            : ReserveCapacity.Read(profile, Key());
    }

    private List<HeldStep> Profile(CountedLease lease) => new Fields().Profile("tranches", [.. ToProto(lease)]);

    private IEnumerable<V1.TrancheProfile> ToProto(CountedLease lease) => lease.Tranches.Select((tranche, i) =>
        new V1.TrancheProfile
        {
            TrancheId = $"t-{i}",
            PoolId = tranche.PoolId.ToString(),
            Steps =
            {
                DaysOfPower.Runs(today.AddDays(tranche.Start), tranche.Kw).Select(run => new V1.ReservedStep
                {
                    StartDate = run.Days.Start.ToProto(),
                    EndDate = run.Days.End.ToProto(),
                    ReservedKw = run.Kw,
                }),
            },
        });

    private RequestKey Key() => new(providerId, Guid.CreateVersion7(), "/Change", Guid.CreateVersion7().ToByteArray());

    private ShardWriter NewWriter() => new(providerId, database, source, clock, TimeProvider.System);

    private void Replace(CountedLease lease, CountedLease by) => leases[leases.IndexOf(lease)] = by;

    private Task WithLeaseAsync(Func<CountedLease, Task> act) =>
        leases.Count == 0 ? Task.CompletedTask : act(leases[random.Next(leases.Count)]);

    private sealed record CountedPool(Guid Id, int Margin, int[] Capacity, int[] Floor);

    private sealed record CountedTranche(Guid PoolId, int Start, int[] Kw);

    private sealed record CountedLease(
        Guid Id, CountedTranche[] Tranches, int Start, int End, int OriginalEnd, long Version, bool IsHold,
        bool IsGivenBack);

    // The day must not change while a sequence runs.
    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);
    }
}
