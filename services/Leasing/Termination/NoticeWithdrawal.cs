using Dapper;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Termination;

/// <summary>Capacity that is being taken back for a notice that is about to be withdrawn.</summary>
/// <param name="RestorationId">The id.</param>
/// <param name="LeaseId">The lease; of each at most one at a time.</param>
/// <param name="EndDate">The end up to which the lease holds its capacity again.</param>
internal sealed record Restoration(Guid RestorationId, Guid LeaseId, DateOnly EndDate);

/// <summary>
/// Withdraws a notice when both sides consent. The capacity is taken back first, outside of any transaction: where it
/// is no longer free nothing changes. That it is being taken back is noted before, and the note is gone with the
/// withdrawal's commit: whatever is left of one, after an error or a crash, is settled by the sweep.
/// </summary>
internal sealed class NoticeWithdrawal(
    Database database, CapacityReservationService.CapacityReservationServiceClient inventory)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Asking Inventory and committing the withdrawal; and settling, which asks Inventory once more.
    private static readonly TimeSpan RestoreDurationMax = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan SettleDurationMax = TimeSpan.FromSeconds(6);

    /// <summary>Takes the capacity back if the caller's consent is the one that is missing.</summary>
    /// <returns>What is taken back; null: there was nothing.</returns>
    /// <exception cref="RpcException">
    /// RESOURCE_EXHAUSTED, CAPACITY_SHORT; NOT_FOUND; ABORTED, LEASE_CHANGING; FAILED_PRECONDITION,
    /// RESERVATION_RELEASED; UNAVAILABLE.
    /// </exception>
    public async Task<Restoration?> RestoreAsync(Caller caller, Guid noticeId, CancellationToken cancellationToken)
    {
        if (await NoteAsync(caller, noticeId, cancellationToken) is not var (lease, restoration)) return null;
        try
        {
            await AskAsync(lease, restoration.EndDate, cancellationToken);
            return restoration;
        }
        catch
        {
            await GiveUpAsync(restoration);
            throw;
        }
    }

    /// <summary>Leaves it to the sweep to give back what was taken back, unless the withdrawal is recorded.</summary>
    public async Task GiveUpAsync(Restoration restoration)
    {
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await GiveUpAsync(transaction, restoration);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>Takes restorations that nobody withdraws a notice with any more, so that nobody will.</summary>
    public async Task<IReadOnlyList<Restoration>> TakeLeftOverAsync(int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var taken = (await transaction.Connection.QueryAsync<Restoration>(
            """
            update restoration set is_given_up = true, settle_time = clock_timestamp() + @SettleDurationMax
            where restoration_id in (
                select restoration_id from restoration where settle_time <= clock_timestamp()
                order by settle_time limit @limit for update skip locked)
            returning restoration_id, lease_id, end_date
            """,
            new { limit, SettleDurationMax })).AsList();
        await transaction.CommitAsync(cancellationToken);
        return taken;
    }

    /// <summary>Has Inventory hold what the lease says, and forgets the restoration.</summary>
    /// <exception cref="RpcException">Inventory gave no answer.</exception>
    public async Task SettleAsync(Restoration restoration, CancellationToken cancellationToken)
    {
        LeaseRow lease;
        await using (var transaction = await database.BeginAsync(cancellationToken))
            lease = (await LeaseBook.LoadAsync(transaction, restoration.LeaseId, toChange: false))!;
        await inventory.TruncateReservationAsync(
            new()
            {
                RequestId = Guid.CreateVersion7().ToString(),
                LeaseId = lease.LeaseId.ToString(),
                EndDate = Wire.Date(lease.EndDate),
                LeaseVersion = lease.EventVersion,
            },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline,
            cancellationToken: cancellationToken);
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            await transaction.Connection.ExecuteAsync(
                "delete from restoration where restoration_id = @RestorationId", restoration);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Records the consent and, with the second one, the withdrawal.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="caller">Who consents.</param>
    /// <param name="noticeId">The notice.</param>
    /// <param name="comment">Why.</param>
    /// <param name="restoration">The capacity that the lease holds again for it.</param>
    public static async Task ConsentAsync(
        Transaction transaction, Caller caller, Guid noticeId, string comment, Restoration? restoration)
    {
        var found = await NoticeBook.FindAsync(transaction, caller, noticeId, isParty: true);
        var (lease, party) = await LeaseBook.FindToChangeAsync(transaction, caller, found.LeaseId);
        var notice = await NoticeBook.FindAsync(transaction, caller, noticeId, isParty: true);
        if (notice.State == "WITHDRAWN")
            throw RpcErrors.FailedPrecondition("NOTICE_ALREADY_WITHDRAWN", "Both sides have withdrawn the notice.");
        if (lease.State == "ENDED") throw RpcErrors.FailedPrecondition(
            "LEASE_ENDED", $"The lease has ended on {lease.EndDate:O}.");

        await transaction.Connection.ExecuteAsync(
            """
            insert into withdrawal_consent (notice_id, party, organisation_id, api_key_id, comment, consent_time)
            values (@noticeId, @party, @OrganisationId, @ApiKeyId, @comment, @Now) on conflict do nothing
            """,
            new
            {
                noticeId,
                party = ProtoNames.Of(party),
                caller.OrganisationId,
                caller.ApiKeyId,
                comment,
                transaction.Now,
            });
        if ((await NoticeBook.ConsentsAsync(transaction, noticeId))[noticeId].Count() < 2) return;

        var end = await EndWithoutAsync(transaction, lease, noticeId);
        await UseAsync(transaction, restoration, end > lease.EndDate ? end : null);
        await WithdrawAsync(transaction, caller, lease, noticeId, end, comment);
    }

    // Null: there is nothing to take back.
    private async Task<(LeaseRow Lease, Restoration Restoration)?> NoteAsync(
        Caller caller, Guid noticeId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginMutationAsync(cancellationToken);
        var notice = await NoticeBook.FindAsync(transaction, caller, noticeId, isParty: true);
        var lease = (await LeaseBook.LoadAsync(transaction, notice.LeaseId, toChange: false))!;
        var consents = (await NoticeBook.ConsentsAsync(transaction, noticeId))[noticeId];
        var party = ProtoNames.Of(lease.PartyOf(caller.OrganisationId)!.Value);
        if (lease.State == "ENDED" || notice.State == "WITHDRAWN"
            || !consents.Any(consent => consent.Party != party)) return null;
        var end = await EndWithoutAsync(transaction, lease, noticeId);
        if (end <= lease.EndDate) return null;
        var restoration = new Restoration(Guid.CreateVersion7(), lease.LeaseId, end);
        var inserted = await transaction.Connection.ExecuteAsync(
            """
            insert into restoration (restoration_id, lease_id, notice_id, end_date, settle_time)
            values (@RestorationId, @LeaseId, @noticeId, @EndDate, clock_timestamp() + @RestoreDurationMax)
            on conflict (lease_id) do nothing
            """,
            new
            {
                restoration.RestorationId,
                restoration.LeaseId,
                noticeId,
                restoration.EndDate,
                RestoreDurationMax,
            });
        // Two at once could each give back what the other has taken.
        if (inserted == 0) throw Changing();
        await transaction.CommitAsync(cancellationToken);
        return (lease, restoration);
    }

    private async Task AskAsync(LeaseRow lease, DateOnly end, CancellationToken cancellationToken)
    {
        try
        {
            await inventory.RestoreReservationAsync(
                new()
                {
                    // A new id each time: what was given back has to be taken back again, and the date makes it
                    // idempotent.
                    RequestId = Guid.CreateVersion7().ToString(),
                    LeaseId = lease.LeaseId.ToString(),
                    EndDate = Wire.Date(end),
                    LeaseVersion = lease.EventVersion,
                },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline,
                cancellationToken: cancellationToken);
        }
        catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "CAPACITY_SHORT")
        {
            var shortage = RpcErrors.DetailsOf(refusal)!.Details
                .FirstOrDefault(detail => detail.Is(CapacityShort.Descriptor))?.Unpack<CapacityShort>()
                    ?? new CapacityShort();
            throw RpcErrors.ResourceExhausted("CAPACITY_SHORT", Shortage.Describe(shortage), shortage);
        }
        catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "RESERVATION_RELEASED")
        {
            throw RpcErrors.FailedPrecondition(
                "RESERVATION_RELEASED", "The lease's reservation was given back and cannot be restored.");
        }
        catch (RpcException)
        {
            throw RpcErrors.Unavailable(
                "INVENTORY_UNAVAILABLE", "The capacity cannot be taken back now; try again.", TimeSpan.FromSeconds(1));
        }
    }

    // What is taken back is used up to the end that the lease now has; otherwise it is given back.
    private static async Task UseAsync(Transaction transaction, Restoration? restoration, DateOnly? end)
    {
        if (end is not null)
        {
            // Between looking and locking, the other side has consented too or another notice was served; or this call
            // has taken so long that the sweep gives back what it has taken.
            var used = restoration?.EndDate != end ? 0 : await transaction.Connection.ExecuteAsync(
                "delete from restoration where restoration_id = @RestorationId and not is_given_up", restoration);
            if (used == 0) throw Changing();
        }
        else if (restoration is not null) await GiveUpAsync(transaction, restoration);
    }

    private static Task<int> GiveUpAsync(Transaction transaction, Restoration restoration) =>
        transaction.Connection.ExecuteAsync(
            """
            update restoration set is_given_up = true, settle_time = clock_timestamp()
            where restoration_id = @RestorationId and not is_given_up
            """,
            restoration);

    private static RpcException Changing() => RpcErrors.Aborted(
        "LEASE_CHANGING", "Another withdrawal or notice changes the lease; try again.", TimeSpan.FromMilliseconds(500));

    private static async Task WithdrawAsync(
        Transaction transaction, Caller caller, LeaseRow lease, Guid noticeId, DateOnly end, string comment)
    {
        await transaction.Connection.ExecuteAsync(
            "insert into withdrawal (notice_id, withdraw_time) values (@noticeId, @Now)",
            new { noticeId, transaction.Now });
        if (end > lease.EndDate)
        {
            var terms = lease.Terms();
            var today = transaction.Now.InZone(terms.Zone).Date.ToDateOnly();
            var earliest = await NoticeBook.EarliestAsync(transaction, lease, noticeId);
            var moved = lease with
            {
                State = ProtoNames.Of(LeasePhases.On(terms, end, today, lease.IsScheduled)),
                EndDate = end,
                EndKind = earliest is null ? null : ProtoNames.Of(V1.LeaseEndKind.Convenience),
                EndParty = earliest?.Party,
                EndNoticeId = earliest?.NoticeId,
            };
            await LeaseBook.SaveAsync(transaction, lease, moved,
                new(caller.OrganisationId, caller.ApiKeyId, "NOTICE_WITHDRAWN", comment, transaction.Now));
        }
        await LeaseBook.PublishAsync(transaction, lease.LeaseId,
            new LeaseNoticeWithdrawn { LeaseId = lease.LeaseId, NoticeId = noticeId, EndDate = end });
    }

    private static async Task<DateOnly> EndWithoutAsync(Transaction transaction, LeaseRow lease, Guid noticeId) =>
        (await NoticeBook.EarliestAsync(transaction, lease, noticeId))?.EndDate ?? lease.NaturalEndDate;
}
