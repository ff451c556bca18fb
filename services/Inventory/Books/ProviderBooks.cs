using System.Collections.Concurrent;
using Grpc.Core;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// Brings every change of a provider's books to the one that decides it: the writer of its shard in this process, or
/// the replica that owns the shard.
/// </summary>
internal sealed class ProviderBooks(
    ServiceOptions options,
    OutboxSignal outbox,
    MarketClock clock,
    TimeProvider time,
    Replicas replicas,
    ReplicaCalls calls,
    ChangeSignal signal) : IAsyncDisposable
{
    private const int ConnectionsMax = 16;
    private const int IdleWritersMax = 1_000;

    // Longer than any batch; an owner that takes more is asked no longer, and this process decides.
    private static readonly TimeSpan OwnerAnswerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleMin = TimeSpan.FromMinutes(10);

    // Writers have connections of their own: whoever waits for one of them may hold all others.
    private readonly NpgsqlDataSource source = ShardWriter.CreateSource(options.Database, ConnectionsMax);

    private readonly ConcurrentDictionary<Guid, ShardWriter> writers = [];

    /// <summary>Makes a change that a call asks for.</summary>
    /// <param name="providerId">The provider whose books it changes.</param>
    /// <param name="change">The change.</param>
    /// <param name="context">The call.</param>
    /// <param name="forward">Makes the same call to another replica.</param>
    public async Task<V1.Reservation> ChangeAsync(
        Guid providerId,
        BookChange change,
        ServerCallContext context,
        Func<V1.CapacityReservationService.CapacityReservationServiceClient, CallOptions,
            AsyncUnaryCall<V1.Reservation>> forward)
    {
        var owner = replicas.OwnerOf(providerId);
        if (owner is not null && !ReplicaCalls.IsForwarded(context)
            && await calls.TryForwardAsync(owner, context, OwnerAnswerMax, forward) is { } answer)
            return answer;
        return await DecideAsync(providerId, change, owner is null).WaitAsync(context.CancellationToken);
    }

    /// <summary>Makes a change that an event asks for, and lets the owner of the shard know.</summary>
    public async Task ChangeAsync(Guid providerId, BookChange change, CancellationToken cancellationToken)
    {
        await DecideAsync(providerId, change, replicas.OwnerOf(providerId) is null).WaitAsync(cancellationToken);
        await TellAsync(providerId, cancellationToken);
    }

    /// <summary>Lets the writer of a provider's books know that they were changed by another hand.</summary>
    public async Task TellAsync(Guid providerId, CancellationToken cancellationToken)
    {
        Refresh(providerId);
        if (replicas.OwnerOf(providerId) is { } owner) await calls.TellAsync(owner, providerId, cancellationToken);
    }

    /// <summary>Has the writer in this process look at the database before it decides again.</summary>
    public void Refresh(Guid providerId)
    {
        signal.RaiseCommitted();
        if (writers.TryGetValue(providerId, out var writer)) writer.Tell();
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>Decides a change in this process.</summary>
    public async Task<V1.Reservation> DecideAsync(Guid providerId, BookChange change, bool isOwner)
    {
        if (!writers.TryGetValue(providerId, out var writer))
        {
            ForgetIdle();
            writer = writers.GetOrAdd(
                providerId, id => new(id, new Database(source, clock, outbox), source, clock, time));
        }
        var answer = await writer.DecideAsync(change, isOwner);
        signal.RaiseCommitted();
        return answer;
    }

    // Books that nobody has needed for a while are read again when somebody does.
    private void ForgetIdle()
    {
        if (writers.Count < IdleWritersMax) return;
        foreach (var (providerId, writer) in writers)
        {
            if (time.GetElapsedTime(writer.LastUsedAt) > IdleMin) writers.TryRemove(providerId, out _);
        }
    }
}
