using System.Security.Cryptography;
using Dapper;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// The processes that write books now. They divide the shards among themselves by what all of them know, so that a
/// shard's changes meet in one process. That they agree makes it fast and is no condition of anything: two that take
/// themselves for the owner of a shard find each other out by its epoch.
/// </summary>
internal sealed class Replicas(NpgsqlDataSource source, ReplicaAddress address, ILogger<Replicas> logger)
    : RepeatedWorker(Beat, Beat, logger)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BeatAgeMax = TimeSpan.FromSeconds(3);

    private readonly Guid self = Guid.CreateVersion7();
    private volatile IReadOnlyList<Replica> replicas = [];

    /// <summary>The process that owns a provider's shard; null: this one.</summary>
    public Replica? OwnerOf(Guid providerId)
    {
        var known = replicas;
        if (known.Count < 2) return null;
        var owner = known.MaxBy(replica => Weight(replica.ReplicaId, providerId))!;
        return owner.ReplicaId == self ? null : owner;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            // Whoever stops says so: the others need not wait until it is missed.
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteAsync("delete from replica where replica_id = @self", new { self });
        }
        catch (NpgsqlException)
        {
            // It will be missed.
        }
    }

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        if (address.Find() is not { } own) return;
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        replicas = (await connection.QueryAsync<Replica>(
            """
            insert into replica (replica_id, address) values (@self, @own)
            on conflict (replica_id) do update set beat_time = now();
            delete from replica where beat_time < now() - 10 * @BeatAgeMax;
            select replica_id, address from replica where beat_time > now() - @BeatAgeMax
            """,
            new { self, own, BeatAgeMax })).AsList();
    }

    // The highest weight wins, so that a replica that comes or goes moves only its own shards.
    private static ulong Weight(Guid replicaId, Guid providerId)
    {
        Span<byte> both = stackalloc byte[32];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        replicaId.TryWriteBytes(both);
        providerId.TryWriteBytes(both[16..]);
        SHA256.HashData(both, hash);
        return BitConverter.ToUInt64(hash);
    }
}

/// <summary>A process that writes books.</summary>
/// <param name="ReplicaId">Its id, new with each start.</param>
/// <param name="Address">The URL at which the others call it.</param>
internal sealed record Replica(Guid ReplicaId, string Address);
