using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>What the database has of the calls and leases of a batch.</summary>
internal sealed record KnownReservations(
    IReadOnlyDictionary<(Guid OrganisationId, Guid RequestId), StoredAnswer> Answers,
    IReadOnlyDictionary<Guid, Reservation> ByLease)
{
    public static KnownReservations None { get; } = new(
        new Dictionary<(Guid, Guid), StoredAnswer>(), new Dictionary<Guid, Reservation>());

    public IEnumerable<Guid> PoolIds => ByLease.Values.SelectMany(reservation => reservation.PoolIds);

    public static async Task<KnownReservations> ReadAsync(
        Transaction transaction, IReadOnlyCollection<BookChange> changes)
    {
        if (changes.Count == 0) return None;
        var answers = await RequestLog.FindAsync(transaction,
            [.. changes.Select(change => change.Request).OfType<RequestKey>()]);
        var reservations = await ReservationRows.ReadByLeasesAsync(
            transaction, [.. changes.Select(change => change.LeaseId).Distinct()]);
        return new(
            answers.ToDictionary(answer => (answer.OrganisationId, answer.RequestId)),
            reservations.ToDictionary(reservation => reservation.LeaseId));
    }
}
