using Dapper;
using Marketplace.Contracts;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Negotiations;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Lifecycle;

/// <summary>Keeps leases: who may see one, its states, and the events that tell of them.</summary>
internal static class LeaseBook
{
    private const string Columns =
        """
        lease_id, state, negotiation_id, listing_id, provider_organisation_id, buyer_organisation_id, title,
        terms_version, terms_bytes, terms_sha256, currency_code, time_zone, start_date, end_date, natural_end_date,
        peak_contracted_kw, headline_minor_units, firm_minor_units, end_kind, end_party, end_notice_id, sign_time,
        version, event_version, schedule_time, create_time, update_time
        """;

    /// <summary>Opens the lease of a negotiation whose capacity is reserved.</summary>
    public static async Task OpenAsync(
        Transaction transaction, NegotiationRow negotiation, TermsVersionRow version, LeaseTerms terms,
        Instant signTime)
    {
        var cost = ContractCost.Of(terms, signTime.InZone(terms.Zone).Date.ToDateOnly());
        var today = transaction.Now.InZone(terms.Zone).Date.ToDateOnly();
        var state = LeasePhases.On(terms, terms.Term.End, today, isScheduled: false);
        // A lease whose whole term is over when it is signed ends through its due work, like every other.
        if (state == V1.LeaseState.Ended) state = V1.LeaseState.Active;
        var row = new LeaseRow
        {
            LeaseId = negotiation.LeaseId!.Value,
            State = ProtoNames.Of(state),
            NegotiationId = negotiation.NegotiationId,
            ListingId = negotiation.ListingId,
            ProviderOrganisationId = negotiation.ProviderOrganisationId,
            BuyerOrganisationId = negotiation.BuyerOrganisationId,
            Title = terms.Title,
            TermsVersion = version.Version,
            TermsBytes = version.TermsBytes,
            TermsSha256 = version.TermsSha256,
            CurrencyCode = terms.Currency.Code,
            TimeZone = terms.Zone.Id,
            StartDate = terms.Term.Start,
            EndDate = terms.Term.End,
            NaturalEndDate = terms.Term.End,
            PeakContractedKw = Peak(terms),
            HeadlineMinorUnits = cost.Total,
            FirmMinorUnits = cost.Firm,
            SignTime = signTime,
            Version = 1,
            EventVersion = 1,
            CreateTime = transaction.Now,
            UpdateTime = transaction.Now,
        };
        await transaction.Connection.ExecuteAsync(
            $"""
            insert into lease ({Columns})
            values (@LeaseId, @State, @NegotiationId, @ListingId, @ProviderOrganisationId, @BuyerOrganisationId, @Title,
                @TermsVersion, @TermsBytes, @TermsSha256, @CurrencyCode, @TimeZone, @StartDate, @EndDate,
                @NaturalEndDate, @PeakContractedKw, @HeadlineMinorUnits, @FirmMinorUnits, @EndKind, @EndParty,
                @EndNoticeId, @SignTime, @Version, @EventVersion, @ScheduleTime, @CreateTime, @UpdateTime)
            """,
            row);
        await RecordAsync(transaction, row, null, Cause.Market("LEASE_SIGNED", signTime));
        foreach (var date in LeasePhases.Turns(terms)) await LeasePhaseWork.ScheduleAsync(
            transaction, row.LeaseId, terms.Zone, date);
        await transaction.PublishAsync(row.LeaseId, row.EventVersion, new LeaseSigned
        {
            LeaseId = row.LeaseId,
            ProviderOrganisationId = row.ProviderOrganisationId,
            BuyerOrganisationId = row.BuyerOrganisationId,
            TermsBytes = row.TermsBytes,
            TermsSha256 = row.TermsSha256,
            SignTime = signTime.ToDateTimeOffset(),
        });
    }

    /// <summary>Saves a changed lease as its next version and records who, why and when.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="before">The lease as it was.</param>
    /// <param name="after">The lease with its new state and end.</param>
    /// <param name="cause">Who, why and when.</param>
    public static async Task SaveAsync(Transaction transaction, LeaseRow before, LeaseRow after, Cause cause)
    {
        var row = after with { Version = before.Version + 1, UpdateTime = transaction.Now };
        await transaction.Connection.ExecuteAsync(
            """
            update lease set state = @State, end_date = @EndDate, end_kind = @EndKind, end_party = @EndParty,
                end_notice_id = @EndNoticeId, version = @Version, update_time = @UpdateTime
            where lease_id = @LeaseId
            """,
            row);
        await RecordAsync(transaction, row, before.State, cause);
    }

