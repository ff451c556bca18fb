using Grpc.Core;
using Marketplace.Leasing.Lifecycle;
using Marketplace.Leasing.Negotiations;
using Marketplace.Leasing.Termination;
using Marketplace.ServiceDefaults;
using Marketplace.Terms.V1;

namespace Marketplace.Leasing.Rpc;

/// <summary>Leases, termination quotes and NoticeBook.</summary>
internal sealed partial class LeasingRpc
{
    public override Task<V1.Lease> GetLease(V1.GetLeaseRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("lease_id", request.LeaseId);
        return ReadAsync(
            context, async transaction => (await LeaseBook.FindAsync(transaction, context.Caller(), id)).ToProto());
    }

    public override Task<V1.ListLeasesResponse> ListLeases(V1.ListLeasesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var state = RequestChecks.Filter("state", request.State);
        var party = RequestChecks.Filter("party", request.Party);
        var listingId = RequestChecks.OptionalId("listing_id", request.ListingId);
        return ReadAsync(context, async transaction =>
        {
            var rows = await LeaseBook.ListAsync(transaction, context.Caller(), page, state, party, listingId);
            var answer = new V1.ListLeasesResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].LeaseId),
            };
            answer.Leases.Add(rows.Take(page.Size).Select(row => row.ToProto()));
            return answer;
        });
    }

    public override Task<V1.SignedTerms> GetSignedTerms(V1.GetSignedTermsRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("lease_id", request.LeaseId);
        return ReadAsync(context, async transaction =>
        {
            var lease = await LeaseBook.FindAsync(transaction, context.Caller(), id);
            var answer = new V1.SignedTerms
            {
                LeaseId = lease.LeaseId.ToString(),
                TermsBytes = ProtoMaps.Bytes(lease.TermsBytes),
                TermsSha256 = ProtoMaps.Bytes(lease.TermsSha256),
                Terms = LeaseTerms.Parser.ParseFrom(lease.TermsBytes),
            };
            var signatures = await NegotiationBook.SignaturesAsync(transaction, lease.NegotiationId);
            answer.Signatures.Add(
                signatures[lease.NegotiationId].Select(signature => signature.ToProto(context.Caller())));
            return answer;
        });
    }

    public override Task<V1.ListLeaseChangesResponse> ListLeaseChanges(
        V1.ListLeaseChangesRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("lease_id", request.LeaseId);
        var page = NumberPage.Of(request.PageSize, request.PageToken, ListPageDefault, ListPageMax);
        return ReadAsync(context, async transaction =>
        {
            await LeaseBook.FindAsync(transaction, context.Caller(), id);
            var rows = await LeaseBook.ChangesAsync(transaction, id, page.After, page.Size + 1);
            var answer = new V1.ListLeaseChangesResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].Version),
            };
            answer.LeaseChanges.Add(rows.Take(page.Size).Select(row => row.ToProto(context.Caller())));
            return answer;
        });
    }

    public override Task<V1.TerminationQuote> CreateTerminationQuote(
        V1.CreateTerminationQuoteRequest request, ServerCallContext context)
    {
        var leaseId = RequestRules.Id("lease_id", request.LeaseId);
        return idempotent.RunAsync(request, context, V1.TerminationQuote.Parser, async transaction =>
            (await TerminationQuotes.CreateAsync(transaction, context.Caller(), leaseId, request.ClauseId)).ToProto());
    }

    public override Task<V1.TerminationQuote> GetTerminationQuote(
        V1.GetTerminationQuoteRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("termination_quote_id", request.TerminationQuoteId);
        return ReadAsync(context, async transaction =>
            (await TerminationQuotes.FindAsync(transaction, context.Caller(), id)).ToProto());
    }

    public override Task<V1.Notice> ServeNotice(V1.ServeNoticeRequest request, ServerCallContext context)
    {
        var quoteId = RequestRules.Id("termination_quote_id", request.TerminationQuoteId);
        RequestChecks.Comment(request.Comment);
        return idempotent.RunAsync(
            request,
            context,
            V1.Notice.Parser,
            async transaction => await NoticeAsync(
                transaction,
                context.Caller(),
                await NoticeService.ServeAsync(transaction, context.Caller(), quoteId, request.Comment)),
            keepForEver: true);
    }

    public override Task<V1.Notice> GetNotice(V1.GetNoticeRequest request, ServerCallContext context)
    {
        var id = RequestRules.Id("notice_id", request.NoticeId);
        return ReadAsync(context, transaction => NoticeAsync(transaction, context.Caller(), id));
    }

    public override Task<V1.ListNoticesResponse> ListNotices(V1.ListNoticesRequest request, ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var leaseId = RequestChecks.OptionalId("lease_id", request.LeaseId);
        var state = RequestChecks.Filter("state", request.State);
        return ReadAsync(context, async transaction =>
        {
            var rows = await NoticeBook.ListAsync(transaction, context.Caller(), page, leaseId, state);
            var consents = await NoticeBook.ConsentsAsync(transaction, [.. rows.Select(row => row.NoticeId)]);
            var answer = new V1.ListNoticesResponse
            {
                NextPageToken = page.NextToken(rows.Count, () => rows[page.Size - 1].NoticeId),
            };
            answer.Notices.Add(
                rows.Take(page.Size).Select(row => row.ToProto(consents[row.NoticeId], context.Caller())));
            return answer;
        });
    }

    public override async Task<V1.Notice> WithdrawNotice(V1.WithdrawNoticeRequest request, ServerCallContext context)
    {
        var (caller, id) = (context.Caller(), RequestRules.Id("notice_id", request.NoticeId));
        RequestChecks.Comment(request.Comment);
        var restoration = await withdrawal.RestoreAsync(caller, id, context.CancellationToken);
        try
        {
            return await idempotent.RunAsync(
                request,
                context,
                V1.Notice.Parser,
                async transaction =>
                {
                    await NoticeWithdrawal.ConsentAsync(transaction, caller, id, request.Comment, restoration);
                    return await NoticeAsync(transaction, caller, id);
                },
                keepForEver: true);
        }
        catch when (restoration is not null)
        {
            await withdrawal.GiveUpAsync(restoration);
            throw;
        }
    }

    private static async Task<V1.Notice> NoticeAsync(Transaction transaction, Caller caller, Guid id)
    {
        var row = await NoticeBook.FindAsync(transaction, caller, id);
        return row.ToProto((await NoticeBook.ConsentsAsync(transaction, id))[id], caller);
    }
}
