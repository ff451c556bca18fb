using Google.Protobuf.WellKnownTypes;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;
using Marketplace.Terms.V1;

namespace Marketplace.EndToEnd.Tests;

/// <summary>A market with something in every state that bad input can meet.</summary>
public sealed class BadInputScene(SharedSystem shared) : IAsyncLifetime
{
    private GrpcChannel? plain;

    internal MarketSystem System => shared.System;

    /// <summary>Where a deal is signed.</summary>
    internal DemoListing Leased { get; private set; } = null!;

    internal DemoDeal Signed { get; private set; } = null!;

    /// <summary>A negotiation whose latest version, the provider's, leaves the day count open.</summary>
    internal DemoListing Offered { get; private set; } = null!;

    internal Negotiation Open { get; private set; } = null!;

    internal LeaseTerms OpenTerms { get; private set; } = null!;

    /// <summary>A listing on a pool that the provider has since kept a part of for itself.</summary>
    internal DemoListing Short { get; private set; } = null!;

    /// <summary>What the buyer of the open negotiation has asked for already.</summary>
    internal CreateCapacityRequestRequest Asked { get; private set; } = null!;

    /// <summary>Another organisation, which is in no deal.</summary>
    internal MarketClient Stranger { get; private set; } = null!;

    /// <summary>The other organisation's calls as they are made without the client package.</summary>
    internal LeasingService.LeasingServiceClient WithoutRequestIds { get; private set; } = null!;

    /// <summary>Keys that are not good, by what is wrong with them.</summary>
    internal IReadOnlyDictionary<string, MarketClient> Keys { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await MakeKeysAsync();
        Leased = await DemoListing.CreateAsync(System.Endpoints, System.Operator, "Leased", "0.5");
        Signed = await DemoDeal.AskAsync(Leased);
        await Signed.NegotiateAsync();
        await Signed.SignAsync(Leased.Provider);
        await Signed.SignAsync(Leased.Buyer);
        await Signed.LeaseAsync();

        Offered = await DemoListing.CreateAsync(System.Endpoints, System.Operator, "Offered", "0.5");
        Asked = new() { RequestId = MarketClient.NewRequestId(), Criteria = Offered.Criteria };
        await Offered.Buyer.Leasing.CreateCapacityRequestAsync(Asked);
        await OpenAsync(await DemoDeal.AskAsync(Offered));

        Short = await DemoListing.CreateAsync(System.Endpoints, System.Operator, "Short", "0.5");
        var floor = new SetProviderFloorRequest
        {
            PoolId = Short.Pool.PoolId,
            FloorSteps =
            {
                Short.Pool.FloorSteps,
                new CurveStep { StartDate = new() { Year = 2027, Month = 1, Day = 1 }, PowerKw = 50_000 },
            },
        };
        await Short.Provider.Inventory.SetProviderFloorAsync(floor);
        await Eventually.AsyncThat(
            async () => !(await Short.Buyer.Leasing.SearchCapacityAsync(
                new() { Criteria = Short.Criteria, PageSize = 100 }))
                .Matches.Any(match => match.Listing.ListingId == Short.ListingId),
            TimeSpan.FromSeconds(30));
        await System.QuietAsync();
    }

    public Task DisposeAsync()
    {
        foreach (var disposable in Keys.Values.Append(Stranger)) disposable.Dispose();
        plain?.Dispose();
        foreach (var listing in new[] { Leased, Offered, Short }) listing.Dispose();
        return Task.CompletedTask;
    }

    private async Task OpenAsync(DemoDeal deal)
    {
        Open = await Offered.Buyer.Leasing.CreateNegotiationAsync(new() { QuoteId = deal.Quote.QuoteId });
        OpenTerms = deal.Quote.Terms.Clone();
        OpenTerms.DayCount = DayCount.Unspecified;
        var offer = new MakeOfferRequest
        {
            NegotiationId = Open.NegotiationId,
            BaseVersion = 1,
            Terms = OpenTerms,
        };
        await Offered.Provider.Leasing.MakeOfferAsync(offer);
    }

    private async Task MakeKeysAsync()
    {
        var (strangerId, key) = await System.Operator.RegisterAsync("Stranger", Role.Provider, Role.Buyer);
        Stranger = new(System.Endpoints, key);
        plain = GrpcChannel.ForAddress(System.Endpoints.Leasing.ToString());
        WithoutRequestIds = new(plain.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {key}");
            return headers;
        }));
        var revoked = await System.Operator.CreateKeyAsync(strangerId);
        await System.Operator.Accounts.RevokeApiKeyAsync(new() { ApiKeyId = revoked.Split('_')[1] });
        var expiry = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var expired = await System.Operator.CreateKeyAsync(strangerId, Timestamp.FromDateTimeOffset(expiry));
        await Eventually.AsyncThat(() => TimeProvider.System.GetUtcNow() > expiry, TimeSpan.FromSeconds(10));
        Keys = new Dictionary<string, MarketClient>
        {
            ["missing"] = new(System.Endpoints, apiKey: null),
            ["wrong"] = new(System.Endpoints, $"{key[..^4]}0000"),
            ["expired"] = new(System.Endpoints, expired),
            ["revoked"] = new(System.Endpoints, revoked),
        };
    }
}
