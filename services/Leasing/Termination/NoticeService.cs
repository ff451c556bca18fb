using Dapper;
using Google.Protobuf;
using Marketplace.Contracts;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Termination;

/// <summary>Serves notices of termination; of several the earliest end counts.</summary>
internal static class NoticeService
{
    public static async Task<Guid> ServeAsync(Transaction transaction, Caller caller, Guid quoteId, string comment)
    {
        var found = await TerminationQuotes.FindAsync(transaction, caller, quoteId, isOwn: true);
        var (lease, party) = await LeaseBook.FindToChangeAsync(transaction, caller, found.LeaseId);
        // Read again under the lease's lock, so that of two calls with one quote the second sees it used.
        var quote = await TerminationQuotes.FindAsync(transaction, caller, quoteId, isOwn: true);
        if (quote.State != "OPEN")
            throw RpcErrors.FailedPrecondition(
                $"TERMINATION_QUOTE_{quote.State}", $"The quote is {quote.State}; make a new one.");
        var effect = TerminationQuotes.EffectNow(lease, party, quote.ClauseId, transaction.Now);
        if (!TerminationRules.IsSame(effect, V1.TerminationEffect.Parser.ParseFrom(quote.Effect)))
            throw RpcErrors.FailedPrecondition("TERMINATION_QUOTE_OUTDATED",
                $"A notice received now would end the lease on {Wire.Day(effect.EndDate):O} or at another cost: "
                    + "quote again.",
                ("end_date", $"{Wire.Day(effect.EndDate):O}"));

        var noticeId = Guid.CreateVersion7();
        var endDate = Wire.Day(effect.EndDate);
        await transaction.Connection.ExecuteAsync(
            """
            insert into notice (notice_id, lease_id, party, termination_quote_id, effect, end_date, organisation_id,
                api_key_id, comment, serve_time)
            values (@noticeId, @LeaseId, @party, @quoteId, @effect, @endDate, @OrganisationId, @ApiKeyId,
                @comment, @Now)
            """,
            new
            {
                noticeId,
                lease.LeaseId,
                party = ProtoNames.Of(party),
                quoteId,
                effect = effect.ToByteArray(),
                endDate,
                caller.OrganisationId,
                caller.ApiKeyId,
                comment,
                transaction.Now,
            });
        if (effect.MovesEnd) await MoveEndAsync(transaction, caller, lease, party, noticeId, endDate, comment);
        await LeaseBook.PublishAsync(transaction, lease.LeaseId, new LeaseNoticeServed
        {
            LeaseId = lease.LeaseId,
            NoticeId = noticeId,
            OrganisationId = caller.OrganisationId,
            DeemedReceiptDate = Wire.Day(effect.ReceiptDate),
            EndDate = effect.MovesEnd ? endDate : lease.EndDate,
            MovesEnd = effect.MovesEnd,
        });
        return noticeId;
    }

    private static async Task MoveEndAsync(
        Transaction transaction, Caller caller, LeaseRow lease, V1.Party party, Guid noticeId, DateOnly endDate,
        string comment)
    {
        var moved = lease with
        {
            State = ProtoNames.Of(V1.LeaseState.WindingDown),
            EndDate = endDate,
            EndKind = ProtoNames.Of(V1.LeaseEndKind.Convenience),
            EndParty = ProtoNames.Of(party),
            EndNoticeId = noticeId,
        };
        await LeaseBook.SaveAsync(transaction, lease, moved,
            new(caller.OrganisationId, caller.ApiKeyId, "NOTICE_SERVED", comment, transaction.Now));
        await LeasePhaseWork.ScheduleAsync(transaction, lease.LeaseId, lease.Terms().Zone, endDate);
    }
}
