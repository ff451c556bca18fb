using Google.Protobuf;
using Marketplace.Contracts;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using StatusCode = Grpc.Core.StatusCode;

namespace Marketplace.Leasing.Tests;

public sealed class SigningTests : IAsyncLifetime
{
    private Market market = null!;

    public async Task InitializeAsync() => market = await Market.StartAsync();

    public Task DisposeAsync() => market.DisposeAsync().AsTask();

    [Fact]
    public async Task SignVersion_BothSidesOfTheReferenceDeal_LeaseWithItsFiguresAndEvent()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();

        var first = await deal.SignAsync(deal.Provider, agreed);
        var second = await deal.SignAsync(deal.Buyer, agreed);

        Assert.Equal((NegotiationState.Agreed, NegotiationState.Signed), (first.State, second.State));
        var lease = await deal.LeaseAsync(second);
        Assert.Equal(LeaseState.Signed, lease.State);
        Assert.Equal((Deal.Day(2026, 5, 1), Deal.Day(2029, 6, 1)), (lease.StartDate, lease.EndDate));
        Assert.Equal((45_000_000_000L, 0), (lease.HeadlineAmountAtSigning.Units, lease.HeadlineAmountAtSigning.Nanos));
        Assert.Equal((1_814_516_129L, 30_000_000), (lease.FirmAmountAtSigning.Units, lease.FirmAmountAtSigning.Nanos));
        Assert.Equal(Deal.Kw, lease.PeakContractedKw);
        var asked = Assert.Single(market.Inventory.Reservations);
        Assert.Equal((lease.LeaseId, deal.Provider.Id, deal.Pool.PoolId),
            (asked.LeaseId, asked.ProviderOrganisationId, asked.Tranches[0].PoolId));
        Assert.Equal((Deal.Day(2026, 5, 1), Deal.Day(2029, 6, 1), Deal.Kw),
            (asked.Tranches[0].Steps[0].StartDate, asked.Tranches[0].Steps[0].EndDate,
                asked.Tranches[0].Steps[0].ReservedKw));

