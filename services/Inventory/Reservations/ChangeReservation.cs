using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Inventory;

/// <summary>
/// Truncates, restores and gives back what a lease holds. The reservation's row is locked first, then its pools'. Every
/// end comes with the version of the lease that has it: what is known of a later version is never undone.
/// </summary>
internal static class ChangeReservation
{
    /// <summary>Cuts a reservation at a date; at or after its end there is nothing to cut.</summary>
    public static async Task<Reservation> TruncateAsync(
        Transaction transaction, Guid leaseId, DateOnly endDate, long leaseVersion)
    {
        var reservation = await LockAsync(transaction, leaseId);
        return leaseVersion < reservation.LeaseVersion
            ? reservation
            : await CutAsync(transaction, reservation, endDate, leaseVersion);
    }

    /// <summary>Takes back what was cut, up to a date, all of it or nothing.</summary>
    public static async Task<Reservation> RestoreAsync(
        Transaction transaction, Guid leaseId, DateOnly endDate, long leaseVersion)
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
        return leaseVersion < reservation.LeaseVersion
            ? reservation
            : await TakeBackAsync(transaction, reservation, endDate, leaseVersion);
    }

    /// <summary>Cuts a reservation as an event of its lease says.</summary>
    public static async Task EndMovedForwardAsync(
        Transaction transaction, Guid leaseId, DateOnly endDate, long leaseVersion)
    {
        var reservation = await LockAsync(transaction, leaseId);
        if (leaseVersion > reservation.LeaseVersion)
            await CutAsync(transaction, reservation, endDate, leaseVersion);
    }

    /// <summary>
    /// Sees to it that a reservation ends where an event of its lease says. Leasing has taken the capacity back before
    /// it says so; where it is cut all the same, it is taken again, and an event for which it is no longer free is
    /// parked instead of being forgotten.
    /// </summary>
    public static async Task EndMovedBackAsync(
        Transaction transaction, Guid leaseId, DateOnly endDate, long leaseVersion)
    {
        var reservation = await LockAsync(transaction, leaseId);
        if (leaseVersion <= reservation.LeaseVersion || reservation.IsGivenBack) return;
        // It still reaches further when an event before it was skipped as one that a call took account of.
        if (endDate < reservation.EndDate) await CutAsync(transaction, reservation, endDate, leaseVersion);
        else await TakeBackAsync(transaction, reservation, endDate, leaseVersion);
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
        Transaction transaction, Reservation reservation, DateOnly endDate, long leaseVersion)
    {
        var (after, freed) = reservation.Truncate(endDate, transaction.Now);
        after = after with { LeaseVersion = leaseVersion };
        await ReservationRows.UpdateAsync(transaction, after);
        await FreeAsync(transaction, freed);
        return after;
    }

    private static async Task<Reservation> TakeBackAsync(
        Transaction transaction, Reservation reservation, DateOnly endDate, long leaseVersion)
    {
        var (after, taken) = reservation.Restore(endDate, transaction.Now);
        after = after with { LeaseVersion = leaseVersion };
        await ReservationRows.UpdateAsync(transaction, after);
        if (taken.Count == 0) return after;
        var (pools, before) = await BooksAsync(transaction, taken);
        var granted = CapacityErrors.Granted(CapacityRules.Take(before, taken));
        await PoolBooks.SaveAsync(transaction, pools, before, granted);
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
