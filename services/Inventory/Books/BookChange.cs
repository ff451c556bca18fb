using System.Diagnostics;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>
/// A change of what a lease holds. The shard's writer decides it in memory, together with those that wait beside it,
/// and answers when it is durable.
/// </summary>
/// <param name="leaseId">The lease.</param>
/// <param name="request">The call that asks for it; null: an event does, which is known by its version.</param>
internal abstract class BookChange(Guid leaseId, RequestKey? request)
{
    private readonly TaskCompletionSource<V1.Reservation> answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid LeaseId => leaseId;

    /// <summary>The trace of whoever asks for it.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public RequestKey? Request => request;

    /// <summary>The reservation afterwards, when it is durable, or why it was refused.</summary>
    public Task<V1.Reservation> Answer => answer.Task;

    /// <summary>Whether it makes a reservation for a lease that has none.</summary>
    public virtual bool IsNew => false;

    /// <summary>The pools that it needs to know, beside those of the lease's reservation.</summary>
    public virtual IReadOnlyCollection<Guid> PoolIds => [];

    /// <summary>How many steps it writes at most, which bounds the batch that it is part of.</summary>
    public virtual int StepCount => 1;

    /// <summary>Decides by itself, without looking at what is free.</summary>
    /// <param name="existing">The lease's reservation, if it has one.</param>
    /// <param name="pools">The provider's pools.</param>
    /// <param name="now">What the market clock says.</param>
    /// <exception cref="Grpc.Core.RpcException">It is refused.</exception>
    public abstract ReservationChange Decide(Reservation? existing, Func<Guid, Pool?> pools, Instant now);

    public void Succeed(V1.Reservation reservation) => answer.TrySetResult(reservation);

    public void Fail(Exception exception) => answer.TrySetException(exception);

    /// <summary>Answers as the same call was answered before.</summary>
    public void AnswerAgain(string method, byte[] contentHash, byte[] stored)
    {
        if (request!.IsSameAs(method, contentHash)) Succeed(V1.Reservation.Parser.ParseFrom(stored));
        else Fail(request.Reused());
    }
}

/// <summary>A change of a reservation that there is.</summary>
internal abstract class ExistingReservationChange(Guid leaseId, RequestKey? request) : BookChange(leaseId, request)
{
    public sealed override ReservationChange Decide(Reservation? existing, Func<Guid, Pool?> pools, Instant now) =>
        existing is not null
            ? Decide(existing, now)
            : throw NotFound(LeaseId);

    /// <summary>NOT_FOUND, RESERVATION_NOT_FOUND.</summary>
    public static Grpc.Core.RpcException NotFound(Guid leaseId) =>
        RpcErrors.NotFound("RESERVATION_NOT_FOUND", "reservation of the lease", leaseId.ToString());

    protected abstract ReservationChange Decide(Reservation existing, Instant now);
}
