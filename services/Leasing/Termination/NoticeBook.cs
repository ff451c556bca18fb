using Dapper;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Leasing.Termination;

/// <summary>Keeps notices; what is served never changes, and its withdrawal stands beside it.</summary>
internal static class NoticeBook
{
    private const string Columns =
        """
        notice_id, notice.lease_id, party, termination_quote_id, effect, notice.end_date, organisation_id, api_key_id,
        comment, serve_time, withdraw_time,
        case when withdraw_time is not null then 'WITHDRAWN'
             when exists (select from withdrawal_consent consent where consent.notice_id = notice.notice_id)
             then 'WITHDRAWAL_PROPOSED' else 'SERVED' end as state
        """;

    private const string Source = "notice left join withdrawal using (notice_id)";

    /// <summary>Finds a notice for one who may read it: the parties of its lease and operators.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, also for others.</exception>
    public static async Task<NoticeRow> FindAsync(
        Transaction transaction, Caller caller, Guid id, bool isParty = false) =>
        await transaction.Connection.QuerySingleOrDefaultAsync<NoticeRow>(
            $"""
            select {Columns} from {Source} join lease on lease.lease_id = notice.lease_id
            where notice_id = @id
              and (@mayReadAll or @OrganisationId in (provider_organisation_id, buyer_organisation_id))
            """,
            new { id, caller.OrganisationId, mayReadAll = caller.IsOperator && !isParty })
        ?? throw RpcErrors.NotFound("NOTICE_NOT_FOUND", "notice", id.ToString());

    public static async Task<IReadOnlyList<NoticeRow>> ListAsync(
        Transaction transaction, Caller caller, Page page, Guid? leaseId, string? state) =>
        (await transaction.Connection.QueryAsync<NoticeRow>(
            $"""
            select * from (
                select {Columns} from {Source} join lease on lease.lease_id = notice.lease_id
                where @isOperator or @OrganisationId in (provider_organisation_id, buyer_organisation_id)) notice
            where (@leaseId::uuid is null or lease_id = @leaseId)
              and (@state::text is null or state = @state)
              and (@After::uuid is null or notice_id > @After)
            order by notice_id limit @limit
            """,
            new
            {
                isOperator = caller.IsOperator,
                caller.OrganisationId,
                leaseId,
                state,
                page.After,
                limit = page.Size + 1,
            }))
        .AsList();

    public static async Task<ILookup<Guid,
    ConsentRow>> ConsentsAsync(Transaction transaction, params Guid[] noticeIds) =>
        (await transaction.Connection.QueryAsync<ConsentRow>(
            """
            select notice_id, party, organisation_id, api_key_id, comment, consent_time
            from withdrawal_consent where notice_id = any(@noticeIds) order by notice_id, consent_time, party
            """,
            new { noticeIds })).ToLookup(row => row.NoticeId);

    /// <summary>
    /// The notice that ends a lease first without one of its notices, or null if none of them moves the end.
    /// </summary>
    public static Task<NoticeRow?> EarliestAsync(Transaction transaction, LeaseRow lease, Guid without) =>
        transaction.Connection.QueryFirstOrDefaultAsync<NoticeRow>(
            $"""
            select {Columns} from {Source}
            where notice.lease_id = @LeaseId and notice_id <> @without and withdraw_time is null
              and notice.end_date < @NaturalEndDate
            order by notice.end_date, notice_id limit 1
            """,
            new { lease.LeaseId, without, lease.NaturalEndDate });
}

/// <summary>A notice as it is stored.</summary>
internal sealed class NoticeRow
{
    public Guid NoticeId { get; init; }

    public Guid LeaseId { get; init; }

    public string Party { get; init; } = "";

    public Guid TerminationQuoteId { get; init; }

    public byte[] Effect { get; init; } = [];

    public DateOnly EndDate { get; init; }

    public Guid OrganisationId { get; init; }

    public Guid ApiKeyId { get; init; }

    public string Comment { get; init; } = "";

    public string State { get; init; } = "";

    public Instant ServeTime { get; init; }

    public Instant? WithdrawTime { get; init; }
}

/// <summary>A consent to the withdrawal of a notice as it is stored.</summary>
internal sealed class ConsentRow
{
    public Guid NoticeId { get; init; }

    public string Party { get; init; } = "";

    public Guid OrganisationId { get; init; }

    public Guid ApiKeyId { get; init; }

    public string Comment { get; init; } = "";

    public Instant ConsentTime { get; init; }
}
