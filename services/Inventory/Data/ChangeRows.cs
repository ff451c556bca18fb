using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>What has changed: a listing or the free capacity of a pool.</summary>
internal enum ChangeKind
{
    Listing = 1,
    Pool = 2,
}

/// <summary>A change in its place.</summary>
internal sealed record Change(long Sequence, ChangeKind Kind, Guid SubjectId);

/// <summary>The changes that watchers follow, in the database.</summary>
internal static class ChangeRows
{
    /// <summary>
    /// Appends changes in the transaction of their effect. The counter's row is the last lock that a transaction takes
    /// and is held until its commit: sequences have no gap and rise in the order of the commits.
    /// </summary>
    public static Task AppendAsync(
        Transaction transaction, IReadOnlyCollection<(ChangeKind Kind, Guid SubjectId)> changes) =>
        transaction.Connection.ExecuteAsync(
            """
            with counter as (
                update inventory_sequence set last_sequence = last_sequence + @count
                returning last_sequence - @count as before)
            insert into inventory_change (sequence, kind, subject_id)
            select counter.before + change.place, change.kind, change.subject_id
            from counter, unnest(@kinds, @ids) with ordinality as change (kind, subject_id, place)
            """,
            new
            {
                count = changes.Count,
                kinds = changes.Select(change => change.Kind.ToString().ToUpperInvariant()).ToArray(),
                ids = changes.Select(change => change.SubjectId).ToArray(),
            });

    public static Task<long> LastSequenceAsync(Transaction transaction) =>
        transaction.Connection.QuerySingleAsync<long>("select last_sequence from inventory_sequence");

    /// <summary>
    /// Deletes the oldest changes that are of an age, so that those that are kept have no gap between them.
    /// </summary>
    /// <returns>How many they were.</returns>
    public static Task<int> DeleteOldestAsync(Transaction transaction, TimeSpan age, int limit) =>
        transaction.Connection.ExecuteAsync(
            """
            with oldest as (select sequence, create_time from inventory_change order by sequence limit @limit),
            kept as (select min(sequence) as first from oldest where create_time >= now() - @age)
            delete from inventory_change using kept
            where sequence in (select sequence from oldest) and (kept.first is null or sequence < kept.first)
            """,
            new { age, limit });

    public static async Task<IReadOnlyList<Change>> ReadAsync(Transaction transaction, long after, int limit) =>
        [
            .. (await transaction.Connection.QueryAsync<(long Sequence, string Kind, Guid SubjectId)>(
                """
                select sequence, kind, subject_id from inventory_change
                where sequence > @after order by sequence limit @limit
                """,
                new { after, limit }))
                .Select(row =>
                    new Change(row.Sequence, Enum.Parse<ChangeKind>(row.Kind, ignoreCase: true), row.SubjectId)),
        ];
}
