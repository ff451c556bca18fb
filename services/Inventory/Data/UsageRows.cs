using System.Globalization;
using Dapper;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>Samples of own use in the database, packed in one row for each UTC day.</summary>
internal static class UsageRows
{
    private const int HoursPerDay = 24;

    private static readonly DateOnly Epoch = new(1970, 1, 1);

    /// <summary>Keeps others from writing samples of a pool until the transaction ends.</summary>
    public static Task LockAsync(Transaction transaction, Guid poolId) =>
        transaction.Connection.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended('pool_usage_day:' || @poolId, 0))", new { poolId });

    /// <summary>The samples of hours that follow one another.</summary>
    public static async Task<UsageHours> ReadAsync(Transaction transaction, Guid poolId, int firstHour, int hours)
    {
        var kw = new int?[hours];
        if (hours == 0) return new(firstHour, kw);
        var end = firstHour + hours;
        await using var command = new NpgsqlCommand(
            "select day, power_kw from pool_usage_day where pool_id = $1 and day >= $2 and day <= $3",
            transaction.Connection)
        {
            Parameters =
            {
                new() { Value = poolId },
                new() { Value = DayOf(firstHour) },
                new() { Value = DayOf(end - 1) },
            },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (first, day) = (FirstHourOf(reader.GetFieldValue<DateOnly>(0)), reader.GetFieldValue<int?[]>(1));
            for (var hour = Math.Max(first, firstHour); hour < Math.Min(first + HoursPerDay, end); hour++)
                kw[hour - firstHour] = day[hour - first];
        }
        return new(firstHour, kw);
    }

    /// <summary>Puts samples in the place of those of the same hours. The caller holds the lock.</summary>
    /// <returns>How many hours had none, another and the same.</returns>
    public static async Task<(int Added, int Replaced, int Unchanged)> SaveAsync(
        Transaction transaction, Guid poolId, IReadOnlyDictionary<int, int> samples)
    {
        var days = samples.GroupBy(sample => DayOf(sample.Key)).ToDictionary(day => day.Key, day => day.ToList());
        var stored = await ReadDaysAsync(transaction, poolId, [.. days.Keys]);
        var (added, replaced, unchanged) = (0, 0, 0);
        var changed = new SortedDictionary<DateOnly, int?[]>();
        foreach (var (day, ofDay) in days)
        {
            var kw = stored.GetValueOrDefault(day) ?? new int?[HoursPerDay];
            var before = (added, replaced);
            foreach (var (hour, power) in ofDay)
            {
                ref var held = ref kw[hour - FirstHourOf(day)];
                if (held is null) added++;
                else if (held == power) unchanged++;
                else replaced++;
                held = power;
            }
            if (before != (added, replaced)) changed.Add(day, kw);
        }
        await transaction.Connection.ExecuteAsync(
            """
            insert into pool_usage_day (pool_id, day, power_kw)
            select @poolId, new.day, new.power_kw::int[] from unnest(@days, @kw) as new (day, power_kw)
            on conflict (pool_id, day) do update set power_kw = excluded.power_kw
            """,
            new { poolId, days = changed.Keys.ToArray(), kw = changed.Values.Select(Literal).ToArray() });
        return (added, replaced, unchanged);
    }

    private static async Task<Dictionary<DateOnly, int?[]>> ReadDaysAsync(
        Transaction transaction, Guid poolId, DateOnly[] days)
    {
        var stored = new Dictionary<DateOnly, int?[]>();
        await using var command = new NpgsqlCommand(
            "select day, power_kw from pool_usage_day where pool_id = $1 and day = any($2)", transaction.Connection)
        {
            Parameters = { new() { Value = poolId }, new() { Value = days } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) stored.Add(reader.GetFieldValue<DateOnly>(0), reader.GetFieldValue<int?[]>(1));
        return stored;
    }

    private static DateOnly DayOf(int hour) => Epoch.AddDays(hour / HoursPerDay);

    private static int FirstHourOf(DateOnly day) => (day.DayNumber - Epoch.DayNumber) * HoursPerDay;

    private static string Literal(int?[] kw) =>
        $"{{{string.Join(',', kw.Select(power => power?.ToString(CultureInfo.InvariantCulture) ?? "null"))}}}";
}
