using System.Globalization;
using Dapper;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>The free power of pools in the database, packed in one row for each month.</summary>
internal static class PoolMonthRows
{
    /// <summary>Opens the calendar of a new pool.</summary>
    public static Task InsertAsync(Transaction transaction, PoolDays free)
    {
        var months = MonthsOf(free.Days).ToArray();
        return transaction.Connection.ExecuteAsync(
            """
            insert into pool_month (pool_id, month, free_kw)
            select @PoolId, new.month, new.free_kw::int[] from unnest(@months, @kw) as new (month, free_kw)
            """,
            new { free.PoolId, months, kw = months.Select(month => Literal(free.Over(Whole(month)))).ToArray() });
    }

    /// <summary>What is free of pools on all days of their calendars.</summary>
    public static Task<IReadOnlyList<PoolDays>> ReadAsync(Transaction transaction, IReadOnlyCollection<Pool> pools) =>
        ReadAsync(transaction, pools, new(DateOnly.MinValue, DateOnly.MaxValue));

    /// <summary>What is free of pools on the days of a range that are on their calendars.</summary>
    public static async Task<IReadOnlyList<PoolDays>> ReadAsync(
        Transaction transaction, IReadOnlyCollection<Pool> pools, DateRange days)
    {
        var free = pools.ToDictionary(pool => pool.PoolId, pool =>
        {
            var held = pool.Calendar.Intersect(days);
            return new PoolDays(pool.PoolId, held, new int[held.Days]);
        });
        await using var command = new NpgsqlCommand(
            "select pool_id, month, free_kw from pool_month where pool_id = any($1) and month >= $2 and month < $3",
            transaction.Connection)
        {
            Parameters =
            {
                new() { Value = free.Keys.ToArray() },
                new() { Value = new DateOnly(days.Start.Year, days.Start.Month, 1) },
                new() { Value = days.End },
            },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var pool = free[reader.GetGuid(0)];
            var month =
                new PoolDays(pool.PoolId, Whole(reader.GetFieldValue<DateOnly>(1)), reader.GetFieldValue<int[]>(2));
            var held = month.Days.Intersect(pool.Days);
            if (!held.IsEmpty) month.SpanOf(held).CopyTo(pool.SpanOf(held));
        }
        return [.. free.Values];
    }

    /// <summary>Writes what is free of a pool as it now is. Whoever writes holds the pool's shard.</summary>
    public static Task<int> ReplaceAsync(Transaction transaction, PoolDays free)
    {
        var months = MonthsOf(free.Days).ToArray();
        return transaction.Connection.ExecuteAsync(
            """
            update pool_month set free_kw = new.free_kw::int[] from unnest(@months, @kw) as new (month, free_kw)
            where pool_id = @PoolId and pool_month.month = new.month and pool_month.free_kw <> new.free_kw::int[]
            """,
            new { free.PoolId, months, kw = months.Select(month => Literal(free.Over(Whole(month)))).ToArray() });
    }

    private static IEnumerable<DateOnly> MonthsOf(DateRange days)
    {
        var first = new DateOnly(days.Start.Year, days.Start.Month, 1);
        for (var month = first; month < days.End; month = month.AddMonths(1)) yield return month;
    }

    private static DateRange Whole(DateOnly month) => new(month, month.AddMonths(1));

    // Arrays of months differ in length, which an array of arrays cannot hold; texts of arrays can.
    private static string Literal(int[] kw) =>
        $"{{{string.Join(',', kw.Select(value => value.ToString(CultureInfo.InvariantCulture)))}}}";
}
