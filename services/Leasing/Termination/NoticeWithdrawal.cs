using Dapper;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Termination;

/// <summary>
/// Withdraws a notice when both sides consent. The capacity is taken back first, outside of any transaction: where it
/// is no longer free nothing changes.
/// </summary>
internal sealed class NoticeWithdrawal(
    Database database, CapacityReservationService.CapacityReservationServiceClient inventory)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Takes the capacity back if the caller's consent is the one that is missing.</summary>
    /// <returns>The end up to which the lease holds its capacity again; null: there was nothing to take back.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, CAPACITY_SHORT; NOT_FOUND.</exception>
    public async Task<DateOnly?> RestoreAsync(Caller caller, Guid noticeId, CancellationToken cancellationToken)
    {
        LeaseRow lease;
        DateOnly end;
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            var notice = await NoticeBook.FindAsync(transaction, caller, noticeId, isParty: true);
            lease = (await LeaseBook.LoadAsync(transaction, notice.LeaseId, toChange: false))!;
            var consents = (await NoticeBook.ConsentsAsync(transaction, noticeId))[noticeId];
            var party = ProtoNames.Of(lease.PartyOf(caller.OrganisationId)!.Value);
            if (lease.State == "ENDED" || notice.State == "WITHDRAWN"
                || !consents.Any(consent => consent.Party != party)) return null;
            end = await EndWithoutAsync(transaction, lease, noticeId);
        }
        if (end <= lease.EndDate) return null;
        await RestoreAsync(lease, end, cancellationToken);
        return end;
    }

    /// <summary>Gives back what was taken back when the withdrawal is not recorded after all.</summary>
    public async Task GiveBackAsync(Caller caller, Guid noticeId, CancellationToken cancellationToken)
    {
        LeaseRow lease;
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            var notice = await NoticeBook.FindAsync(transaction, caller, noticeId, isParty: true);
            lease = (await LeaseBook.LoadAsync(transaction, notice.LeaseId, toChange: false))!;
        }
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
    }

    /// <summary>Records the consent and, with the second one, the withdrawal.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="caller">Who consents.</param>
    /// <param name="noticeId">The notice.</param>
    /// <param name="comment">Why.</param>
    /// <param name="restored">The end up to which the lease holds its capacity again.</param>
    public static async Task ConsentAsync(
        Transaction transaction, Caller caller, Guid noticeId, string comment, DateOnly? restored)
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
        // Between looking and locking, the other side has consented too or another notice was served.
        if (end > lease.EndDate && end != restored)
            throw RpcErrors.Aborted(
                "REQUEST_IN_PROGRESS", "The lease has changed meanwhile; try again.", TimeSpan.FromMilliseconds(100));
        await WithdrawAsync(transaction, caller, lease, noticeId, end, comment);
    }

    private async Task RestoreAsync(LeaseRow lease, DateOnly end, CancellationToken cancellationToken)
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
        catch (RpcException)
        {
            throw RpcErrors.Unavailable(
                "INVENTORY_UNAVAILABLE", "The capacity cannot be taken back now; try again.", TimeSpan.FromSeconds(1));
        }
    }

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
                State = ProtoNames.Of(LeasePhases.On(terms, end, today)),
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
