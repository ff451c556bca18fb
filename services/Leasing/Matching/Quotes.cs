using Dapper;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Negotiations;
using Marketplace.Leasing.Trading;
using Marketplace.ServiceDefaults;
using NodaTime;
using RpcStatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Matching;

/// <summary>Quotes: what a lease on a listing would say and cost, held for 24 hours.</summary>
internal sealed class Quotes(
    InventoryIndex index, CapacitySearch search, InventoryService.InventoryServiceClient inventory)
{
    private const int QuotesPerMatchMax = 20;

    private const string Columns =
        """
        quote_id, capacity_request_id, listing_id, listing_version, provider_organisation_id, buyer_organisation_id,
        terms, currency_code, total_minor_units, firm_minor_units, mw_month_amount, create_time, expire_time,
        case when is_taken then 'TAKEN' when expire_time <= @Now then 'EXPIRED' else 'OPEN' end as state,
        is_blind, is_blind and not exists (
            select from negotiation
            where negotiation.listing_id = quote.listing_id
              and negotiation.buyer_organisation_id = quote.buyer_organisation_id) as hides_provider
        """;

    private static readonly Duration Holds = Duration.FromHours(24);
    private static readonly TimeSpan InventoryDeadline = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The listing that is to be quoted: from memory, or from Inventory if it is not known there as published.
    /// </summary>
    /// <exception cref="RpcException">NOT_FOUND, LISTING_NOT_FOUND, also for whomever it is not for.</exception>
    public async Task<KnownListing> ListingAsync(Guid listingId, Guid buyerId, CancellationToken cancellationToken)
    {
        var known = index.Find(listingId) is { Listing.State: ListingState.Published } published
            ? published
            : KnownListing.Of(await ReadListingAsync(listingId, cancellationToken));
        return known.Audience.Includes(buyerId) ? known : throw NoListing(listingId);
    }

    private async Task<Listing> ReadListingAsync(Guid listingId, CancellationToken cancellationToken)
    {
        try
        {
            var listing = await inventory.GetListingAsync(
                new() { ListingId = listingId.ToString() },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + InventoryDeadline,
                cancellationToken: cancellationToken);
            // A service sees drafts; those who quote do not.
            if (listing.State != ListingState.Draft) return listing;
        }
        catch (RpcException exception) when (exception.StatusCode == RpcStatusCode.NotFound)
        {
            // The answer is the same as for a draft.
        }
        catch (RpcException)
        {
            throw RpcErrors.Unavailable(
                "INVENTORY_UNAVAILABLE", "The listing cannot be read now; try again.", TimeSpan.FromSeconds(1));
        }
        throw NoListing(listingId);
    }

    public async Task<QuoteRow> CreateAsync(
        Transaction transaction, Caller caller, KnownListing known, Guid? capacityRequestId, Criteria criteria)
    {
        var listing = known.Listing;
        await TradingFloor.RequireOpenAsync(transaction);
        if (listing.State != ListingState.Published)
            throw RpcErrors.FailedPrecondition("LISTING_NOT_PUBLISHED", $"The listing is {listing.State}.");
        if (listing.OrganisationId == caller.OrganisationId.ToString())
            throw RpcErrors.FailedPrecondition(
                "COUNTERPARTY_IS_SELF", "The listing is your own; nobody leases from itself.");
        var fit = ListingFit.Of(listing, criteria, transaction.Now);
        if (fit.Misfits.Count > 0) throw DoesNotFit(fit.Misfits);
        // A pool that is not known yet is not short: what can be leased is decided when it is reserved.
        if (index.FreeOf(listing.PoolId) is { } free)
        {
            var isDisclosed = known.Audience.IsBlind && (await NegotiationBook.DisclosedAsync(
                transaction, caller.OrganisationId, [Guid.Parse(listing.ListingId)])).Count > 0;
            var shownPool = known.Audience.MayKnowProvider(caller, isDisclosed) ? listing.PoolId : "";
            var shortage = Shortage.Of([.. FreeCapacity.Shortfalls(shownPool, criteria.Steps, free)]);
            if (shortage.ShortfallCount > 0)
                throw RpcErrors.ResourceExhausted("CAPACITY_SHORT", Shortage.Describe(shortage), shortage);
        }
        var quoteId = await InsertAsync(transaction, caller.OrganisationId, known, fit, capacityRequestId);
        return await FindAsync(transaction, caller, quoteId);
    }

    /// <summary>Quotes the best listings for a request that have no quote for it that still holds.</summary>
    /// <returns>How many quotes were made.</returns>
    public async Task<int> MatchAsync(
        Transaction transaction, Guid organisationId, Guid capacityRequestId, Criteria criteria)
    {
        var quoted = (await transaction.Connection.QueryAsync<(Guid, long)>(
            """
            select listing_id, listing_version from quote
            where capacity_request_id = @capacityRequestId and expire_time > @Now
            """,
            new { capacityRequestId, transaction.Now })).ToHashSet();
        var count = 0;
        var found = search.Find(
            criteria, organisationId, audience => audience.Includes(organisationId), transaction.Now);
        foreach (var (known, fit) in found.Take(QuotesPerMatchMax))
        {
            if (!quoted.Add((Guid.Parse(known.Listing.ListingId), known.Listing.Version))) continue;
            await InsertAsync(transaction, organisationId, known, fit, capacityRequestId);
            count++;
        }
        return count;
    }

    public static async Task<QuoteRow> FindAsync(
        Transaction transaction, Caller caller, Guid quoteId, bool toTake = false) =>
        await transaction.Connection.QuerySingleOrDefaultAsync<QuoteRow>(
            $"""
            select {Columns} from quote
            where quote_id = @quoteId and (buyer_organisation_id = @OrganisationId or @mayReadAll)
            {(toTake ? "for update" : "")}
            """,
            new { quoteId, caller.OrganisationId, mayReadAll = caller.IsOperator && !toTake, transaction.Now })
        ?? throw RpcErrors.NotFound("QUOTE_NOT_FOUND", "quote", quoteId.ToString());

    public static async Task<IReadOnlyList<QuoteRow>> ListAsync(
        Transaction transaction, Caller caller, Page page, Guid? capacityRequestId, Guid? listingId, string? state)
    {
        var after = capacityRequestId is null
            ? "quote_id > @After"
            : "(total_minor_units, quote_id) > (select total_minor_units, quote_id from quote where quote_id = @After)";
        return (await transaction.Connection.QueryAsync<QuoteRow>(
            $"""
            select * from (select {Columns} from quote) quote
            where (@isOperator or buyer_organisation_id = @OrganisationId)
              and (@capacityRequestId::uuid is null or capacity_request_id = @capacityRequestId)
              and (@listingId::uuid is null or listing_id = @listingId)
              and (@state::text is null or state = @state)
              and (@After::uuid is null or {after})
            order by {(capacityRequestId is null ? "" : "total_minor_units,")} quote_id
            limit @limit
            """,
            new
            {
                isOperator = caller.IsOperator,
                caller.OrganisationId,
                capacityRequestId,
                listingId,
                state,
                page.After,
                limit = page.Size + 1,
                transaction.Now,
            })).AsList();
    }

    public static Task TakeAsync(Transaction transaction, Guid quoteId) =>
        transaction.Connection.ExecuteAsync(
            "update quote set is_taken = true where quote_id = @quoteId", new { quoteId });

    private static async Task<Guid> InsertAsync(
        Transaction transaction, Guid buyerId, KnownListing known, ListingFit fit, Guid? capacityRequestId)
    {
        var quoteId = Guid.CreateVersion7();
        await transaction.Connection.ExecuteAsync(
            """
            insert into quote (quote_id, capacity_request_id, listing_id, listing_version, provider_organisation_id,
                buyer_organisation_id, terms, currency_code, total_minor_units, firm_minor_units, mw_month_amount,
                create_time, expire_time, is_blind)
            values (@quoteId, @capacityRequestId, @ListingId, @ListingVersion, @ProviderId, @buyerId, @Terms,
                @CurrencyCode, @TotalMinorUnits, @FirmMinorUnits, @MwMonthAmount, @CreateTime, @ExpireTime, @IsBlind)
            """,
            new
            {
                quoteId,
                capacityRequestId,
                ListingId = Guid.Parse(known.Listing.ListingId),
                ListingVersion = known.Listing.Version,
                ProviderId = Guid.Parse(known.Listing.OrganisationId),
                buyerId,
                Terms = fit.Message!.ToByteArray(),
                CurrencyCode = fit.Terms!.Currency.Code,
                TotalMinorUnits = fit.Cost!.Total,
                FirmMinorUnits = fit.Cost.Firm,
                MwMonthAmount = fit.Cost.MwMonth,
                CreateTime = transaction.Now,
                ExpireTime = transaction.Now + Holds,
                known.Audience.IsBlind,
            });
        return quoteId;
    }

    private static RpcException NoListing(Guid listingId) =>
        RpcErrors.NotFound("LISTING_NOT_FOUND", "listing", listingId.ToString());

    private static RpcException DoesNotFit(IReadOnlyList<Misfit> misfits)
    {
        var failure = new PreconditionFailure();
        failure.Violations.Add(misfits.Select(misfit => new PreconditionFailure.Types.Violation
        {
            Type = misfit.Reason,
            Subject = misfit.Field,
            Description = misfit.Description,
        }));
        var message = string.Join(" ", misfits.Select(misfit => $"{misfit.Field}: {misfit.Description}"));
        return RpcErrors.Error(RpcStatusCode.FailedPrecondition, "LISTING_DOES_NOT_FIT", message, [], failure);
    }
}

/// <summary>A quote as it is stored.</summary>
internal sealed class QuoteRow
{
    public Guid QuoteId { get; init; }

    public Guid? CapacityRequestId { get; init; }

    public Guid ListingId { get; init; }

    public long ListingVersion { get; init; }

    public Guid ProviderOrganisationId { get; init; }

    public Guid BuyerOrganisationId { get; init; }

    public byte[] Terms { get; init; } = [];

    public string CurrencyCode { get; init; } = "";

    public long TotalMinorUnits { get; init; }

    public long FirmMinorUnits { get; init; }

    public decimal MwMonthAmount { get; init; }

    public string State { get; init; } = "";

    public bool IsBlind { get; init; }

    /// <summary>Whether it is hidden from the buyer whose the listing is.</summary>
    public bool HidesProvider { get; init; }

    public Instant CreateTime { get; init; }

    public Instant ExpireTime { get; init; }
}
