using Dapper;
using Marketplace.Leasing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Negotiations;

/// <summary>Keeps negotiations: who may see one, its versions and signatures, and every change of its state.</summary>
internal static class NegotiationBook
{
    private const string Columns =
        """
        negotiation_id, state, quote_id, listing_id, provider_organisation_id, buyer_organisation_id, latest_version,
        latest_offer_party, agreed_version, lease_id, shortfalls, create_time, update_time, expire_time
        """;

    /// <summary>Finds a negotiation for one who may read it: its parties and operators.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, also for others.</exception>
    public static async Task<NegotiationRow> FindAsync(Transaction transaction, Caller caller, Guid id)
    {
        var row = await LoadAsync(transaction, id);
        return row is not null && (caller.IsOperator || row.PartyOf(caller.OrganisationId) is not null) ? row
            : throw NotFound(id);
    }

    /// <summary>Finds a negotiation for one of its parties, and keeps others from changing it meanwhile.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND for everybody else.</exception>
    public static async Task<(NegotiationRow Row, V1.Party Party)> FindToChangeAsync(
        Transaction transaction, Caller caller, Guid id)
    {
        var row = await LoadToChangeAsync(transaction, id);
        return row?.PartyOf(caller.OrganisationId) is { } party ? (row, party) : throw NotFound(id);
    }

    public static Task<NegotiationRow?> LoadAsync(Transaction transaction, Guid id) =>
        transaction.Connection.QuerySingleOrDefaultAsync<NegotiationRow>(
            $"select {Columns} from negotiation where negotiation_id = @id", new { id });

    public static Task<NegotiationRow?> LoadToChangeAsync(Transaction transaction, Guid id) =>
        transaction.Connection.QuerySingleOrDefaultAsync<NegotiationRow>(
            $"select {Columns} from negotiation where negotiation_id = @id for update", new { id });

    public static async Task<IReadOnlyList<NegotiationRow>> ListAsync(
        Transaction transaction, Caller caller, Page page, string? state, string? party, Guid? listingId) =>
        (await transaction.Connection.QueryAsync<NegotiationRow>(
            $"""
            select {Columns} from negotiation
            where (@isOperator or provider_organisation_id = @OrganisationId or buyer_organisation_id = @OrganisationId)
              and (@state::text is null or state = @state)
              and (@party::text is null
                   or case @party when 'PROVIDER' then provider_organisation_id
                      else buyer_organisation_id end = @OrganisationId)
              and (@listingId::uuid is null or listing_id = @listingId)
              and (@After::uuid is null or negotiation_id > @After)
            order by negotiation_id limit @limit
            """,
            new
            {
                isOperator = caller.IsOperator,
                caller.OrganisationId,
                state,
                party,
                listingId,
                page.After,
                limit = page.Size + 1,
            }))
        .AsList();

    /// <summary>On which of some listings a buyer has opened a negotiation.</summary>
    public static async Task<IReadOnlySet<Guid>> DisclosedAsync(
        Transaction transaction, Guid buyerId, IReadOnlyCollection<Guid> listingIds) =>
        (await transaction.Connection.QueryAsync<Guid>(
            "select listing_id from negotiation where buyer_organisation_id = @buyerId and listing_id = any(@ids)",
            new { buyerId, ids = listingIds.ToArray() })).ToHashSet();

    public static async Task<ILookup<Guid, NegotiationChangeRow>> ChangesAsync(Transaction transaction, Guid[] ids) =>
        (await transaction.Connection.QueryAsync<NegotiationChangeRow>(
            """
            select negotiation_id, from_state, to_state, organisation_id, api_key_id, reason, comment,
                occur_time, record_time
            from negotiation_change where negotiation_id = any(@ids) order by negotiation_id, change_number
            """,
            new { ids })).ToLookup(row => row.NegotiationId);

    public static async Task<ILookup<Guid, SignatureRow>> SignaturesAsync(Transaction transaction, params Guid[] ids) =>
        (await transaction.Connection.QueryAsync<SignatureRow>(
            """
            select negotiation_id, party, organisation_id, api_key_id, version, terms_sha256, sign_time
            from signature where negotiation_id = any(@ids) order by negotiation_id, party desc
            """,
            new { ids })).ToLookup(row => row.NegotiationId);

    /// <summary>One version; 0: the latest.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, VERSION_NOT_FOUND.</exception>
    public static async Task<TermsVersionRow> VersionAsync(
        Transaction transaction, NegotiationRow negotiation, int version)
    {
        var number = version == 0 ? negotiation.LatestVersion : version;
        return (await VersionsAsync(transaction, negotiation.NegotiationId, number - 1, 1)).SingleOrDefault(
            row => row.Version == number)
            ?? throw RpcErrors.NotFound("VERSION_NOT_FOUND", "version", $"{number}");
    }

    public static async Task<IReadOnlyList<TermsVersionRow>> VersionsAsync(
        Transaction transaction, Guid id, int after, int limit) =>
        (await transaction.Connection.QueryAsync<TermsVersionRow>(
            """
            select negotiation_id, version, party, comment, terms_bytes, terms_sha256, difference, currency_code,
                total_minor_units, firm_minor_units, create_time, expire_time
            from terms_version where negotiation_id = @id and version > @after order by version limit @limit
            """,
            new { id, after, limit })).AsList();

    /// <summary>Moves a negotiation to another state and records who, why and when.</summary>
    public static async Task MoveAsync(Transaction transaction, NegotiationRow row, V1.NegotiationState to, Cause cause)
    {
        await transaction.Connection.ExecuteAsync(
            "update negotiation set state = @state, update_time = @Now where negotiation_id = @NegotiationId",
            new { state = ProtoNames.Of(to), row.NegotiationId, transaction.Now });
        await RecordAsync(transaction, row.NegotiationId, row.State, ProtoNames.Of(to), cause);
    }

    public static Task RecordAsync(Transaction transaction, Guid id, string? fromState, string toState, Cause cause) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into negotiation_change (negotiation_id, change_number, from_state, to_state, organisation_id,
                api_key_id, reason, comment, occur_time, record_time)
            select @id, count(*) + 1, @fromState, @toState, @OrganisationId, @ApiKeyId, @Reason, @Comment,
                @OccurTime, @Now
            from negotiation_change where negotiation_id = @id
            """,
            new
            {
                id,
                fromState,
                toState,
                cause.OrganisationId,
                cause.ApiKeyId,
                cause.Reason,
                cause.Comment,
                cause.OccurTime,
                transaction.Now,
            });

    public static Grpc.Core.RpcException NotFound(Guid id) =>
        RpcErrors.NotFound("NEGOTIATION_NOT_FOUND", "negotiation", id.ToString());
}

/// <summary>Ends a negotiation whose time is over.</summary>
internal sealed class NegotiationExpiryWork : IDueWork
{
    public const string WorkKind = "negotiation-expiry";

    public string Kind => WorkKind;

    public static Task ScheduleAsync(Transaction transaction, Guid negotiationId, int version, Instant expireTime) =>
        transaction.ScheduleAsync(WorkKind, $"{negotiationId}/{version}", expireTime, negotiationId.ToString());

    public async Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken)
    {
        var row = await NegotiationBook.LoadToChangeAsync(transaction, Guid.Parse(item.Payload));
        // A later offer may stand longer than the one that this work was made for.
        if (row is not { State: "OPEN" or "AGREED" } || row.ExpireTime > transaction.Now) return;
        await NegotiationBook.MoveAsync(
            transaction, row, V1.NegotiationState.Expired, Cause.Market("TIME_OVER", row.ExpireTime));
    }
}
