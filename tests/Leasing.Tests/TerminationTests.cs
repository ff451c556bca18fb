using Google.Rpc;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using NodaTime;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

public sealed class TerminationTests : IAsyncLifetime
{
    // 2027-01-01T12:00 in Chicago.
    private static readonly Instant NewYearNoon = Market.At("2027-01-01T18:00:00Z");

    private Market market = null!;
    private Deal deal = null!;
    private Lease lease = null!;

    public async Task InitializeAsync()
    {
        market = await Market.StartAsync();
        deal = await Deal.ListedAsync(market);
        lease = await deal.SignedAsync();
    }

    public Task DisposeAsync() => market.DisposeAsync().AsTask();

    [Fact]
    public async Task CreateTerminationQuote_NewYearsDayAtNoon_LastDayIsTheFirstOfApril()
    {
        await market.AdvanceAsync(NewYearNoon);

        var quote = await QuotedAsync(deal.Buyer);

        var effect = quote.Effect;
        Assert.Equal(
            (Deal.Day(2027, 1, 1), Deal.Day(2027, 4, 1), Deal.Day(2027, 4, 2), true),
            (effect.ReceiptDate, effect.LastServiceDate, effect.EndDate, effect.MovesEnd));
        // January to March and one thirtieth of April; January is invoiced and in use.
        Assert.Equal((3_791_666_666L, 670_000_000), (effect.RemainingAmount.Units, effect.RemainingAmount.Nanos));
        Assert.Equal((0L, 0), (effect.CreditAmount.Units, effect.CreditAmount.Nanos));
        Assert.Equal(
            (TerminationQuoteState.Open, Party.Buyer, LeaseEndKind.Convenience),
            (quote.State, quote.Party, quote.EndKind));
        Assert.Equal(NewYearNoon + Duration.FromHours(24), quote.ExpireTime.ToInstant());
        Assert.Equal(LeaseState.Active, (await GetAsync()).State);
    }

    [Fact]
    public async Task CreateTerminationQuote_BeforeTheStart_EndsWithinTheRamp()
    {
        var quote = await QuotedAsync(deal.Provider);

        // The same as what is firm at signing.
        Assert.Equal(Deal.Day(2026, 7, 15), quote.Effect.EndDate);
        Assert.Equal(
            (1_814_516_129L, 30_000_000), (quote.Effect.RemainingAmount.Units, quote.Effect.RemainingAmount.Nanos));
    }

