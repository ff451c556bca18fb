using Google.Protobuf;
using Grpc.Core;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>The decisions of one batch, each on what the ones before it leave.</summary>
/// <param name="book">The books; what is free there is changed as it is decided.</param>
/// <param name="known">What the database has of the batch's calls and leases.</param>
/// <param name="now">What the market clock says.</param>
/// <param name="standsOnOthers">Whether the batch before it is not yet durable.</param>
internal sealed class BookDecisions(ShardBook book, KnownReservations known, Instant now, bool standsOnOthers)
{
    private readonly Dictionary<Guid, Reservation> reservations = [];
    private readonly HashSet<PoolBook> pools = [];

    // The pools of the change that is decided now.
    private readonly HashSet<PoolBook> touched = [];
    private readonly Dictionary<(Guid OrganisationId, Guid RequestId), Decided> answered = [];
    private readonly List<Decided> answers = [];

    /// <summary>Whether something was decided that has to be durable before anybody is answered.</summary>
    public bool HasRows => answers.Exists(answer => answer.Reservation is not null);

    /// <summary>
    /// Decides a change. What does not have to be written is answered at once, unless it stands on what still has to
    /// be.
    /// </summary>
    public void Decide(BookChange change)
    {
        if (change.Request is { } request)
        {
            var key = (request.OrganisationId, request.RequestId);
            if (known.Answers.TryGetValue(key, out var stored))
            {
                change.AnswerAgain(stored.Method, stored.ContentHash, stored.Answer);
                return;
            }
            if (answered.TryGetValue(key, out var twin))
            {
                twin.Twins.Add(change);
                return;
            }
        }
        var existing = reservations.GetValueOrDefault(change.LeaseId)
            ?? known.ByLease.GetValueOrDefault(change.LeaseId);
        try
        {
            Add(change, existing, change.Decide(existing, poolId => book.Find(poolId)?.Pool, now));
        }
        catch (RpcException refusal)
        {
            Refuse(change, refusal);
        }
    }

    /// <summary>Closes the batch: what is to be committed, and what the next decisions stand on.</summary>
    public BookBatch Close()
    {
        var decided = reservations.Values.ToList();
        var closed = pools.Select(pool => pool.Close()).ToList();
        var changed = decided.FindAll(reservation => known.ByLease.ContainsKey(reservation.LeaseId));
        var made = decided.FindAll(reservation => !known.ByLease.ContainsKey(reservation.LeaseId));
        var batch = new BookBatch
        {
            ProviderId = book.ProviderId,
            Before = book.Epoch,
            After = book.Epoch.After(Guid.CreateVersion7(), made.Count > 0),
            Answers =
            [
                .. answers.Where(answer => answer.Reservation is not null && answer.Change.Request is not null)
                    .Select(answer => (answer.Change.Request!, answer.Reservation!.ToByteArray())),
            ],
            Made = made,
            Changed = changed,
            Replaced =
            [
                .. changed.Where(reservation => reservation.Version > known.ByLease[reservation.LeaseId].Version)
                    .Select(reservation => (known.ByLease[reservation.LeaseId], reservation.UpdateTime)),
            ],
            Amended = changed.FindAll(reservation =>
                !ReferenceEquals(known.ByLease[reservation.LeaseId].Profile, reservation.Profile)),
            Pools = closed,
            // Pools without a listing on the market are nobody's news.
            PoolsToTellOf = [.. pools.Where(pool => pool.Listings.Count > 0).Select(pool => pool.Pool.PoolId)],
            Listings =
            [
                .. pools.SelectMany(pool => MarketNews.Moved(pool.Pool, pool.Free, pool.Listings,
                    leaseId => reservations.GetValueOrDefault(leaseId)?.EndDate, now)),
            ],
        };
        book.Decided(batch);
        return batch;
    }

    /// <summary>Answers everybody, when it is durable.</summary>
    public void Answer()
    {
        foreach (var answer in answers) answer.Give();
    }

    private void Refuse(BookChange change, RpcException refusal)
    {
        if (answers.Count == 0 && !standsOnOthers) change.Fail(refusal);
        else answers.Add(new(change, null, refusal));
    }

    private void Add(BookChange change, Reservation? existing, ReservationChange decision)
    {
        var shortfalls = CapacityRules.Change(book.FreeOf, decision.Freed, decision.Taken);
        if (shortfalls.Count > 0)
        {
            Refuse(change, CapacityErrors.Short(shortfalls));
            return;
        }
        touched.Clear();
        foreach (var step in decision.Freed) Touched(step).Note(step.Days, step.Kw);
        foreach (var step in decision.Taken) Touched(step).Note(step.Days, -step.Kw);
        foreach (var pool in touched) pool.NoteChange();
        pools.UnionWith(touched);
        if (decision.After != existing) reservations[change.LeaseId] = decision.After;
        else if (change.Request is null && answers.Count == 0 && !standsOnOthers)
        {
            change.Succeed(decision.After.ToProto());
            return;
        }
        var answer = new Decided(change, decision.After.ToProto(), null);
        answers.Add(answer);
        if (change.Request is { } request) answered[(request.OrganisationId, request.RequestId)] = answer;
    }

    private PoolBook Touched(HeldStep step)
    {
        var pool = book.Find(step.PoolId)!;
        touched.Add(pool);
        return pool;
    }

    private sealed record Decided(BookChange Change, V1.Reservation? Reservation, RpcException? Refusal)
    {
        public List<BookChange> Twins { get; } = [];

        public void Give()
        {
            if (Reservation is null) Change.Fail(Refusal!);
            else Change.Succeed(Reservation);
            foreach (var twin in Twins)
            {
                if (twin.Request!.IsSameAs(Change.Request!.Method, Change.Request.ContentHash))
                    twin.Succeed(Reservation!);
                else twin.Fail(twin.Request.Reused());
            }
        }
    }
}
