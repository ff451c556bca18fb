using System.Collections.Frozen;
using Google.Protobuf;
using Grpc.Core;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Matching;
using Marketplace.Leasing.Negotiations;
using Marketplace.Leasing.Termination;
using Marketplace.Leasing.Trading;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Leasing.Rpc;

/// <summary>The public API: validates, calls, maps.</summary>
internal sealed partial class LeasingRpc(
    Database database,
    Idempotent idempotent,
    MarketClock clock,
    CapacityRequests requests,
    CapacitySearch search,
    Quotes quotes,
    Offers offers,
    Signing signing,
    Reserving reserving,
    NoticeWithdrawal withdrawal) : V1.LeasingService.LeasingServiceBase
{
    private const int ListPageDefault = 100;
    private const int ListPageMax = 1_000;
    private const int SearchPageDefault = 10;
    private const int SearchPageMax = 100;
    private const int VersionMax = 100;

    public override Task<V1.CapacityRequest> CreateCapacityRequest(
        V1.CreateCapacityRequestRequest request, ServerCallContext context)
    {
        var criteria = RequestChecks.Criteria(request.Criteria);
        RequestChecks.Comment(request.Comment);
        return idempotent.RunAsync(request, context, V1.CapacityRequest.Parser, async transaction =>
            (await requests.CreateAsync(
                transaction, context.Caller(), request, criteria,
                RequestChecks.ExpireTime(request.ExpireTime, transaction.Now)))
            .ToProto());
    }

    public override Task<V1.CapacityRequest> GetCapacityRequest(
        V1.GetCapacityRequestRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("capacity_request_id", request.CapacityRequestId);
        return ReadAsync(
            context, async transaction =>
                (await CapacityRequests.FindAsync(transaction, context.Caller(), id)).ToProto());
    }

    public override Task<V1.ListCapacityRequestsResponse> ListCapacityRequests(
        V1.ListCapacityRequestsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var state = RequestChecks.Filter("state", request.State);
        return ReadAsync(context, async transaction =>
        {
            var rows = await CapacityRequests.ListAsync(transaction, context.Caller(), page, state);
            var answer = new V1.ListCapacityRequestsResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].CapacityRequestId),
            };
            answer.CapacityRequests.Add(rows.Take(page.Size).Select(row => row.ToProto()));
            return answer;
        });
    }

    public override Task<V1.CapacityRequest> WithdrawCapacityRequest(
        V1.WithdrawCapacityRequestRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("capacity_request_id", request.CapacityRequestId);
        return idempotent.RunAsync(request, context, V1.CapacityRequest.Parser, async transaction =>
            (await CapacityRequests.WithdrawAsync(transaction, context.Caller(), id)).ToProto());
    }

    public override async Task<V1.SearchCapacityResponse> SearchCapacity(
        V1.SearchCapacityRequest request, ServerCallContext context)
    {
        var criteria = RequestChecks.Criteria(request.Criteria);
        var page = NumberPage.Of(request.PageSize, request.PageToken, SearchPageDefault, SearchPageMax);
        var caller = context.Caller();
        var found = search
            .Find(
                criteria, caller.OrganisationId, audience => audience.MaySee(caller),
                await NowAsync(context.CancellationToken))
            .Skip((int)page.After).Take(page.Size + 1).ToList();
        var disclosed = await DisclosedAsync(
            caller, found.Select(match => match.Known), context.CancellationToken);
        var answer = new V1.SearchCapacityResponse
        {
            NextPageToken = page.NextToken(found.Count, () => page.After + page.Size),
        };
        answer.Matches.Add(found.Take(page.Size).Select((match, i) => new V1.CapacityMatch
        {
            Rank = (int)page.After + i + 1,
            Listing = match.Known.Audience.Shown(
                match.Known.Listing, caller, disclosed.Contains(Guid.Parse(match.Known.Listing.ListingId))),
            TotalAmount = Wire.Money(match.Fit.Cost!.Total, criteria.Currency),
            MwMonthAmount = Wire.Money(match.Fit.Cost.MwMonth, criteria.Currency.Code),
        }));
        return answer;
    }

    public override async Task<V1.Quote> CreateQuote(V1.CreateQuoteRequest request, ServerCallContext context)
    {
        var listingId = RequestRules.Id("listing_id", request.ListingId);
        var requestId = request.WantedCase == V1.CreateQuoteRequest.WantedOneofCase.CapacityRequestId
            ? RequestRules.Id("capacity_request_id", request.CapacityRequestId)
            : (Guid?)null;
        var stated = requestId is null ? RequestChecks.Criteria(request.Criteria) : null;
        var caller = context.Caller();
        var listing = await quotes.ListingAsync(listingId, caller.OrganisationId, context.CancellationToken);
        return await idempotent.RunAsync(request, context, V1.Quote.Parser, async transaction =>
        {
            var wanted = requestId is { } id
                ? V1.CapacityCriteria.Parser.ParseFrom(
                    (await CapacityRequests.FindOpenAsync(transaction, caller, id)).Criteria)
                : null;
            var criteria = wanted is null ? stated! : RequestChecks.Criteria(wanted);
            return (await quotes.CreateAsync(transaction, caller, listing, requestId, criteria)).ToProto(caller);
        });
    }

    public override Task<V1.Quote> GetQuote(V1.GetQuoteRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("quote_id", request.QuoteId);
        var caller = context.Caller();
        return ReadAsync(
            context, async transaction => (await Quotes.FindAsync(transaction, caller, id)).ToProto(caller));
    }

    public override Task<V1.ListQuotesResponse> ListQuotes(V1.ListQuotesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var requestId = RequestChecks.OptionalId("capacity_request_id", request.CapacityRequestId);
        var listingId = RequestChecks.OptionalId("listing_id", request.ListingId);
        var state = RequestChecks.Filter("state", request.State);
        return ReadAsync(context, async transaction =>
        {
            var rows = await Quotes.ListAsync(transaction, context.Caller(), page, requestId, listingId, state);
            var answer = new V1.ListQuotesResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].QuoteId),
            };
            answer.Quotes.Add(rows.Take(page.Size).Select(row => row.ToProto(context.Caller())));
            return answer;
        });
    }

    public override Task<V1.TradingStatus> HaltTrading(V1.HaltTradingRequest request, ServerCallContext context)
    {
        RequestChecks.Comment(request.Comment, isRequired: true);
        return idempotent.RunAsync(request, context, V1.TradingStatus.Parser, transaction =>
            TradingFloor.SetAsync(transaction, context.Caller(), V1.TradingState.Halted, request.Comment));
    }

    public override Task<V1.TradingStatus> ResumeTrading(V1.ResumeTradingRequest request, ServerCallContext context)
    {
        RequestChecks.Comment(request.Comment);
        return idempotent.RunAsync(request, context, V1.TradingStatus.Parser, transaction =>
            TradingFloor.SetAsync(transaction, context.Caller(), V1.TradingState.Open, request.Comment));
    }

    public override Task<V1.TradingStatus> GetTradingStatus(
        V1.GetTradingStatusRequest request, ServerCallContext context) =>
        ReadAsync(context, transaction => TradingFloor.GetAsync(transaction, context.Caller()));

    // Most searches find nothing that hides whose it is, and need no database.
    private async Task<IReadOnlySet<Guid>> DisclosedAsync(
        Caller caller, IEnumerable<KnownListing> found, CancellationToken cancellationToken)
    {
        var blind = found.Where(known => !known.Audience.MayKnowProvider(caller, isDisclosed: false))
            .Select(known => Guid.Parse(known.Listing.ListingId)).ToArray();
        if (blind.Length == 0) return FrozenSet<Guid>.Empty;
        await using var transaction = await database.BeginAsync(cancellationToken);
        return await NegotiationBook.DisclosedAsync(transaction, caller.OrganisationId, blind);
    }

    // A sandbox keeps its time in the database; the system clock needs none.
    private async Task<Instant> NowAsync(CancellationToken cancellationToken)
    {
        if (clock.Mode == MarketClockMode.Production) return clock.Now(null);
        await using var transaction = await database.BeginAsync(cancellationToken);
        return transaction.Now;
    }

    private async Task<TAnswer> ReadAsync<TAnswer>(ServerCallContext context, Func<Transaction, Task<TAnswer>> read)
        where TAnswer : IMessage<TAnswer>
    {
        await using var transaction = await database.BeginAsync(context.CancellationToken);
        return await read(transaction);
    }
}