    [Fact]
    public async Task ServeNotice_NewYearsDayAtNoon_LeaseWindsDownAndEnds()
    {
        await market.AdvanceAsync(NewYearNoon);
        var request = new ServeNoticeRequest
        {
            RequestId = Market.Id(),
            TerminationQuoteId = (await QuotedAsync(deal.Buyer)).TerminationQuoteId,
            Comment = "moving out",
        };

        var notice = await deal.Buyer.Client.ServeNoticeAsync(request);
        var again = await deal.Buyer.Client.ServeNoticeAsync(request);

        Assert.Equal(notice, again);
        Assert.Equal(
            (NoticeState.Served, Party.Buyer, "moving out"), (notice.State, notice.Party, notice.Cause.Comment));
        var moved = await GetAsync();
        Assert.Equal((LeaseState.WindingDown, Deal.Day(2027, 4, 2), Deal.Day(2029, 6, 1)),
            (moved.State, moved.EndDate, moved.NaturalEndDate));
        Assert.Equal(
            (LeaseEndKind.Convenience, Party.Buyer, notice.NoticeId),
            (moved.End.Kind, moved.End.Party, moved.End.NoticeId));
        await Refused.PreconditionAsync("TERMINATION_QUOTE_USED", deal.Buyer.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = request.TerminationQuoteId }));

        await market.AdvanceAsync(Market.At("2027-04-02T05:00:00Z"));

        var ended = await GetAsync();
        Assert.Equal((LeaseState.Ended, LeaseEndKind.Convenience), (ended.State, ended.End.Kind));
        await using var events = await LeaseEvents.OfAsync(market);
        Assert.Equal(1, (await events.NextAsync<LeaseSigned>()).Version);
        var (version, served) = await events.NextAsync<LeaseNoticeServed>();
        Assert.Equal((2, notice.NoticeId, new(2027, 1, 1), new(2027, 4, 2), true),
            (version, served.NoticeId.ToString(), served.DeemedReceiptDate, served.EndDate, served.MovesEnd));
        var (last, end) = await events.NextAsync<LeaseEnded>();
        Assert.Equal((3, "CONVENIENCE", new(2027, 4, 2)), (last, end.Kind, end.EndDate));
        await Refused.PreconditionAsync("LEASE_ENDED", deal.Buyer.Client.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = lease.LeaseId }));
    }

    [Fact]
    public async Task ServeNotice_UnknownOrOthersQuote_NotFound()
    {
        var quote = await QuotedAsync(deal.Buyer);

        await Refused.NotFoundAsync("TERMINATION_QUOTE_NOT_FOUND", deal.Buyer.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = Market.Id() }));
        await Refused.NotFoundAsync("TERMINATION_QUOTE_NOT_FOUND", deal.Provider.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = quote.TerminationQuoteId }));
        Assert.Empty((await deal.Buyer.Client.ListNoticesAsync(new())).Notices);
    }

    [Fact]
    public async Task ServeNotice_AfterADay_TerminationQuoteExpired()
    {
        var quote = await QuotedAsync(deal.Buyer);

        await market.AdvanceAsync(Market.Start + Duration.FromHours(24));

        await Refused.PreconditionAsync("TERMINATION_QUOTE_EXPIRED", deal.Buyer.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = quote.TerminationQuoteId }));
        Assert.Equal(TerminationQuoteState.Expired, (await deal.Buyer.Client.GetTerminationQuoteAsync(
            new() { TerminationQuoteId = quote.TerminationQuoteId })).State);
    }

    [Fact]
    public async Task ServeNotice_NextCivilDay_TerminationQuoteOutdated()
    {
        var quote = await QuotedAsync(deal.Buyer);

        await market.AdvanceAsync(Market.Start + Duration.FromHours(23));

        var refusal = await Refused.PreconditionAsync("TERMINATION_QUOTE_OUTDATED", deal.Buyer.Client.ServeNoticeAsync(
            new() { RequestId = Market.Id(), TerminationQuoteId = quote.TerminationQuoteId }));
        Assert.Equal("2026-07-16", Refused.Detail<ErrorInfo>(refusal).Metadata["end_date"]);
        Assert.Equal(LeaseState.Signed, (await GetAsync()).State);
    }

    [Fact]
    public async Task ServeNotice_TooLateToMoveTheEnd_AcceptedWithoutEffect()
    {
        await market.AdvanceAsync(Market.At("2029-03-02T18:00:00Z"));

        var notice = await ServedAsync(deal.Buyer);

        Assert.Equal((false, Deal.Day(2029, 6, 1)), (notice.Effect.MovesEnd, notice.Effect.EndDate));
        var seen = await GetAsync();
        Assert.Equal((LeaseState.Active, null), (seen.State, seen.End));
        await market.AdvanceAsync(Market.At("2029-06-01T05:00:00Z"));
        Assert.Equal(LeaseEndKind.Expired, (await GetAsync()).End.Kind);
    }

    [Fact]
    public async Task ServeNotice_SecondWithALaterEnd_TheEarlierCounts()
    {
        var first = await ServedAsync(deal.Buyer);
        await market.AdvanceAsync(Market.At("2026-05-20T12:00:00Z"));

        var second = await ServedAsync(deal.Provider);

        Assert.False(second.Effect.MovesEnd);
        var seen = await GetAsync();
        Assert.Equal((first.Effect.EndDate, first.NoticeId), (seen.EndDate, seen.End.NoticeId));
        Assert.Equal([first.NoticeId, second.NoticeId],
            (await market.Operator.Client.ListNoticesAsync(new() { LeaseId = lease.LeaseId })).Notices.Select(
                notice => notice.NoticeId));
    }

    [Fact]
    public async Task WithdrawNotice_BothSides_CapacityTakenBackFirst()
    {
        var notice = await ServedAsync(deal.Buyer);

        var proposed = await WithdrawnAsync(deal.Buyer, notice);
        Assert.Empty(market.Inventory.Restorations);
        var withdrawn = await WithdrawnAsync(deal.Provider, notice);

        Assert.Equal(
            (NoticeState.WithdrawalProposed, NoticeState.Withdrawn, 2),
            (proposed.State, withdrawn.State, withdrawn.WithdrawalConsents.Count));
        Assert.Equal(Deal.Day(2029, 6, 1), Assert.Single(market.Inventory.Restorations).EndDate);
        var seen = await GetAsync();
        Assert.Equal((LeaseState.Signed, Deal.Day(2029, 6, 1), null), (seen.State, seen.EndDate, seen.End));
        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "NOTICE_ALREADY_WITHDRAWN", () => WithdrawnAsync(deal.Buyer, notice));
        await using var events = await LeaseEvents.OfAsync(market);
        await events.NextAsync<LeaseSigned>();
        await events.NextAsync<LeaseNoticeServed>();
        Assert.Equal(new(2029, 6, 1), (await events.NextAsync<LeaseNoticeWithdrawn>()).Event.EndDate);
    }

    [Fact]
    public async Task WithdrawNotice_CapacityNoLongerFree_CapacityShortAndNothingChanges()
    {
        var notice = await ServedAsync(deal.Buyer);
        await WithdrawnAsync(deal.Buyer, notice);
        var step = new ReservedStep
        {
            StartDate = Deal.Day(2026, 7, 15),
            EndDate = Deal.Day(2029, 6, 1),
            ReservedKw = Deal.Kw,
        };
        var shortage = new CapacityShort { ShortfallCount = 1 };
        shortage.Shortfalls.Add(ScriptedInventory.Shortfall(deal.Pool.PoolId, step, 0));
        market.Inventory.OnRestore = _ => throw RpcErrors.ResourceExhausted("CAPACITY_SHORT", "short", shortage);

        var refusal = await Refused.WithAsync(
            StatusCode.ResourceExhausted, "CAPACITY_SHORT", () => WithdrawnAsync(deal.Provider, notice));

        Assert.Equal(shortage, Refused.Detail<CapacityShort>(refusal));
        Assert.Equal(LeaseState.WindingDown, (await GetAsync()).State);
        Assert.Equal(NoticeState.WithdrawalProposed,
            (await deal.Buyer.Client.GetNoticeAsync(new() { NoticeId = notice.NoticeId })).State);
    }

    [Fact]
    public async Task WithdrawNotice_AnswerOfInventoryLost_CapacityIsGivenBackAndALaterTrySucceeds()
    {
        var notice = await ServedAsync(deal.Buyer);
        await WithdrawnAsync(deal.Buyer, notice);
        market.Inventory.OnRestore = _ => throw new RpcException(new(StatusCode.Unavailable, "lost"));

        await Refused.WithAsync(
            StatusCode.Unavailable, "INVENTORY_UNAVAILABLE", () => WithdrawnAsync(deal.Provider, notice));

        await GivenBackAsync(notice);
        market.Inventory.OnRestore = _ => Task.CompletedTask;
        Assert.Equal(NoticeState.Withdrawn, await WithdrawnInTheEndAsync(notice));
    }

    [Fact]
    public async Task WithdrawNotice_ServiceEndsBetweenRestoreAndCommit_CapacityIsGivenBackAndALaterTrySucceeds()
    {
        var notice = await ServedAsync(deal.Buyer);
        await WithdrawnAsync(deal.Buyer, notice);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        market.Inventory.OnRestore = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var withdrawal = WithdrawnAsync(deal.Provider, notice);
        await asked.Task;

        await market.StopServiceAsync();
        answer.SetResult();
        await Assert.ThrowsAsync<RpcException>(() => withdrawal);
        await market.StartServiceAsync();

        await GivenBackAsync(notice);
        market.Inventory.OnRestore = _ => Task.CompletedTask;
        Assert.Equal(NoticeState.Withdrawn, await WithdrawnInTheEndAsync(notice));
    }

    [Fact]
    public async Task Lease_ThroughItsTerm_StatesWithWhenTheyHappened()
    {
        await market.AdvanceAsync(Market.At("2026-05-01T12:00:00Z"));
        Assert.Equal(LeaseState.Ramping, (await GetAsync()).State);
        await market.AdvanceAsync(Market.At("2026-07-01T05:00:00Z"));
        Assert.Equal(LeaseState.Active, (await GetAsync()).State);
        await market.AdvanceAsync(Market.At("2029-06-01T04:59:59Z"));
        Assert.Equal(LeaseState.Active, (await GetAsync()).State);
        await market.AdvanceAsync(Market.At("2029-06-01T05:00:00Z"));
        Assert.Equal((LeaseState.Ended, LeaseEndKind.Expired), ((await GetAsync()).State, (await GetAsync()).End.Kind));

        var changes = (await deal.Buyer.Client.ListLeaseChangesAsync(new() { LeaseId = lease.LeaseId })).LeaseChanges;
        Assert.Equal(
            [LeaseState.Signed, LeaseState.Ramping, LeaseState.Active, LeaseState.Ended],
            changes.Select(change => change.ToState));
        Assert.Equal([1L, 2, 3, 4], changes.Select(change => change.Version));
        // The term began at midnight in Chicago and was looked at later.
        var (began, known) = (changes[1].Cause.OccurTime.ToInstant(), changes[1].Cause.RecordTime.ToInstant());
        Assert.Equal((Market.At("2026-05-01T05:00:00Z"), Market.At("2026-05-01T12:00:00Z")), (began, known));
    }

    [Fact]
    public async Task CreateTerminationQuote_WithinAnInvoicedPeriod_CreditsWhatIsInvoicedBeyondTheEnd()
    {
        var brief = await Deal.ListedAsync(market, deal => deal.Listing.Offer.NoticeOffers[0].NoticeDays = 10);
        var briefLease = await brief.SignedAsync();
        await market.AdvanceAsync(Market.At("2026-05-20T12:00:00Z"));

        var quote = await brief.Buyer.Client.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = briefLease.LeaseId });

        // The last of 31 days of May at half the fee.
        Assert.Equal(Deal.Day(2026, 5, 31), quote.Effect.EndDate);
        Assert.Equal((20_161_290L, 320_000_000), (quote.Effect.CreditAmount.Units, quote.Effect.CreditAmount.Nanos));
    }

    [Fact]
    public async Task CreateTerminationQuote_WithinTheLockIn_NoticeLockedInNamesTheFirstDay()
    {
        var locked = await Deal.ListedAsync(market, deal => deal.Listing.Offer.NoticeOffers[0].LockInMonths = 3);
        var lockedLease = await locked.SignedAsync();

        var refusal = await Refused.PreconditionAsync(
            "NOTICE_LOCKED_IN", locked.Buyer.Client.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = lockedLease.LeaseId }));

        Assert.Equal("2026-08-01", Refused.Detail<ErrorInfo>(refusal).Metadata["first_valid_date"]);
    }

    [Fact]
    public async Task CreateTerminationQuote_ClauseThatIsNotThere_NoTerminationRight() =>
        await Refused.PreconditionAsync("NO_TERMINATION_RIGHT", deal.Buyer.Client.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = lease.LeaseId, ClauseId = "other" }));

    [Fact]
    public async Task GetLease_ThirdOrganisation_NotFound()
    {
        var stranger = market.Organisation(Role.Buyer, Role.Provider).Client;

        await Refused.NotFoundAsync("LEASE_NOT_FOUND", stranger.GetLeaseAsync(new() { LeaseId = lease.LeaseId }));
        await Refused.NotFoundAsync("LEASE_NOT_FOUND", stranger.GetSignedTermsAsync(new() { LeaseId = lease.LeaseId }));
        await Refused.NotFoundAsync("LEASE_NOT_FOUND", stranger.CreateTerminationQuoteAsync(
            new() { RequestId = Market.Id(), LeaseId = lease.LeaseId }));
        Assert.Empty((await stranger.ListLeasesAsync(new())).Leases);
        Assert.Equal(lease, await market.Operator.Client.GetLeaseAsync(new() { LeaseId = lease.LeaseId }));
    }

    private async Task<Lease> GetAsync() => await deal.Provider.Client.GetLeaseAsync(new() { LeaseId = lease.LeaseId });

    private async Task<TerminationQuote> QuotedAsync(Organisation by) => await by.Client.CreateTerminationQuoteAsync(
        new() { RequestId = Market.Id(), LeaseId = lease.LeaseId });

    private async Task<Notice> ServedAsync(Organisation by) => await by.Client.ServeNoticeAsync(
        new() { RequestId = Market.Id(), TerminationQuoteId = (await QuotedAsync(by)).TerminationQuoteId });

    // Inventory is told to hold the capacity only up to the notice's end, which stays the lease's.
    private async Task GivenBackAsync(Notice notice)
    {
        await Eventually.AsyncThat(
            () => market.Inventory.Truncations.Any(truncation => truncation.EndDate.Equals(notice.Effect.EndDate)),
            TimeSpan.FromSeconds(30));
        var seen = await Anew(deal.Buyer).GetLeaseAsync(new() { LeaseId = lease.LeaseId });
        Assert.Equal((LeaseState.WindingDown, notice.Effect.EndDate), (seen.State, seen.EndDate));
    }

    // What is being given back is in the way for a moment.
    private async Task<NoticeState> WithdrawnInTheEndAsync(Notice notice)
    {
        Notice? withdrawn = null;
        await Eventually.AsyncThat(
            async () =>
            {
                try
                {
                    withdrawn = await Anew(deal.Provider).WithdrawNoticeAsync(
                        new() { RequestId = Market.Id(), NoticeId = notice.NoticeId });
                    return true;
                }
                catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "LEASE_CHANGING")
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(30));
        return withdrawn!.State;
    }

    // With a connection of its own, to the service as it now runs.
    private static LeasingService.LeasingServiceClient Anew(Organisation organisation) => new(organisation.Invoker());

    private static async Task<Notice> WithdrawnAsync(Organisation by, Notice notice) =>
        await by.Client.WithdrawNoticeAsync(
        new() { RequestId = Market.Id(), NoticeId = notice.NoticeId });
}
