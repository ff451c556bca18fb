using Grpc.Core;
using Marketplace.Leasing.Negotiations;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Leasing.Rpc;

/// <summary>Negotiations, from the first offer to both signatures.</summary>
internal sealed partial class LeasingRpc
{
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(250);

    public override Task<V1.Negotiation> CreateNegotiation(
        V1.CreateNegotiationRequest request, ServerCallContext context)
    {
        var quoteId = RequestRules.Id("quote_id", request.QuoteId);
        RequestChecks.Comment(request.Comment);
        return idempotent.RunAsync(request, context, V1.Negotiation.Parser, async transaction =>
        {
            var expireTime = RequestChecks.ExpireTime(request.ExpireTime, transaction.Now);
            var id = await offers.OpenAsync(
                transaction, context.Caller(), quoteId, quoted =>
                    new(request.Terms ?? quoted, request.Comment, expireTime));
            return await NegotiationAsync(transaction, context.Caller(), id);
        });
    }

    public override Task<V1.Negotiation> GetNegotiation(V1.GetNegotiationRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("negotiation_id", request.NegotiationId);
        return ReadAsync(context, transaction => NegotiationAsync(transaction, context.Caller(), id));
    }

    public override Task<V1.ListNegotiationsResponse> ListNegotiations(
        V1.ListNegotiationsRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var state = RequestChecks.Filter("state", request.State);
        var party = RequestChecks.Filter("party", request.Party);
        var listingId = RequestChecks.OptionalId("listing_id", request.ListingId);
        return ReadAsync(context, async transaction =>
        {
            var rows = await NegotiationBook.ListAsync(transaction, context.Caller(), page, state, party, listingId);
            var answer = new V1.ListNegotiationsResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].NegotiationId),
            };
            answer.Negotiations.Add(await ToProtoAsync(transaction, context.Caller(), [.. rows.Take(page.Size)]));
            return answer;
        });
    }

    public override Task<V1.TermsVersion> MakeOffer(V1.MakeOfferRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("negotiation_id", request.NegotiationId);
        var terms = RequestRules.Required("terms", request.Terms);
        RequestChecks.Comment(request.Comment);
        return idempotent.RunAsync(request, context, V1.TermsVersion.Parser, async transaction =>
        {
            var expireTime = RequestChecks.ExpireTime(request.ExpireTime, transaction.Now);
            var offer = new Offer(terms, request.Comment, expireTime);
            return (await offers.MakeAsync(transaction, context.Caller(), id, request.BaseVersion, offer)).ToProto();
        });
    }

    public override Task<V1.TermsVersion> GetTermsVersion(V1.GetTermsVersionRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("negotiation_id", request.NegotiationId);
        var version = RequestChecks.Version("version", request.Version, 0, VersionMax);
        return ReadAsync(context, async transaction =>
        {
            var negotiation = await NegotiationBook.FindAsync(transaction, context.Caller(), id);
            return (await NegotiationBook.VersionAsync(transaction, negotiation, version)).ToProto();
        });
    }

    public override Task<V1.ListTermsVersionsResponse> ListTermsVersions(
        V1.ListTermsVersionsRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("negotiation_id", request.NegotiationId);
        var page = NumberPage.Of(request.PageSize, request.PageToken, VersionMax, VersionMax);
        return ReadAsync(context, async transaction =>
        {
            await NegotiationBook.FindAsync(transaction, context.Caller(), id);
            var rows = await NegotiationBook.VersionsAsync(transaction, id, (int)page.After, page.Size + 1);
            var answer = new V1.ListTermsVersionsResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].Version),
            };
            answer.TermsVersions.Add(rows.Take(page.Size).Select(row => row.ToProto(isInList: true)));
            return answer;
        });
    }

    public override Task<V1.TermsDifference> CompareVersions(
        V1.CompareVersionsRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("negotiation_id", request.NegotiationId);
        var baseVersion = RequestChecks.Version("base_version", request.BaseVersion, 1, VersionMax);
        var version = RequestChecks.Version("version", request.Version, 0, VersionMax);
        return ReadAsync(context, async transaction =>
        {
            var negotiation = await NegotiationBook.FindAsync(transaction, context.Caller(), id);
            return Offers.Compare(
                await NegotiationBook.VersionAsync(transaction, negotiation, baseVersion),
                await NegotiationBook.VersionAsync(transaction, negotiation, version));
        });
    }

    public override Task<V1.Negotiation> AcceptVersion(V1.AcceptVersionRequest request, ServerCallContext context) =>
        ChangeAsync(request, context, request.NegotiationId, (transaction, id) =>
            Offers.AcceptAsync(transaction, context.Caller(), id, request.Version));

    public override async Task<V1.Negotiation> SignVersion(V1.SignVersionRequest request, ServerCallContext context)
    {
        Instant? claim = null;
        var signed = await ChangeAsync(
            request,
            context,
            request.NegotiationId,
            async (transaction, id) => claim = await signing.SignAsync(
                transaction, context.Caller(), id, request.Version, request.TermsSha256.ToByteArray()),
            keepForEver: true);
        if (signed.State != V1.NegotiationState.Reserving) return signed;

        var negotiationId = Guid.Parse(signed.NegotiationId);
        // A repeated call leaves the asking to the first one, and to the sweep.
        var finished = claim is { } until
            ? reserving.FinishAsync(negotiationId, until)
            : reserving.FinishedAsync(negotiationId);
        try
        {
            await finished.WaitAsync(AnswerTime(context), context.CancellationToken);
        }
        catch (TimeoutException)
        {
            // The signature stands, and so does the question; the answer says RESERVING.
        }
        return await ReadAsync(context, transaction => NegotiationAsync(transaction, context.Caller(), negotiationId));
    }

    public override Task<V1.Negotiation> DeclineNegotiation(
        V1.DeclineNegotiationRequest request, ServerCallContext context) =>
        ChangeAsync(request, context, request.NegotiationId, (transaction, id) =>
            Offers.DeclineAsync(transaction, context.Caller(), id, RequestChecks.Comment(request.Comment)));

    public override Task<V1.Negotiation> WithdrawNegotiation(
        V1.WithdrawNegotiationRequest request, ServerCallContext context) =>
        ChangeAsync(request, context, request.NegotiationId, (transaction, id) =>
            Offers.WithdrawAsync(transaction, context.Caller(), id, RequestChecks.Comment(request.Comment)));

    private Task<V1.Negotiation> ChangeAsync<TRequest>(
        TRequest request, ServerCallContext context, string negotiationId, Func<Transaction, Guid, Task> change,
        bool keepForEver = false)
        where TRequest : Google.Protobuf.IMessage<TRequest>, Google.Protobuf.IDeepCloneable<TRequest>
    {
        var id = RequestRules.Id("negotiation_id", negotiationId);
        return idempotent.RunAsync(
            request,
            context,
            V1.Negotiation.Parser,
            async transaction =>
            {
                await change(transaction, id);
                return await NegotiationAsync(transaction, context.Caller(), id);
            },
            keepForEver);
    }

    private static async Task<V1.Negotiation> NegotiationAsync(Transaction transaction, Caller caller, Guid id) =>
        (await ToProtoAsync(transaction, caller, [await NegotiationBook.FindAsync(transaction, caller, id)])).Single();

    private static async Task<IEnumerable<V1.Negotiation>> ToProtoAsync(
        Transaction transaction, Caller caller, IReadOnlyCollection<NegotiationRow> rows)
    {
        var ids = rows.Select(row => row.NegotiationId).ToArray();
        var changes = await NegotiationBook.ChangesAsync(transaction, ids);
        var signatures = await NegotiationBook.SignaturesAsync(transaction, ids);
        return rows.Select(row => row.ToProto(changes[row.NegotiationId], signatures[row.NegotiationId], caller));
    }

    // What the caller's deadline leaves, less what it takes to read and send the answer.
    private static TimeSpan AnswerTime(ServerCallContext context)
    {
        var left = context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime - AnswerMargin;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < AnswerTimeMax ? left : AnswerTimeMax;
    }
}
