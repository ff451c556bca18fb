using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Accounts.V1;
using Marketplace.Billing.V1;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;

namespace Marketplace.Client;

/// <summary>
/// The public APIs of the market as one organisation sees them, with its key. Make one and share it: it is safe to use
/// from many threads, and connects on the first call.
/// </summary>
/// <remarks>
/// Every call has a deadline. A request that changes something and has no <c>request_id</c> gets one before the first
/// attempt. Reads and requests with an id are attempted again on UNAVAILABLE, on ABORTED with a retry delay, when a
/// connection breaks and when an attempt takes too long: within <see cref="MarketClientOptions.Patience"/> or the
/// call's own deadline, whichever is earlier. Nothing else retries. Errors are <see cref="MarketException"/>s.
/// </remarks>
public sealed class MarketClient : IDisposable
{
    private readonly List<GrpcChannel> channels = [];
    private readonly Dictionary<MarketService, CallInvoker> invokers = [];
    private readonly MarketClientOptions options;

    /// <summary>Calls as <see cref="MarketClientOptions"/> does by default.</summary>
    /// <param name="endpoints">Where the services are.</param>
    /// <param name="apiKey">The caller's key, <c>mk_ID_SECRET</c>. Null: calls are made without one.</param>
    public MarketClient(MarketEndpoints endpoints, string? apiKey)
        : this(new() { Endpoints = endpoints, ApiKey = apiKey })
    {
    }

    /// <summary>Calls as the options say.</summary>
    /// <param name="options">Where and how it calls.</param>
    /// <exception cref="ArgumentException">
    /// An option makes no sense, or the key would leave this machine without TLS; the message names the way out.
    /// </exception>
    public MarketClient(MarketClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        this.options = options;
        foreach (var service in Enum.GetValues<MarketService>())
            invokers.Add(service, Connect(options.Endpoints[service]));
        Accounts = new(Invoker(MarketService.Accounts));
        Inventory = new(Invoker(MarketService.Inventory));
        Leasing = new(Invoker(MarketService.Leasing));
        Billing = new(Invoker(MarketService.Billing));
    }

    /// <summary>Organisations, API keys and the market clock.</summary>
    public AccountsService.AccountsServiceClient Accounts { get; }

    /// <summary>Sites, pools, listings and reservations.</summary>
    public InventoryService.InventoryServiceClient Inventory { get; }

    /// <summary>Requests, quotes, negotiations, leases and notices.</summary>
    public LeasingService.LeasingServiceClient Leasing { get; }

    /// <summary>Schedules, invoices, payments and the ledger.</summary>
    public BillingService.BillingServiceClient Billing { get; }

    /// <summary>A request id, a UUID version 7, for one intended effect that the caller names itself.</summary>
    public static string NewRequestId() => RequestIds.New();

    /// <summary>
    /// Makes calls to a service as the generated clients here do: for other generated clients, and for callers that
    /// know a method from its descriptor.
    /// </summary>
    public CallInvoker Invoker(MarketService service) => invokers[service];

    /// <summary>
    /// Follows listings and free capacity, over broken connections and restarts of the service: each change once, none
    /// left out. Heartbeats are not handed on.
    /// </summary>
    /// <param name="afterSequence">
    /// The sequence of the last change that the caller has applied. 0: it begins with a snapshot.
    /// </param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>
    /// The changes. SnapshotBegin says that what the caller knew no longer holds; a snapshot that breaks off begins
    /// again.
    /// </returns>
    /// <exception cref="MarketException">The market refuses it, or is away for longer than the patience.</exception>
    public async IAsyncEnumerable<InventoryChange> WatchInventoryAsync(
        long afterSequence = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var watch = new InventoryWatch(Inventory, options, afterSequence);
        await foreach (var change in watch.RunAsync(cancellationToken)) yield return change;
    }

    /// <summary>
    /// Follows an advance of the market clock, over broken connections and restarts of the service, until it is
    /// SUCCEEDED or STOPPED: as it is, and on each change.
    /// </summary>
    /// <param name="clockAdvanceId">The id.</param>
    /// <param name="cancellationToken">Ends the watch. It has no effect on the advance.</param>
    /// <exception cref="MarketException">
    /// NOT_FOUND <c>CLOCK_ADVANCE_NOT_FOUND</c>; or Accounts is away for longer than the patience.
    /// </exception>
    public async IAsyncEnumerable<ClockAdvance> WatchClockAdvanceAsync(
        string clockAdvanceId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var watch = new ClockAdvanceWatch(Accounts, options, clockAdvanceId);
        await foreach (var advance in watch.RunAsync(cancellationToken)) yield return advance;
    }

    /// <summary>Ends all calls and closes the connections.</summary>
    public void Dispose() => channels.ForEach(channel => channel.Dispose());

    private CallInvoker Connect(ServiceAddress address)
    {
        var channel = MarketChannel.Create(address, ConnectionSettings.Of(options));
        channels.Add(channel);
        return channel.Intercept(WithKey).Intercept(new CallInterceptor(options, address));
    }

    private Metadata WithKey(Metadata headers)
    {
        if (options.ApiKey is { } key) headers.Add("authorization", $"Bearer {key}");
        return headers;
    }
}
