using Grpc.Core;
using Marketplace.ServiceDefaults;
using NodaTime;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// The single writer of one provider's books in this process. Changes that wait are decided together in memory, one
/// after the other, and made durable in one transaction; while that is under way the next ones gather. Another process
/// that writes the same books is found out by the shard's epoch: then all of the batch is decided anew.
/// </summary>
internal sealed class ShardWriter(
    Guid providerId, Database database, NpgsqlDataSource source, MarketClock clock, TimeProvider time)
{
    public const int WaitingMax = 4_096;
    public const int BatchMax = 1_024;

    private const int BatchStepsMax = 16_384;
    private const int AttemptsMax = 8;

    // Those who were just answered often ask again at once: they are waited for, for a part of what a commit costs.
    private const int GatherShare = 4;

    private static readonly TimeSpan GatherMax = TimeSpan.FromMilliseconds(1);

    // A refusal may be of books that another process has changed in the meantime, but not for longer than this.
    private static readonly TimeSpan TrustAge = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Queue<BookChange> waiting = [];
    private readonly ShardBook book = new(providerId);
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
        var batch = new List<BookChange>();
        while (true)
        {
            await GatherAsync();
            lock (gate)
            {
                for (var steps = 0; batch.Count < BatchMax && steps < BatchStepsMax && waiting.Count > 0;)
                {
                    steps += waiting.Peek().StepCount;
                    batch.Add(waiting.Dequeue());
                }
                if (batch.Count == 0)
                {
                    (isAtWork, LastBatchSize) = (false, 0);
                    return;
                }
                LastBatchSize = batch.Count;
            }
            using var activity = BookTelemetry.Begin(batch);
            try
            {
                await RunAsync(batch);
            }
            catch (Exception exception)
            {
                // Whoever waits is told; the next batch begins with what the database has.
                book.ForgetAll();
                foreach (var change in batch) change.Fail(exception);
            }
            batch.Clear();
        }
    }

    private async Task GatherAsync()
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < gatherMax)
        {
            lock (gate)
            {
                if (waiting.Count >= LastBatchSize) return;
            }
            await Task.Yield();
        }
    }

    private async Task RunAsync(List<BookChange> batch)
    {
        for (var attempt = 1; batch.Count > 0; attempt++)
        {
            BookDecisions? decisions = null;
            try
            {
                var (known, now) = await PrepareAsync(batch, isRetry: attempt > 1);
                decisions = new(book, known, now);
                foreach (var change in batch) decisions.Decide(change);
                batch.RemoveAll(change => change.Answer.IsCompleted);
                if (batch.Count == 0) return;
                var rows = decisions.ToBatch();
                var start = time.GetTimestamp();
                await BookBatchRows.CommitAsync(source, rows, CancellationToken.None);
                book.Committed(rows);
                confirmedAt = time.GetTimestamp();
                var duration = time.GetElapsedTime(start, confirmedAt);
                BookTelemetry.Committed(duration);
                var share = duration / GatherShare;
                gatherMax = share < GatherMax ? share : GatherMax;
                decisions.Answer();
                return;
            }
            catch (PostgresException exception)
                when (exception.SqlState == BookBatchRows.StaleEpoch
                    || (exception.SqlState == PostgresErrorCodes.UniqueViolation && attempt < AttemptsMax))
            {
                BookTelemetry.Conflicted();
                if (attempt == AttemptsMax) throw Busy();
                book.Forget(decisions!.PoolIds);
            }
            catch (NpgsqlException exception) when (IsConnectionLost(exception) && attempt < AttemptsMax)
            {
                // All of it or nothing is committed: the calls' answers in the database tell which.
                book.ForgetAll();
            }
        }
    }

    // Class 57P is the server's own end, of which a client hears in the place of an answer.
    private static bool IsConnectionLost(NpgsqlException exception) =>
        exception is not PostgresException postgres || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal);

    // What is known in memory needs no database: a batch of refusals touches none.
    private async Task<(KnownReservations Known, Instant Now)> PrepareAsync(List<BookChange> batch, bool isRetry)
    {
        var wasTold = isTold;
        isTold = false;
        var isTrusted = book.Exists && !wasTold && !isRetry && time.GetElapsedTime(confirmedAt) < TrustAge;
        var needsLeases = !book.KnowsLeases && batch.Exists(change => change.IsNew);
        var asked = batch.FindAll(change => isRetry || !change.IsNew || book.MayHaveReservation(change.LeaseId));
        if (isTrusted && !needsLeases && asked.Count == 0 && clock.Mode == MarketClockMode.Production
            && batch.TrueForAll(change => change.PoolIds.All(poolId => book.Find(poolId) is not null)))
            return (KnownReservations.None, clock.Now(null));

        var seenAt = time.GetTimestamp();
        await using var transaction = await database.BeginSnapshotAsync(CancellationToken.None);
        await book.RefreshAsync(transaction);
        confirmedAt = seenAt;
        if (!book.KnowsLeases && needsLeases) await book.LoadLeasesAsync(transaction);
        asked = batch.FindAll(change => isRetry || !change.IsNew || book.MayHaveReservation(change.LeaseId));
        var known = await KnownReservations.ReadAsync(transaction, asked);
        var missing = batch.SelectMany(change => change.PoolIds).Concat(known.PoolIds).Distinct()
            .Where(poolId => book.Find(poolId) is null).ToArray();
        if (missing.Length > 0) await book.LoadAsync(transaction, missing);
        return (known, transaction.Now);
    }
}
