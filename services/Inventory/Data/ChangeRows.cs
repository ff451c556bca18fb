using Dapper;
using Marketplace.ServiceDefaults;
using Npgsql;

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
    /// <summary>Notes changes in the transaction of their effect; their places in the sequence come later.</summary>
    public static Task AppendAsync(
        Transaction transaction, IReadOnlyCollection<(ChangeKind Kind, Guid SubjectId)> changes) =>
        transaction.Connection.ExecuteAsync(
            "insert into unsequenced_change (kind, subject_id) select * from unnest(@kinds, @ids)",
            new
            {
                kinds = changes.Select(change => change.Kind.ToString().ToUpperInvariant()).ToArray(),
                ids = changes.Select(change => change.SubjectId).ToArray(),
            });

    /// <summary>
    /// Gives the changes that are committed their places: one for each subject, however often it has changed, because a
    /// change tells how its subject now is. Only one process does it at a time.
    /// </summary>
    /// <returns>The last sequence, or null if nothing has changed.</returns>
    public static Task<long?> SequenceAsync(NpgsqlConnection connection) =>
        connection.QuerySingleOrDefaultAsync<long?>(
            """
            with taken as (delete from unsequenced_change returning change_id, kind, subject_id),
            subject as (
                select kind, subject_id, row_number() over (order by min(change_id)) as place
                from taken group by kind, subject_id),
            counter as (
                update inventory_sequence set last_sequence = last_sequence + (select count(*) from subject)
                where exists (select from subject)
                returning last_sequence),
            sequenced as (
                insert into inventory_change (sequence, kind, subject_id)
                select counter.last_sequence - (select count(*) from subject) + place, kind, subject_id
                from counter, subject)
            select last_sequence from counter
            """);

    public static Task<bool> HasUnsequencedAsync(NpgsqlConnection connection) =>
        connection.QuerySingleAsync<bool>("select exists (select from unsequenced_change)");

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
