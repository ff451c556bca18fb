using FsCheck;
using FsCheck.Fluent;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Inventory.Tests;

/// <summary>Any sequence of decisions comes to what a count of every kW on every day comes to.</summary>
public sealed class CapacityRulesTests
{
    private const int Pools = 3;
    private const int Days = 60;
    private const int KwMax = 100;

    private static readonly DateOnly FirstDay = new(2026, 4, 1);
    private static readonly DateRange Calendar = new(FirstDay, FirstDay.AddDays(Days));

    [Fact]
    public void Decisions_AnySequence_AgreeWithCountingEveryDay()
    {
        var sequences =
            from seed in Gen.Choose(int.MinValue, int.MaxValue)
            from length in Gen.Choose(1, 80)
            select (seed, length);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(sequences.ToArbitrary(), sequence =>
        {
            var run = new SequenceRun(new Random(sequence.seed));
            for (var step = 0; step < sequence.length; step++) run.Step();
        }));
    }

    [Fact]
    public void Change_TwoTranchesOnOnePoolThatFitSinglyOnly_NamesTheSecondAndWhatIsLeftForIt()
    {
        var pool = new PoolDays(Guid.CreateVersion7(), Calendar, [.. Enumerable.Repeat(10, Days)]);
        var days = new DateRange(FirstDay, FirstDay.AddDays(5));

        var shortfalls = CapacityRules.Change(
            _ => pool, [], [new(0, "a", pool.PoolId, days, 7), new(1, "b", pool.PoolId, days, 7)]);

        var shortfall = Assert.Single(shortfalls);
        Assert.Equal(new(pool.PoolId, "b", days, 7, 3), shortfall);
        Assert.All(pool.FreeKw, kw => Assert.Equal(10, kw));
    }

    [Fact]
    public void Change_WhatIsFreedIsEnoughForWhatIsTaken_IsDoneAsOne()
    {
        var pool = new PoolDays(Guid.CreateVersion7(), Calendar, [.. Enumerable.Repeat(2, Days)]);
        var (earlier, later) = (new DateRange(FirstDay, FirstDay.AddDays(20)), Calendar);

        var shortfalls = CapacityRules.Change(
            _ => pool, [new(0, "a", pool.PoolId, earlier, 8)], [new(0, "a", pool.PoolId, earlier, 10)]);
        var refused = CapacityRules.Change(
            _ => pool, [new(0, "a", pool.PoolId, earlier, 10)], [new(0, "a", pool.PoolId, later, 10)]);

        Assert.Empty(shortfalls);
        Assert.Equal(new(pool.PoolId, "a", new(earlier.End, later.End), 10, 2), Assert.Single(refused));
        Assert.Equal([.. Enumerable.Repeat(0, 20), .. Enumerable.Repeat(2, Days - 20)], pool.FreeKw);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 8)]
    [InlineData(1, 40)]
    [InlineData(0, Days)]
    public void Add_AnyDays_ChangesThoseAndNoOthers(int first, int count)
    {
        var pool = new PoolDays(Guid.CreateVersion7(), Calendar, [.. Enumerable.Range(0, Days)]);
        var days = new DateRange(FirstDay.AddDays(first), FirstDay.AddDays(first + count));

        pool.Add(days, 7);

        Assert.Equal(
            Enumerable.Range(0, Days).Select(day => day + (day >= first && day < first + count ? 7 : 0)), pool.FreeKw);
        Assert.True(pool.Has(days, first + 7));
        Assert.False(pool.Has(days, first + 8));
    }

    /// <summary>The decisions under test beside a book that has a number for every pool and day.</summary>
    private sealed class SequenceRun(Random random)
    {
        private readonly Guid[] poolIds = [.. Enumerable.Range(0, Pools).Select(_ => Guid.CreateVersion7())];
        private readonly Dictionary<Guid, (PowerCurve Capacity, PowerCurve Floor, PoolDays Free)> pools = [];
        private readonly List<Reservation> reservations = [];
        private readonly Dictionary<(Guid Pool, int Day), (int Capacity, int Floor)> counted = [];
        private readonly List<(Reservation Reservation, Dictionary<(Guid Pool, int Day), int> Kw)> held = [];
        private int today;

        public void Step()
        {
            if (pools.Count < Pools) Open(poolIds[pools.Count]);
            else
            {
                switch (random.Next(12))
                {
                    case < 4: Reserve(); break;
                    case < 6: Truncate(); break;
                    case < 8: Restore(); break;
                    case 8: GiveBack(); break;
                    case 9: ReplaceCapacity(); break;
                    case 10: ReplaceFloor(); break;
                    default: today = Math.Min(today + random.Next(4), Days - 1); break;
                }
            }
            AssertSame();
        }

        private void Open(Guid poolId)
        {
            var (capacity, floor) = (Curve(50), Curve(10));
            var fits = All(day => At(floor, day) <= At(capacity, day));
            var decision = CapacityRules.Open(poolId, Calendar, capacity, floor);
            if (!fits) (capacity, floor, decision) = Refused(decision, () => (PowerCurve.None, PowerCurve.None,
                CapacityRules.Open(poolId, Calendar, PowerCurve.None, PowerCurve.None)));
            pools[poolId] = (capacity, floor, Assert.IsType<CapacityDecision.Granted>(decision).Free);
            for (var day = 0; day < Days; day++) counted[(poolId, day)] = (At(capacity, day), At(floor, day));
        }

        private void Reserve()
        {
            var profile = new List<HeldStep>();
            var kw = new Dictionary<(Guid Pool, int Day), int>();
            var start = random.Next(Days - 1);
            for (var tranche = 0; tranche < random.Next(1, 4); tranche++)
            {
                var poolId = poolIds[random.Next(Pools)];
                for (var (day, steps) = (start, random.Next(1, 4)); steps > 0 && day < Days; steps--)
                {
                    var end = Math.Min(Days, day + random.Next(1, 15));
                    var power = random.Next(KwMax / 4);
                    profile.Add(
                        new(tranche, $"t-{tranche}", poolId, new(FirstDay.AddDays(day), FirstDay.AddDays(end)), power));
                    for (; day < end; day++) kw[(poolId, day)] = kw.GetValueOrDefault((poolId, day)) + power;
                }
            }
            var reservation = new Reservation
            {
                ReservationId = Guid.CreateVersion7(),
                LeaseId = Guid.CreateVersion7(),
                ProviderOrganisationId = default,
                BuyerOrganisationId = default,
                ListingId = null,
                Profile = profile,
                EndDate = profile.Max(step => step.Days.End),
                ContentHash = [],
                Version = 1,
                CreateTime = default,
                UpdateTime = default,
            };
            if (!Change([], profile, fits: kw.All(wanted => wanted.Value <= CountedFree(wanted.Key)))) return;
            reservations.Add(reservation);
            held.Add((reservation, kw));
        }

        private void Truncate() => WithReservation(i =>
        {
            var cut = reservations[i].Truncate(FirstDay.AddDays(random.Next(-5, Days + 5)), Instant.MinValue);
            Change(cut.Freed, cut.Taken, fits: true);
            reservations[i] = cut.After;
        });

        private void Restore() => WithReservation(i =>
        {
            if (reservations[i].IsGivenBack) return;
            var to = FirstDay.AddDays(random.Next(Days));
            if (to > reservations[i].OriginalEndDate) to = reservations[i].OriginalEndDate;
            var (end, wanted) = (reservations[i].EndDate, held[i].Kw);
            var fits = wanted.All(kw => !IsBetween(kw.Key.Day, end, to) || kw.Value <= CountedFree(kw.Key));
            var restored = reservations[i].Restore(to, Instant.MinValue);
            if (Change(restored.Freed, restored.Taken, fits)) reservations[i] = restored.After;
        });

        private void GiveBack() => WithReservation(i =>
        {
            var given = reservations[i].GiveBack(Instant.MinValue);
            Change(given.Freed, given.Taken, fits: true);
            reservations[i] = given.After;
            Assert.Empty(given.After.Held);
        });

        private void ReplaceCapacity()
        {
            var (poolId, curve) = (poolIds[random.Next(Pools)], Curve(50));
            var (before, floor, free) = pools[poolId];
            var fits = All(day => day < today || At(curve, day) >= counted[(poolId, day)].Floor + Held((poolId, day)));
            var after = before.ReplacedBy(curve, Calendar.Start, FirstDay.AddDays(today));
            if (!Apply(CapacityRules.ReplaceCapacity(free, before, after), fits)) return;
            pools[poolId] = (after, floor, pools[poolId].Free);
            for (var day = today; day < Days; day++) counted[(poolId, day)] =
                counted[(poolId, day)] with { Capacity = At(curve, day) };
        }

        private void ReplaceFloor()
        {
            var (poolId, curve) = (poolIds[random.Next(Pools)], Curve(20));
            var (capacity, before, free) = pools[poolId];
            var fits =
                All(day => day < today || At(curve, day) <= counted[(poolId, day)].Capacity - Held((poolId, day)));
            var after = before.ReplacedBy(curve, Calendar.Start, FirstDay.AddDays(today));
            if (!Apply(CapacityRules.ReplaceFloor(free, before, after), fits)) return;
            pools[poolId] = (capacity, after, pools[poolId].Free);
            for (var day = today; day < Days; day++) counted[(poolId, day)] =
                counted[(poolId, day)] with { Floor = At(curve, day) };
        }

        private bool Change(IReadOnlyList<HeldStep> freed, IReadOnlyList<HeldStep> taken, bool fits)
        {
            var shortfalls = CapacityRules.Change(poolId => pools[poolId].Free, freed, taken);
            Assert.Equal(fits, shortfalls.Count == 0);
            Assert.All(shortfalls, found => Assert.True(found.WantedKw > found.FreeKw));
            return fits;
        }

        private bool Apply(CapacityDecision decision, bool fits)
        {
            if (fits)
            {
                var free = Assert.IsType<CapacityDecision.Granted>(decision).Free;
                pools[free.PoolId] = (pools[free.PoolId].Capacity, pools[free.PoolId].Floor, free);
            }
            else Assert.All(Assert.IsType<CapacityDecision.Short>(decision).Shortfalls, found =>
                Assert.True(found.WantedKw > found.FreeKw));
            return fits;
        }

        private static T Refused<T>(CapacityDecision decision, Func<T> otherwise)
        {
            Assert.NotEmpty(Assert.IsType<CapacityDecision.Short>(decision).Shortfalls);
            return otherwise();
        }

        private void AssertSame()
        {
            foreach (var (poolId, pool) in pools)
            {
                for (var day = 0; day < Days; day++)
                {
                    Assert.Equal(CountedFree((poolId, day)), pool.Free.FreeKw[day]);
                    Assert.True(pool.Free.FreeKw[day] >= 0);
                    Assert.Equal(counted[(poolId, day)], (At(pool.Capacity, day), At(pool.Floor, day)));
                }
            }
        }

        private int CountedFree((Guid Pool, int Day) at) => counted[at].Capacity - counted[at].Floor - Held(at);

        private int Held((Guid Pool, int Day) at)
        {
            var kw = 0;
            for (var i = 0; i < held.Count; i++)
            {
                if (FirstDay.AddDays(at.Day) < reservations[i].EndDate) kw += held[i].Kw.GetValueOrDefault(at);
            }
            return kw;
        }

        private void WithReservation(Action<int> act)
        {
            if (reservations.Count > 0) act(random.Next(reservations.Count));
        }

        private PowerCurve Curve(int kwMin)
        {
            var steps = new SortedDictionary<DateOnly, int>();
            for (var i = random.Next(4); i >= 0; i--) steps[FirstDay.AddDays(random.Next(-5, Days))] =
                random.Next(kwMin, KwMax + kwMin) / (kwMin < 50 ? 3 : 1);
            return new([.. steps.Select(step => new PowerStep(step.Key, step.Value))]);
        }

        private static int At(PowerCurve curve, int day) =>
            curve.Steps.LastOrDefault(step => step.Start <= FirstDay.AddDays(day)).Kw;

        private static bool IsBetween(int day, DateOnly start, DateOnly end) =>
            start <= FirstDay.AddDays(day) && FirstDay.AddDays(day) < end;

        private static bool All(Func<int, bool> condition) => Enumerable.Range(0, Days).All(condition);
    }
}