        var signed = await deal.Buyer.Client.GetSignedTermsAsync(new() { LeaseId = lease.LeaseId });
        Assert.Equal(Deal.Hash(signed.TermsBytes), signed.TermsSha256);
        Assert.Equal([Party.Provider, Party.Buyer], signed.Signatures.Select(signature => signature.Party));
        Assert.All(signed.Signatures, signature => Assert.Equal(signed.TermsSha256, signature.TermsSha256));
        await using var events = await LeaseEvents.OfAsync(market);
        var (version, told) = await events.NextAsync<LeaseSigned>();
        Assert.Equal((1, lease.LeaseId), (version, told.LeaseId.ToString()));
        Assert.Equal(signed.TermsSha256, Deal.Hash(ByteString.CopyFrom(told.TermsBytes)));
        Assert.Equal(signed.TermsSha256, ByteString.CopyFrom(told.TermsSha256));
    }

    [Fact]
    public async Task SignVersion_WrongHashOrVersion_TermsHashMismatch()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var signing = await deal.SigningAsync(agreed);
        var first = await deal.VersionAsync(agreed, 1);

        var wrongHash = signing.Clone();
        wrongHash.TermsSha256 = first.TermsSha256;
        await Refused.PreconditionAsync("TERMS_HASH_MISMATCH", deal.Buyer.Client.SignVersionAsync(wrongHash));
        var wrongVersion = signing.Clone();
        wrongVersion.Version = 1;
        await Refused.PreconditionAsync("TERMS_HASH_MISMATCH", deal.Buyer.Client.SignVersionAsync(wrongVersion));

        var seen = await deal.Buyer.Client.GetNegotiationAsync(new() { NegotiationId = agreed.NegotiationId });
        Assert.Equal((NegotiationState.Agreed, 0), (seen.State, seen.Signatures.Count));
    }

    [Fact]
    public async Task SignVersion_WhileOpen_NegotiationNotAgreed()
    {
        var deal = await Deal.ListedAsync(market);
        var opened = await deal.OpenedAsync();

        await Refused.PreconditionAsync("NEGOTIATION_NOT_AGREED", deal.Buyer.Client.SignVersionAsync(new()
        {
            RequestId = Market.Id(),
            NegotiationId = opened.NegotiationId,
            Version = 1,
            TermsSha256 = (await deal.VersionAsync(opened)).TermsSha256,
        }));
    }

    [Fact]
    public async Task SignVersion_SameSideTwice_AlreadySignedUnlessTheSameRequest()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var request = await deal.SigningAsync(agreed);

        var first = await deal.Buyer.Client.SignVersionAsync(request);
        var again = await deal.Buyer.Client.SignVersionAsync(request);

        Assert.Equal(first, again);
        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "ALREADY_SIGNED", () => deal.SignAsync(deal.Buyer, agreed));
    }

    [Fact]
    public async Task SignVersion_Operator_RoleNotAllowed()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var both = market.Organisation(Role.Operator, Role.Buyer);

        await Refused.WithAsync(
            StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED", () => deal.SignAsync(market.Operator, agreed));
        await Refused.WithAsync(StatusCode.PermissionDenied, "ROLE_NOT_ALLOWED", () => deal.SignAsync(both, agreed));
    }

    [Fact]
    public async Task SignVersion_BothSidesAtOnce_OneLease()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();

        var signed = await Task.WhenAll(deal.SignAsync(deal.Provider, agreed), deal.SignAsync(deal.Buyer, agreed));

        Assert.Single(signed, negotiation => negotiation.State == NegotiationState.Signed);
        Assert.Single((await deal.Buyer.Client.ListLeasesAsync(new())).Leases);
        Assert.Single(market.Inventory.Reservations.Select(asked => asked.LeaseId).Distinct());
    }

    [Fact]
    public async Task SignVersion_CapacityGone_ShortWithDaysAndKw()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        market.Inventory.OnReserve = request => throw ScriptedInventory.Short(request, 100_000);

        await deal.SignAsync(deal.Provider, agreed);
        var refused = await deal.SignAsync(deal.Buyer, agreed);

        Assert.Equal((NegotiationState.Short, ""), (refused.State, refused.LeaseId));
        var shortfall = Assert.Single(refused.Shortfalls);
        Assert.Equal((Deal.Day(2026, 5, 1), Deal.Day(2029, 6, 1), 200_000),
            (shortfall.StartDate, shortfall.EndDate, shortfall.ShortKw));
        Assert.Empty((await deal.Buyer.Client.ListLeasesAsync(new())).Leases);
        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "NEGOTIATION_NOT_AGREED", () => deal.SignAsync(deal.Buyer, agreed));
    }

    [Fact]
    public async Task SignVersion_InventoryAway_ReservingAndFinishedByTheSweep()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var isAway = true;
        market.Inventory.OnReserve = _ => Volatile.Read(ref isAway)
            ? throw RpcErrors.Unavailable("POOL_MOVING", "moving", TimeSpan.FromMilliseconds(1))
            : Task.CompletedTask;

        await deal.SignAsync(deal.Provider, agreed);
        var reserving = await deal.SignAsync(deal.Buyer, agreed);
        await Refused.PreconditionAsync("NEGOTIATION_CLOSED", deal.Buyer.Client.WithdrawNegotiationAsync(
            new() { RequestId = Market.Id(), NegotiationId = agreed.NegotiationId }));
        Volatile.Write(ref isAway, false);

        Assert.Equal(NegotiationState.Reserving, reserving.State);
        var signed = await SignedAsync(deal, agreed);
        Assert.Equal(reserving.LeaseId, signed.LeaseId);
        Assert.Single(market.Inventory.Reservations.Select(asked => (asked.RequestId, asked.LeaseId)).Distinct());
    }

    [Fact]
    public async Task SignVersion_CrashBetweenReservationAndCommit_FinishedAfterTheRestart()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        market.Inventory.OnReserve = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        await deal.SignAsync(deal.Provider, agreed);

        var signing = deal.SignAsync(deal.Buyer, agreed);
        await asked.Task;
        await market.StopServiceAsync();
        // The buyer has no answer, or one that promises nothing.
        var lost = await Record.ExceptionAsync(() => signing);
        Assert.True(lost is Grpc.Core.RpcException || (await signing).State == NegotiationState.Reserving);
        answer.SetResult();
        await market.StartServiceAsync();

        var buyer = new LeasingService.LeasingServiceClient(deal.Buyer.Invoker());
        Negotiation? signed = null;
        await Eventually.AsyncThat(
            async () => (signed = await buyer.GetNegotiationAsync(new() { NegotiationId = agreed.NegotiationId })).State
                == NegotiationState.Signed,
            TimeSpan.FromSeconds(30));
        var lease = Assert.Single((await buyer.ListLeasesAsync(new())).Leases);
        Assert.Equal(signed!.LeaseId, lease.LeaseId);
        Assert.Equal([lease.LeaseId], market.Inventory.Reservations.Select(request => request.LeaseId).Distinct());
        await using var events = await LeaseEvents.OfAsync(market);
        Assert.Equal(1, (await events.NextAsync<LeaseSigned>()).Version);
    }

    [Fact]
    public async Task SignVersion_DeadlineOfTheCallerBeforeTheAnswer_ReservingAndTheSameQuestionGoesOn()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        var answer = new TaskCompletionSource();
        market.Inventory.OnReserve = _ => answer.Task;
        await deal.SignAsync(deal.Provider, agreed);
        var request = await deal.SigningAsync(agreed);

        var soon = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1);
        var reserving = await deal.Buyer.Client.SignVersionAsync(request, deadline: soon);
        var again = deal.Buyer.Client.SignVersionAsync(request).ResponseAsync;
        answer.SetResult();

        Assert.Equal(NegotiationState.Reserving, reserving.State);
        Assert.Equal(NegotiationState.Signed, (await again).State);
        Assert.Single(market.Inventory.Reservations);
    }

    [Fact]
    public async Task SignVersion_CrashWhileManyAreAsked_FinishedSeveralAtOnceButNeverMoreThanEight()
    {
        const int Signers = 10;
        const int AsksAtOnceMax = 8;
        var deals = new List<(Deal Deal, Negotiation Agreed)>();
        for (var i = 0; i < Signers; i++)
        {
            var deal = await Deal.ListedAsync(market);
            var agreed = await deal.AgreedAsync();
            await deal.SignAsync(deal.Provider, agreed);
            deals.Add((deal, agreed));
        }
        var (asks, crash, several) = (new Asks(), new TaskCompletionSource(), new TaskCompletionSource());
        market.Inventory.OnReserve = _ => asks.CountAsync(crash.Task);
        var signings = deals.Select(signer => signer.Deal.SignAsync(signer.Deal.Buyer, signer.Agreed)).ToList();
        await Eventually.AsyncThat(() => asks.Now == AsksAtOnceMax, TimeSpan.FromSeconds(30));
        await market.StopServiceAsync();
        // A call that is cut off has no answer, or the one that nothing is decided yet.
        foreach (var signing in signings) await Task.WhenAny(signing);
        Assert.All(signings, signing =>
            Assert.True(signing.IsFaulted || signing.Result.State == NegotiationState.Reserving));
        crash.SetResult();

        market.Inventory.OnReserve = _ =>
        {
            if (asks.Now > 0) several.TrySetResult();
            return asks.CountAsync(several.Task);
        };
        await market.StartServiceAsync();

        foreach (var (deal, agreed) in deals)
        {
            var buyer = new LeasingService.LeasingServiceClient(deal.Buyer.Invoker());
            await Eventually.AsyncThat(
                async () => (await buyer.GetNegotiationAsync(new() { NegotiationId = agreed.NegotiationId })).State
                    == NegotiationState.Signed,
                TimeSpan.FromSeconds(30));
        }
        Assert.InRange(asks.Most, 2, AsksAtOnceMax);
        Assert.Equal(Signers, market.Inventory.Reservations.Select(request => request.LeaseId).Distinct().Count());
    }

    [Fact]
    public async Task SignVersion_TradingHalted_TradingHalted()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        await market.Operator.Client.HaltTradingAsync(new() { RequestId = Market.Id(), Comment = "audit" });

        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "TRADING_HALTED", () => deal.SignAsync(deal.Buyer, agreed));
        await Refused.WithAsync(StatusCode.FailedPrecondition, "TRADING_HALTED", deal.QuotedAsync);
        var status = await deal.Buyer.Client.GetTradingStatusAsync(new());
        await market.Operator.Client.ResumeTradingAsync(new() { RequestId = Market.Id() });

        Assert.Equal((TradingState.Halted, "audit"), (status.State, status.Cause.Comment));
        Assert.Single((await deal.SignAsync(deal.Buyer, agreed)).Signatures);
    }

    [Fact]
    public async Task SignVersion_SecondSignatureRepeatedAfterTheSweep_SignedAndReservedOnce()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();
        await deal.SignAsync(deal.Provider, agreed);
        var request = await deal.SigningAsync(agreed);

        var signed = await deal.Buyer.Client.SignVersionAsync(request);
        var again = await deal.Buyer.Client.SignVersionAsync(request);

        Assert.Equal((NegotiationState.Signed, signed), (again.State, again));
        Assert.Single(market.Inventory.Reservations);
    }

    [Fact]
    public async Task CreateNegotiation_AfterADay_QuoteExpired()
    {
        var deal = await Deal.ListedAsync(market);
        var quote = await deal.QuotedAsync();

        await market.AdvanceAsync(quote.ExpireTime.ToInstant());

        await Refused.PreconditionAsync("QUOTE_EXPIRED", deal.Buyer.Client.CreateNegotiationAsync(
            new() { RequestId = Market.Id(), QuoteId = quote.QuoteId }));
    }

    [Fact]
    public async Task Negotiation_TimeOver_ExpiredAndNotSigned()
    {
        var deal = await Deal.ListedAsync(market);
        var agreed = await deal.AgreedAsync();

        await market.AdvanceAsync(agreed.ExpireTime.ToInstant());

        var seen = await deal.Buyer.Client.GetNegotiationAsync(new() { NegotiationId = agreed.NegotiationId });
        Assert.Equal(NegotiationState.Expired, seen.State);
        Assert.Equal("", seen.Changes[^1].Cause.OrganisationId);
        await Refused.WithAsync(
            StatusCode.FailedPrecondition, "NEGOTIATION_NOT_AGREED", () => deal.SignAsync(deal.Buyer, agreed));
    }

    private static async Task<Negotiation> SignedAsync(Deal deal, Negotiation negotiation)
    {
        Negotiation? signed = null;
        await Eventually.AsyncThat(
            async () => (signed = await deal.Buyer.Client.GetNegotiationAsync(
                new() { NegotiationId = negotiation.NegotiationId })).State == NegotiationState.Signed,
            TimeSpan.FromSeconds(30));
        return signed!;
    }

    /// <summary>Counts the questions that Inventory has before it at once.</summary>
    private sealed class Asks
    {
        private readonly Lock gate = new();
        private int now;

        public int Now
        {
            get
            {
                lock (gate) return now;
            }
        }

        public int Most { get; private set; }

        public async Task CountAsync(Task answer)
        {
            lock (gate) Most = Math.Max(Most, ++now);
            await answer;
            lock (gate) now--;
        }
    }
}
