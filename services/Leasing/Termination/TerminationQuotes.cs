using Dapper;
using Google.Protobuf;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Termination;

/// <summary>Quotes of what a notice of termination would come to.</summary>
internal static class TerminationQuotes
{
    private const string Columns =
        """
        termination_quote_id, lease_id, party, organisation_id, clause_id, effect, create_time, expire_time,
        case when exists (select from notice where notice.termination_quote_id = termination_quote.termination_quote_id)
            then 'USED' when expire_time <= @Now then 'EXPIRED' else 'OPEN' end as state
        """;

    private static readonly Duration Holds = Duration.FromHours(24);

    public static async Task<TerminationQuoteRow> CreateAsync(
        Transaction transaction, Caller caller, Guid leaseId, string clauseId)
    {
        var (lease, party) = await LeaseBook.FindToChangeAsync(transaction, caller, leaseId);
        var row = new TerminationQuoteRow
        {
            TerminationQuoteId = Guid.CreateVersion7(),
            LeaseId = leaseId,
            Party = ProtoNames.Of(party),
            OrganisationId = caller.OrganisationId,
            ClauseId = clauseId,
            Effect = EffectNow(lease, party, clauseId, transaction.Now).ToByteArray(),
            State = "OPEN",
            CreateTime = transaction.Now,
            ExpireTime = transaction.Now + Holds,
        };
        await transaction.Connection.ExecuteAsync(
            """
            insert into termination_quote (termination_quote_id, lease_id, party, organisation_id, clause_id, effect,
                create_time, expire_time)
            values (@TerminationQuoteId, @LeaseId, @Party, @OrganisationId, @ClauseId, @Effect, @CreateTime,
                @ExpireTime)
            """,
            row);
        return row;
    }

    /// <summary>What a notice received now would do.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: there can be none.</exception>
    public static V1.TerminationEffect EffectNow(LeaseRow lease, V1.Party party, string clauseId, Instant now)
    {
        if (lease.State == "ENDED") throw Ended(lease.EndDate);
        var terms = lease.Terms();
        var today = now.InZone(terms.Zone).Date.ToDateOnly();
        return TerminationRules.Serve(terms, (Party)(int)party, clauseId, now) switch
        {
            NoticeOutcome.Accepted accepted => TerminationRules.Effect(terms, lease.EndDate, accepted, today),
            NoticeOutcome.LockedIn locked => throw RpcErrors.FailedPrecondition("NOTICE_LOCKED_IN",
                $"A notice can be received from {locked.FirstValidDate:O} on.",
                ("first_valid_date", $"{locked.FirstValidDate:O}")),
            NoticeOutcome.LeaseEnded ended => throw Ended(ended.End),
            _ => throw RpcErrors.FailedPrecondition("NO_TERMINATION_RIGHT",
                clauseId.Length == 0 ? "Your side has no right to end the lease for convenience."
                    : $"Your side has no right '{clauseId}' to end the lease for convenience."),
        };
    }

    public static async Task<TerminationQuoteRow> FindAsync(
        Transaction transaction, Caller caller, Guid id, bool isOwn = false) =>
        await transaction.Connection.QuerySingleOrDefaultAsync<TerminationQuoteRow>(
            $"""
            select {Columns} from termination_quote
            where termination_quote_id = @id and (organisation_id = @OrganisationId or @mayReadAll)
            """,
            new { id, caller.OrganisationId, mayReadAll = caller.IsOperator && !isOwn, transaction.Now })
        ?? throw RpcErrors.NotFound("TERMINATION_QUOTE_NOT_FOUND", "termination quote", id.ToString());

    private static Grpc.Core.RpcException Ended(DateOnly end) =>
        RpcErrors.FailedPrecondition("LEASE_ENDED", $"The lease has ended on {end:O}.", ("end_date", $"{end:O}"));
}

/// <summary>A termination quote as it is stored.</summary>
internal sealed class TerminationQuoteRow
{
    public Guid TerminationQuoteId { get; init; }

    public Guid LeaseId { get; init; }

    public string Party { get; init; } = "";

    public Guid OrganisationId { get; init; }

    public string ClauseId { get; init; } = "";

    public byte[] Effect { get; init; } = [];

    public string State { get; init; } = "";

    public Instant CreateTime { get; init; }

    public Instant ExpireTime { get; init; }
}
