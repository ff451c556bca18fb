using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Truncates, restores and gives back what a lease holds. The reservation's row is locked first, then its pools'.
/// </summary>
internal static class ChangeReservation
{
    /// <summary>Cuts a reservation at a date; at or after its end there is nothing to cut.</summary>
    public static async Task<Reservation> TruncateAsync(Transaction transaction, Guid leaseId, DateOnly endDate)
    {
        var reservation = await LockAsync(transaction, leaseId);
        // Whoever cuts now knows of every restoration before.
        return await CutAsync(transaction, reservation, endDate, restoredEndDate: null);
    }

    /// <summary>
    /// Cuts a reservation as a lease's notice says, but not into what was restored since the notice was served.
    /// </summary>
    public static async Task<Reservation> NoticeServedAsync(Transaction transaction, Guid leaseId, DateOnly endDate)
    {
        var reservation = await LockAsync(transaction, leaseId);
        var end = reservation.RestoredEndDate is { } restored && restored > endDate ? restored : endDate;
        return await CutAsync(transaction, reservation, end, reservation.RestoredEndDate);
    }

    /// <summary>
    /// Notes that the lease's events have caught up with a restoration; Leasing has asked for it before it said so.
    /// </summary>
    public static async Task NoticeWithdrawnAsync(Transaction transaction, Guid leaseId, DateOnly endDate)
    {
        var reservation = await LockAsync(transaction, leaseId);
        if (reservation.RestoredEndDate <= endDate)
            await ReservationRows.UpdateAsync(transaction, reservation with { RestoredEndDate = null });
    }

    /// <summary>Takes back what was cut, up to a date, all of it or nothing.</summary>
    public static async Task<Reservation> RestoreAsync(Transaction transaction, Guid leaseId, DateOnly endDate)
    {
        var reservation = await LockAsync(transaction, leaseId);
        if (endDate > reservation.OriginalEndDate)
        {
            throw RpcErrors.InvalidFields(
                [new("end_date", "OUT_OF_RANGE",
                    $"The reservation was made up to {reservation.OriginalEndDate:O}; nothing is restored beyond.")]);
        }
        if (reservation.IsGivenBack)
        {
            throw RpcErrors.FailedPrecondition("RESERVATION_RELEASED",
                "The whole reservation was given back and cannot be restored.", ("lease_id", leaseId.ToString()));
        }
        var (after, taken) = reservation.Restore(endDate, transaction.Now);
        after = after with { RestoredEndDate = endDate };
        await ReservationRows.UpdateAsync(transaction, after);
        if (taken.Count == 0) return after;
        var (pools, before) = await BooksAsync(transaction, taken);
        var granted = CapacityErrors.Granted(CapacityRules.Take(before, taken));
        await PoolBooks.SaveAsync(transaction, pools, before, granted);
        return after;
    }

    /// <summary>Gives a whole reservation back.</summary>
    public static async Task<Reservation> ReleaseAsync(Transaction transaction, Guid leaseId)
    {
        var reservation = await LockAsync(transaction, leaseId);
        var (after, freed) = reservation.GiveBack(transaction.Now);
        if (after == reservation) return reservation;
        await ReservationRows.UpdateAsync(transaction, after);
        await FreeAsync(transaction, freed);
        return after;
    }

    private static async Task<Reservation> CutAsync(
        Transaction transaction, Reservation reservation, DateOnly endDate, DateOnly? restoredEndDate)
    {
        var (after, freed) = reservation.Truncate(endDate, transaction.Now);
        after = after with { RestoredEndDate = restoredEndDate };
        if (after == reservation) return reservation;
        await ReservationRows.UpdateAsync(transaction, after);
        await FreeAsync(transaction, freed);
        return after;
    }

    private static async Task FreeAsync(Transaction transaction, IReadOnlyList<HeldStep> freed)
    {
        if (freed.Count == 0) return;
        var (pools, before) = await BooksAsync(transaction, freed);
        await PoolBooks.SaveAsync(transaction, pools, before, CapacityRules.GiveBack(before, freed));
    }

    private static async Task<(IReadOnlyList<Pool> Pools, IReadOnlyList<PoolDays> Free)> BooksAsync(
        Transaction transaction, IReadOnlyList<HeldStep> steps)
    {
        var pools = await PoolRows.LockAsync(transaction, [.. steps.Select(step => step.PoolId).Distinct()]);
        var days = new DateRange(steps.Min(step => step.Days.Start), steps.Max(step => step.Days.End));
        return (pools, await PoolMonthRows.ReadAsync(transaction, pools, days));
    }

    private static async Task<Reservation> LockAsync(Transaction transaction, Guid leaseId) =>
        await ReservationRows.LockByLeaseAsync(transaction, leaseId)
        ?? throw RpcErrors.NotFound("RESERVATION_NOT_FOUND", "reservation of the lease", leaseId.ToString());
}