    /// <summary>
    /// Notes that Billing has built the schedule of a lease. One that has not begun is SCHEDULED; one that has moved on
    /// since stays as it is.
    /// </summary>
    public static async Task ScheduledAsync(Transaction transaction, Guid leaseId, Instant scheduleTime)
    {
        var row = await LoadAsync(transaction, leaseId, toChange: true)
            ?? throw new InvalidOperationException($"The lease {leaseId} was never signed.");
        if (row.ScheduleTime is not null) return;
        await transaction.Connection.ExecuteAsync(
            "update lease set schedule_time = @scheduleTime where lease_id = @leaseId", new { leaseId, scheduleTime });
        if (row.State == ProtoNames.Of(V1.LeaseState.Signed))
            await SaveAsync(transaction, row, row with { State = ProtoNames.Of(V1.LeaseState.Scheduled) },
                Cause.Market("SCHEDULE_BUILT", scheduleTime));
    }

    /// <summary>Publishes the next event of a lease.</summary>
    public static async Task PublishAsync(Transaction transaction, Guid leaseId, object @event)
    {
        var version = await transaction.Connection.QuerySingleAsync<long>(
            "update lease set event_version = event_version + 1 where lease_id = @leaseId returning event_version",
            new { leaseId });
        await transaction.PublishAsync(leaseId, version, @event);
    }

    /// <summary>Finds a lease for one who may read it: its parties and operators.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, also for others.</exception>
    public static async Task<LeaseRow> FindAsync(Transaction transaction, Caller caller, Guid id)
    {
        var row = await LoadAsync(transaction, id, toChange: false);
        return row is not null && (caller.IsOperator || row.PartyOf(caller.OrganisationId) is not null) ? row
            : throw NotFound(id);
    }

    /// <summary>Finds a lease for one of its parties, and keeps others from changing it meanwhile.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND for everybody else.</exception>
    public static async Task<(LeaseRow Row, V1.Party Party)> FindToChangeAsync(
        Transaction transaction, Caller caller, Guid id)
    {
        var row = await LoadAsync(transaction, id, toChange: true);
        return row?.PartyOf(caller.OrganisationId) is { } party ? (row, party) : throw NotFound(id);
    }

    public static Task<LeaseRow?> LoadAsync(Transaction transaction, Guid id, bool toChange) =>
        transaction.Connection.QuerySingleOrDefaultAsync<LeaseRow>(
            $"select {Columns} from lease where lease_id = @id {(toChange ? "for update" : "")}", new { id });

    public static async Task<IReadOnlyList<LeaseRow>> ListAsync(
        Transaction transaction, Caller caller, Page page, string? state, string? party, Guid? listingId) =>
        (await transaction.Connection.QueryAsync<LeaseRow>(
            $"""
            select {Columns} from lease
            where (@isOperator or provider_organisation_id = @OrganisationId or buyer_organisation_id = @OrganisationId)
              and (@state::text is null or state = @state)
              and (@party::text is null
                   or case @party when 'PROVIDER' then provider_organisation_id
                      else buyer_organisation_id end = @OrganisationId)
              and (@listingId::uuid is null or listing_id = @listingId)
              and (@After::uuid is null or lease_id > @After)
            order by lease_id limit @limit
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

    public static async Task<IReadOnlyList<LeaseChangeRow>> ChangesAsync(
        Transaction transaction, Guid leaseId, long after, int limit) =>
        (await transaction.Connection.QueryAsync<LeaseChangeRow>(
            """
            select version, from_state, to_state, end_date, organisation_id, api_key_id, reason, comment,
                occur_time, record_time
            from lease_change where lease_id = @leaseId and version > @after order by version limit @limit
            """,
            new { leaseId, after, limit })).AsList();

    private static Task<int> RecordAsync(Transaction transaction, LeaseRow row, string? fromState, Cause cause) =>
        transaction.Connection.ExecuteAsync(
            """
            insert into lease_change (lease_id, version, from_state, to_state, end_date, organisation_id, api_key_id,
                reason, comment, occur_time, record_time)
            values (@LeaseId, @Version, @fromState, @State, @EndDate, @OrganisationId, @ApiKeyId, @Reason, @Comment,
                @OccurTime, @Now)
            """,
            new
            {
                row.LeaseId,
                row.Version,
                fromState,
                row.State,
                row.EndDate,
                cause.OrganisationId,
                cause.ApiKeyId,
                cause.Reason,
                cause.Comment,
                cause.OccurTime,
                transaction.Now,
            });

    // Power changes only where a step begins.
    private static long Peak(LeaseTerms terms) => terms.Tranches
        .SelectMany(tranche => tranche.CapacitySteps)
        .Max(step => terms.Tranches.Sum(tranche => (long)tranche.ContractedKw(step.Days.Start)));

    private static Grpc.Core.RpcException NotFound(Guid id) =>
        RpcErrors.NotFound("LEASE_NOT_FOUND", "lease", id.ToString());
}
