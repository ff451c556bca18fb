using Dapper;
using Google.Protobuf;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Trading;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Leasing.Matching;

/// <summary>Requests for capacity: posted, matched, taken back.</summary>
internal sealed class CapacityRequests(Quotes quotes)
{
    private const string Columns =
        """
        capacity_request_id, organisation_id, criteria, standing, comment, create_time, expire_time,
        case when is_withdrawn then 'WITHDRAWN' when expire_time <= @Now then 'EXPIRED' else 'OPEN' end as state
        """;

    public async Task<CapacityRequestRow> CreateAsync(
        Transaction transaction, Caller caller, V1.CreateCapacityRequestRequest request, Criteria criteria,
        Instant expireTime)
    {
        await TradingFloor.RequireOpenAsync(transaction);
        var row = new CapacityRequestRow
        {
            CapacityRequestId = Guid.CreateVersion7(),
            OrganisationId = caller.OrganisationId,
            Criteria = request.Criteria.ToByteArray(),
            Standing = request.Standing,
            Comment = request.Comment,
            State = "OPEN",
            CreateTime = transaction.Now,
            ExpireTime = expireTime,
        };
        await transaction.Connection.ExecuteAsync(
            """
            insert into capacity_request (capacity_request_id, organisation_id, criteria, standing, comment,
                create_time, expire_time)
            values (@CapacityRequestId, @OrganisationId, @Criteria, @Standing, @Comment, @CreateTime, @ExpireTime)
            """,
            row);
        await quotes.MatchAsync(transaction, caller.OrganisationId, row.CapacityRequestId, criteria);
        return row;
    }

    /// <summary>Matches standing requests again, each in a transaction of its own.</summary>
    public async Task MatchStandingAsync(Database database, CancellationToken cancellationToken)
    {
        foreach (var id in await StandingAsync(database, cancellationToken))
        {
            await using var transaction = await database.BeginMutationAsync(cancellationToken);
            var row = await transaction.Connection.QuerySingleOrDefaultAsync<CapacityRequestRow>(
                $"select {Columns} from capacity_request where capacity_request_id = @id for update skip locked",
                new { id, transaction.Now });
            if (row is not { State: "OPEN" }) continue;
            var (criteria, _) = CriteriaReader.Read(V1.CapacityCriteria.Parser.ParseFrom(row.Criteria));
            if (criteria is null
                || await quotes.MatchAsync(transaction, row.OrganisationId, id, criteria) == 0) continue;
            await transaction.CommitAsync(cancellationToken);
        }
    }

    public static async Task<CapacityRequestRow> FindAsync(
        Transaction transaction, Caller caller, Guid id, bool isOwn = false) =>
        await transaction.Connection.QuerySingleOrDefaultAsync<CapacityRequestRow>(
            $"""
            select {Columns} from capacity_request
            where capacity_request_id = @id and (organisation_id = @OrganisationId or @mayReadAll)
            """,
            new { id, caller.OrganisationId, mayReadAll = caller.IsOperator && !isOwn, transaction.Now })
        ?? throw RpcErrors.NotFound("CAPACITY_REQUEST_NOT_FOUND", "capacity request", id.ToString());

    public static async Task<CapacityRequestRow> FindOpenAsync(Transaction transaction, Caller caller, Guid id)
    {
        var row = await FindAsync(transaction, caller, id, isOwn: true);
        return row.State == "OPEN"
            ? row
            : throw RpcErrors.FailedPrecondition("CAPACITY_REQUEST_NOT_OPEN", $"The request is {row.State}.");
    }

    public static async Task<IReadOnlyList<CapacityRequestRow>> ListAsync(
        Transaction transaction, Caller caller, Page page, string? state) =>
        (await transaction.Connection.QueryAsync<CapacityRequestRow>(
            $"""
            select * from (select {Columns} from capacity_request) request
            where (@isOperator or organisation_id = @OrganisationId)
              and (@state::text is null or state = @state)
              and (@After::uuid is null or capacity_request_id > @After)
            order by capacity_request_id limit @limit
            """,
            new
            {
                isOperator = caller.IsOperator,
                caller.OrganisationId,
                state,
                page.After,
                limit = page.Size + 1,
                transaction.Now,
            }))
        .AsList();

    public static async Task<CapacityRequestRow> WithdrawAsync(Transaction transaction, Caller caller, Guid id)
    {
        await transaction.Connection.ExecuteAsync(
            "select 1 from capacity_request where capacity_request_id = @id for update", new { id });
        await FindOpenAsync(transaction, caller, id);
        await transaction.Connection.ExecuteAsync(
            "update capacity_request set is_withdrawn = true where capacity_request_id = @id", new { id });
        return await FindAsync(transaction, caller, id, isOwn: true);
    }

    private static async Task<IReadOnlyList<Guid>> StandingAsync(Database database, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        return (await transaction.Connection.QueryAsync<Guid>(
            """
            select capacity_request_id from capacity_request
            where standing and not is_withdrawn and expire_time > @Now
              and not exists (select from trading_status where state = 'HALTED')
            order by capacity_request_id
            """,
            new { transaction.Now })).AsList();
    }
}

/// <summary>A request for capacity as it is stored.</summary>
internal sealed class CapacityRequestRow
{
    public Guid CapacityRequestId { get; init; }

    public Guid OrganisationId { get; init; }

    public byte[] Criteria { get; init; } = [];

    public bool Standing { get; init; }

    public string Comment { get; init; } = "";

    public string State { get; init; } = "";

    public Instant CreateTime { get; init; }

    public Instant ExpireTime { get; init; }
}
