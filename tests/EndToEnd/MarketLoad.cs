using System.Collections.Concurrent;
using Marketplace.Cli.Demo;
using Marketplace.Client;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// A market in use, by callers with the client package: some make deals, some read from every service, and one watches
/// the inventory. It counts what they do, and the first call that fails ends it.
/// </summary>
internal sealed class MarketLoad : IDisposable
{
    private const int Dealers = 2;
    private const int Readers = 4;

    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentBag<string> leases = [];
    private readonly DemoListing listing;
    private readonly MarketClient reader;
    private readonly List<Task> callers = [];
    private long callCount;
    private long retryCount;
    private long longestCallTicks;

    private MarketLoad(MarketEndpoints endpoints, DemoListing listing, string readerKey)
    {
        this.listing = listing;
        reader = new(new MarketClientOptions
        {
            Endpoints = endpoints,
            ApiKey = readerKey,
            Retrying = (_, _) => Interlocked.Increment(ref retryCount),
        });
    }

    /// <summary>How many calls, and for a dealer whole deals, have succeeded.</summary>
    public long CallCount => Interlocked.Read(ref callCount);

    /// <summary>How often a reader's call was attempted again.</summary>
    public long RetryCount => Interlocked.Read(ref retryCount);

    /// <summary>The longest that a reader waited for an answer, with all attempts.</summary>
    public TimeSpan LongestCall => new(Interlocked.Read(ref longestCallTicks));

    /// <summary>The leases that were signed.</summary>
    public IReadOnlyCollection<string> Leases => leases;

    public static async Task<MarketLoad> StartAsync(
        MarketEndpoints endpoints, MarketClient operators, DemoListing listing)
    {
        var (_, key) = await operators.RegisterAsync("Reader", Role.Buyer);
        var load = new MarketLoad(endpoints, listing, key);
        load.callers.AddRange(Enumerable.Range(0, Dealers).Select(_ => load.RepeatAsync(load.DealAsync)));
        load.callers.AddRange(Enumerable.Range(0, Readers).Select(_ => load.RepeatAsync(load.ReadAsync)));
        load.callers.Add(load.WatchAsync());
        return load;
    }

    /// <summary>Waits until the load has come some calls further; fails if a call has.</summary>
    public Task FurtherAsync(int calls, TimeSpan timeout)
    {
        var goal = CallCount + calls;
        return Eventually.AsyncThat(
            async () =>
            {
                if (callers.Find(caller => caller.IsCompleted) is { } ended) await ended;
                return CallCount >= goal;
            },
            timeout);
    }

    /// <summary>Ends the load; fails if a call has.</summary>
    public async Task EndAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(callers);
    }

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
        reader.Dispose();
    }

    // What is begun is brought to its end, so that nothing is cut off but by the services.
    private async Task RepeatAsync(Func<Task> callAsync)
    {
        while (!ending.IsCancellationRequested) await callAsync();
    }

    private async Task DealAsync()
    {
        var deal = await DemoDeal.AskAsync(listing);
        await deal.NegotiateAsync();
        await deal.SignAsync(listing.Provider);
        await deal.SignAsync(listing.Buyer);
        var negotiation = await deal.SettleAsync();
        Assert.Equal(NegotiationState.Signed, negotiation.State);
        leases.Add(negotiation.LeaseId);
        Interlocked.Increment(ref callCount);
    }

    private async Task ReadAsync()
    {
        await MeasureAsync(() => reader.Accounts.GetMarketClockAsync(new()).ResponseAsync);
        await MeasureAsync(() => reader.Inventory.GetListingAsync(
            new() { ListingId = listing.ListingId }).ResponseAsync);
        await MeasureAsync(() => reader.Leasing.SearchCapacityAsync(
            new() { Criteria = listing.Criteria }).ResponseAsync);
        await MeasureAsync(() => reader.Billing.ListInvoicesAsync(new()).ResponseAsync);
    }

    private async Task MeasureAsync(Func<Task> callAsync)
    {
        var begin = TimeProvider.System.GetTimestamp();
        await callAsync();
        var took = TimeProvider.System.GetElapsedTime(begin).Ticks;
        long longest;
        while (took > (longest = Interlocked.Read(ref longestCallTicks))
            && Interlocked.CompareExchange(ref longestCallTicks, took, longest) != longest) ;
        Interlocked.Increment(ref callCount);
    }

    // Every change once and none left out, however often the stream is taken up again.
    private async Task WatchAsync()
    {
        long? last = null;
        try
        {
            await foreach (var change in reader.WatchInventoryAsync(cancellationToken: ending.Token))
            {
                switch (change.ChangeCase)
                {
                    case InventoryChange.ChangeOneofCase.SnapshotBegin: Assert.Null(last); break;
                    case InventoryChange.ChangeOneofCase.SnapshotEnd: last = change.Sequence; break;
                    default:
                        if (last is not null) Assert.Equal(++last, change.Sequence);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The load is over.
        }
    }
}
