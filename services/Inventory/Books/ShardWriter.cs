using Grpc.Core;
using Marketplace.ServiceDefaults;
using NodaTime;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// The single writer of one provider's books in this process. Changes that wait are decided together in memory, one
/// after the other, and made durable in one transaction; while that is under way the next ones gather, and where they
/// are many they are decided too and sent after it. Another process that writes the same books is found out by the
/// shard's fencing token: then all that was decided is decided anew.
/// </summary>
internal sealed class ShardWriter(
    Guid providerId, Database database, NpgsqlDataSource source, MarketClock clock, TimeProvider time)
{
    public const int WaitingMax = 4_096;
    public const int BatchMax = 1_024;

    /// <summary>How many batches are under way at most, each on a connection of its own.</summary>
    public const int PendingMax = 2;

    private const int BatchStepsMax = 16_384;
    private const int AttemptsMax = 8;

    // A batch shares with the one before it what does not grow with it, which pays for itself from this size on.
    private const int BesideMin = 64;

    // Those who were just answered often ask again at once: they are waited for, for a part of what a commit costs.
    private const int GatherShare = 4;

    private static readonly TimeSpan GatherMax = TimeSpan.FromMilliseconds(1);

    // A refusal may be of books that another process has changed in the meantime, but not for longer than this.
    private static readonly TimeSpan TrustAge = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Queue<BookChange> waiting = [];
    private readonly ShardBook book = new(providerId);

    // Batches that are under way, each decided on what the ones before it leave.
    private readonly Queue<PendingBatch> pending = [];

    // How many make the next batch when all who were just answered ask again.
    private int share;

    // Ends when enough wait to be decided beside what is under way.
    private TaskCompletionSource? crowd;
    private bool isAtWork;
    private volatile bool isTold;
    private long confirmedAt;
    private TimeSpan gatherMax;

    /// <summary>When the writer last had something to do, as a timestamp of the system clock.</summary>
    public long LastUsedAt { get; private set; } = time.GetTimestamp();

    /// <summary>How many changes the last batch decided.</summary>
    public int LastBatchSize { get; private set; }

    /// <summary>The books as they are in memory; whoever looks sees to it that no batch is under way.</summary>
    public ShardBook Book => book;

    /// <summary>Connections as writers need them: each statement is planned once, and nothing is left behind.</summary>
    /// <param name="connectionString">The service's own.</param>
    /// <param name="connectionsMax">How many there may be.</param>
    public static NpgsqlDataSource CreateSource(string connectionString, int connectionsMax)
    {
        var own = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = connectionsMax,
            NoResetOnClose = true,
        };
        own.Options = $"{own.Options} -c plan_cache_mode=force_generic_plan".TrimStart();
        return NpgsqlDataSource.Create(own);
    }

    /// <summary>Decides a change, in its turn.</summary>
    /// <param name="change">The change; it is answered.</param>
    /// <param name="isOwner">Whether this process is the one that all others send the shard's changes to.</param>
    /// <exception cref="RpcException">UNAVAILABLE, BOOKS_BUSY: too many wait.</exception>
    public Task<V1.Reservation> DecideAsync(BookChange change, bool isOwner)
    {
        lock (gate)
        {
            if (waiting.Count >= WaitingMax)
                throw Busy();
            waiting.Enqueue(change);
            LastUsedAt = time.GetTimestamp();
            if (!isOwner) isTold = true;
            if (waiting.Count == BesideMin) crowd?.TrySetResult();
            if (isAtWork) return change.Answer;
            isAtWork = true;
        }
        // The work is not of the call that happens to begin it.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(WorkAsync);
        return change.Answer;
    }

    /// <summary>Takes note that another writer may have changed the books.</summary>
    public void Tell() => isTold = true;

    private static RpcException Busy() => RpcErrors.Unavailable("BOOKS_BUSY",
        "Too many changes of the provider's pools are under way; try again.", TimeSpan.FromMilliseconds(100));

    private async Task WorkAsync()
    {
        while (await GatherAsync() is { } changes)
        {
            // The database cannot be read beside what is decided on what it does not have yet.
            var isInMemory = IsInMemory(changes);
            while (!isInMemory && pending.Count > 0) await LandAsync();
            var batch = Begin(changes, attempt: 1, isInMemory);
            // Nothing is decided on a book that a failure has left halfway.
            var othersMax = isInMemory && !batch.Done.IsFaulted ? PendingMax - 1 : 0;
            while (pending.Count > othersMax) await LandAsync();
        }
    }

    private async Task<List<BookChange>?> GatherAsync()
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var least = pending.Count == 0 ? 0 : BesideMin;
            var isPatient = share >= least && time.GetElapsedTime(start) < gatherMax;
            lock (gate)
            {
                var isEnough = waiting.Count >= (isPatient ? share : least);
                if (isEnough && waiting.Count > 0) return Take();
                if (isEnough && pending.Count == 0)
                {
                    (isAtWork, share, LastBatchSize) = (false, 0, 0);
                    return null;
                }
                crowd = isPatient ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            // A moment is too short for a timer; what is longer ends with the batch before, or with enough callers.
            _ = pending.TryPeek(out var oldest);
            if (crowd is null) await Task.Yield();
            else await Task.WhenAny(oldest!.Done, crowd.Task);
            if (oldest is not { Done.IsCompleted: true }) continue;
            await LandAsync();
            start = time.GetTimestamp();
        }
    }

    private List<BookChange> Take()
    {
        var sizeMax = Math.Min(BatchMax, Math.Max(share, ShareOf(waiting.Count)));
        var taken = new List<BookChange>();
        for (var steps = 0; taken.Count < sizeMax && steps < BatchStepsMax && waiting.Count > 0;)
        {
            steps += waiting.Peek().StepCount;
            taken.Add(waiting.Dequeue());
        }
        LastBatchSize = taken.Count;
        return taken;
    }

    // Many are divided in two: while one half becomes durable, the other is decided.
    private int ShareOf(int changes)
    {
        var all = changes + pending.Sum(batch => batch.Changes.Count);
        return all < PendingMax * BesideMin ? changes : (all + 1) / PendingMax;
    }

    private PendingBatch Begin(List<BookChange> changes, int attempt, bool isInMemory)
    {
        var batch = new PendingBatch(changes, attempt);
        var before = pending.LastOrDefault()?.Done;
        pending.Enqueue(batch);
        batch.Done = RunAsync(batch, isInMemory, before);
        return batch;
    }

    // What is decided in memory is decided when this returns.
    private async Task RunAsync(PendingBatch batch, bool isInMemory, Task? before)
    {
        using var activity = BookTelemetry.Begin(batch.Changes);
        var (known, now) = isInMemory
            ? (KnownReservations.None, clock.Now(null))
            : await ReadAsync(batch.Changes, isRetry: batch.Attempt > 1);
        var decisions = new BookDecisions(book, known, now, standsOnOthers: before is not null);
        foreach (var change in batch.Changes) decisions.Decide(change);
        if (decisions.HasRows)
        {
            batch.Rows = decisions.Close();
            var start = time.GetTimestamp();
            await BookBatchRows.CommitAsync(source, batch.Rows, CancellationToken.None);
            batch.CommitDuration = time.GetElapsedTime(start);
        }
        else if (before is not null) await before;
        decisions.Answer();
    }

    // Waits for the oldest batch. If it came to nothing, so did those that were decided after it.
    private async Task LandAsync()
    {
        var batch = pending.Dequeue();
        if (await batch.FailureAsync() is not { } failure)
        {
            lock (gate) share = ShareOf(waiting.Count + batch.Changes.Count);
            if (batch.Rows is null) return;
            book.Committed(batch.Rows);
            confirmedAt = time.GetTimestamp();
            BookTelemetry.Committed(batch.CommitDuration);
            var part = batch.CommitDuration / GatherShare;
            gatherMax = part < GatherMax ? part : GatherMax;
            return;
        }
        var failed = new List<PendingBatch> { batch };
        var isConflict = IsConflict(failure);
        while (pending.TryDequeue(out var next))
        {
            // After a lost connection it may be there: then all before it is.
            if (await next.FailureAsync() is not { } nextFailure) continue;
            failed.Add(next);
            isConflict &= IsConflict(nextFailure);
        }
        if (isConflict) book.Forget(failed.Select(one => one.Rows).OfType<BookBatch>());
        else book.ForgetAll();
        if (IsConflict(failure)) BookTelemetry.Conflicted();
        if (batch.Attempt == AttemptsMax || !(IsConflict(failure) || IsConnectionLost(failure)))
        {
            // Whoever waits is told; the next batch begins with what the database has.
            foreach (var change in batch.Changes) change.Fail(IsConflict(failure) ? Busy() : failure);
        }
        var again = failed.SelectMany(one => one.Changes).Where(change => !change.Answer.IsCompleted).ToList();
        if (again.Count == 0) return;
        Begin(again, batch.Attempt + 1, isInMemory: false);
        await LandAsync();
    }

    // Another writer was first.
    private static bool IsConflict(Exception exception) => exception is PostgresException
    {
        SqlState: BookBatchRows.StaleToken or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected,
    };

    // Class 57P is the server's own end, of which a client hears in the place of an answer.
    private static bool IsConnectionLost(Exception exception) => exception is NpgsqlException
        and not PostgresException or PostgresException { SqlState: ['5', '7', 'P', ..] };

    // What is known in memory needs no database: a batch of refusals touches none.
    private bool IsInMemory(List<BookChange> changes) =>
        book.Exists && book.KnowsLeases && !isTold && clock.Mode == MarketClockMode.Production
        && time.GetElapsedTime(confirmedAt) < TrustAge
        && changes.TrueForAll(change => change.IsNew && !book.MayHaveReservation(change.LeaseId)
            && change.PoolIds.All(poolId => book.Find(poolId) is not null));

    private async Task<(KnownReservations Known, Instant Now)> ReadAsync(List<BookChange> changes, bool isRetry)
    {
        isTold = false;
        var seenAt = time.GetTimestamp();
        await using var transaction = await database.BeginSnapshotAsync(CancellationToken.None);
        await book.RefreshAsync(transaction);
        confirmedAt = seenAt;
        if (!book.KnowsLeases && changes.Exists(change => change.IsNew)) await book.LoadLeasesAsync(transaction);
        var asked = changes.FindAll(change => isRetry || !change.IsNew || book.MayHaveReservation(change.LeaseId));
        var known = await KnownReservations.ReadAsync(transaction, asked);
        var missing = changes.SelectMany(change => change.PoolIds).Concat(known.PoolIds).Distinct()
            .Where(poolId => book.Find(poolId) is null).ToArray();
        if (missing.Length > 0) await book.LoadAsync(transaction, missing);
        return (known, transaction.Now);
    }
}
