using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Marketplace.Accounts.V1;
using Marketplace.Billing.V1;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.V1;
using Marketplace.Options.V1;

namespace Marketplace.Cli.Demo;

/// <summary>Where the services are.</summary>
internal sealed record Endpoints(Uri Accounts, Uri Inventory, Uri Leasing, Uri Billing)
{
    /// <summary>Four ports that follow one another on this machine, as './market up' chooses them.</summary>
    public static Endpoints Local(int firstPort) => From(new($"http://127.0.0.1:{firstPort}"));

    /// <summary>Those of this machine, but as the given texts say: a URL for all, or NAME=URL for one.</summary>
    /// <returns>The endpoints, and what is wrong with a text, if something is.</returns>
    public static (Endpoints Endpoints, string? Wrong) Named(int firstPort, IReadOnlyList<string> texts)
    {
        var endpoints = Local(firstPort);
        // What is said of one service counts wherever it stands.
        foreach (var text in texts.OrderBy(text => IsOfOneService(text)))
        {
            var name = IsOfOneService(text) ? text[..text.IndexOf('=')] : "";
            var url = IsOfOneService(text) ? text[(text.IndexOf('=') + 1)..] : text;
            if (!Uri.TryCreate(url, UriKind.Absolute, out var at) || at.Scheme is not ("http" or "https")
                || (name.Length == 0 && at.Port > LastFirstPort))
                return (endpoints, $"--endpoint is '{text}'; write it as http://127.0.0.1:7001.");
            switch (name)
            {
                case "": endpoints = From(at); break;
                case "accounts": endpoints = endpoints with { Accounts = at }; break;
                case "inventory": endpoints = endpoints with { Inventory = at }; break;
                case "leasing": endpoints = endpoints with { Leasing = at }; break;
                case "billing": endpoints = endpoints with { Billing = at }; break;
                default:
                    return (endpoints,
                        $"--endpoint is '{text}'; a service is accounts, inventory, leasing or billing.");
            }
        }
        return (endpoints, null);
    }

    private const int LastFirstPort = 65_532;

    private static bool IsOfOneService(string text) => text.Contains('=', StringComparison.Ordinal);

    private static Endpoints From(Uri accounts)
    {
        return new(accounts, At(1), At(2), At(3));

        Uri At(int offset) => new UriBuilder(accounts) { Port = accounts.Port + offset }.Uri;
    }
}

/// <summary>The public APIs as one organisation sees them, with its key.</summary>
internal sealed class MarketClients : IDisposable
{
    private readonly List<GrpcChannel> channels = [];

    /// <param name="endpoints">Where the services are.</param>
    /// <param name="key">Its key; null: it calls without one.</param>
    public MarketClients(Endpoints endpoints, string? key)
    {
        Accounts = new(Invoker(endpoints.Accounts, key));
        Inventory = new(Invoker(endpoints.Inventory, key));
        Leasing = new(Invoker(endpoints.Leasing, key));
        Billing = new(Invoker(endpoints.Billing, key));
    }

    public AccountsService.AccountsServiceClient Accounts { get; }

    public InventoryService.InventoryServiceClient Inventory { get; }

    public LeasingService.LeasingServiceClient Leasing { get; }

    public BillingService.BillingServiceClient Billing { get; }

    /// <summary>Registers an organisation with a key of its own; the secret never leaves this process.</summary>
    public async Task<(string OrganisationId, string Key)> RegisterAsync(string name, params Role[] roles)
    {
        var organisation = await Call.Async(options => Accounts.CreateOrganisationAsync(
            new() { RequestId = Call.NewRequestId(), DisplayName = name, Roles = { roles } }, options));
        return (organisation.OrganisationId, await CreateKeyAsync(organisation.OrganisationId));
    }

    /// <summary>Makes a key of an organisation for all that its people do.</summary>
    public async Task<string> CreateKeyAsync(string organisationId, Timestamp? expireTime = null)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var request = new CreateApiKeyRequest
        {
            RequestId = Call.NewRequestId(),
            OrganisationId = organisationId,
            DisplayName = "demo",
            ExpireTime = expireTime,
            SecretSha256 = ByteString.CopyFrom(SHA256.HashData(secret)),
            Scopes =
            {
                Scope.AccountsRead, Scope.InventoryRead, Scope.InventoryWrite, Scope.LeasingRead, Scope.LeasingWrite,
                Scope.LeasingSign, Scope.BillingRead,
            },
        };
        var key = await Call.Async(options => Accounts.CreateApiKeyAsync(request, options));
        return $"mk_{key.ApiKeyId}_{Convert.ToHexStringLower(secret)}";
    }

    public void Dispose() => channels.ForEach(channel => channel.Dispose());

    private CallInvoker Invoker(Uri address, string? key)
    {
        var channel = GrpcChannel.ForAddress(address);
        channels.Add(channel);
        return key is null ? channel.CreateCallInvoker() : channel.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {key}");
            return headers;
        });
    }
}

/// <summary>Makes calls: each with a deadline, and again when the market says that it helps.</summary>
internal static class Call
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    public static string NewRequestId() => Guid.CreateVersion7().ToString();

    /// <summary>Makes a call. The request keeps its id through all attempts, so that it has one effect.</summary>
    public static async Task<T> Async<T>(Func<CallOptions, AsyncUnaryCall<T>> start)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await start(new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline));
            }
            catch (RpcException exception) when (
                IsWorthRetrying(exception.StatusCode) && TimeProvider.System.GetElapsedTime(begin) < Patience)
            {
                await Task.Delay(RetryDelay);
            }
        }
    }

    private static bool IsWorthRetrying(StatusCode code) => code is StatusCode.Unavailable or StatusCode.Aborted;
}
