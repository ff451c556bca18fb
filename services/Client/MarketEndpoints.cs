namespace Marketplace.Client;

/// <summary>Where the services are.</summary>
/// <param name="Accounts">Organisations, API keys and the market clock.</param>
/// <param name="Inventory">Sites, pools, listings and reservations.</param>
/// <param name="Leasing">Requests, quotes, negotiations, leases and notices.</param>
/// <param name="Billing">Schedules, invoices, payments and the ledger.</param>
public sealed record MarketEndpoints(
    ServiceAddress Accounts, ServiceAddress Inventory, ServiceAddress Leasing, ServiceAddress Billing)
{
    /// <summary>The first that a key may go to only where the network is trusted. Null: there is none.</summary>
    public ServiceAddress? Exposed =>
        Enum.GetValues<MarketService>().Select(service => this[service]).FirstOrDefault(address => address.IsExposed);

    /// <summary>The address of a service.</summary>
    public ServiceAddress this[MarketService service] => service switch
    {
        MarketService.Accounts => Accounts,
        MarketService.Inventory => Inventory,
        MarketService.Leasing => Leasing,
        MarketService.Billing => Billing,
        _ => throw new ArgumentOutOfRangeException(nameof(service), service, "There is no such service."),
    };

    /// <summary>Four ports that follow one another on this machine, as <c>./market up</c> chooses them.</summary>
    /// <param name="firstPort">The port of Accounts, <c>[1, 65532]</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no four such ports.</exception>
    public static MarketEndpoints Local(int firstPort)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstPort, 1);
        return From(new Uri($"http://127.0.0.1:{firstPort}")) ?? throw new ArgumentOutOfRangeException(
            nameof(firstPort), firstPort, "The services take this port and the next three.");
    }

    /// <summary>Those of this machine, but as the given texts say.</summary>
    /// <param name="firstPort">The port of Accounts on this machine, the others on the next three.</param>
    /// <param name="texts">
    /// Each an address for all services, which are then on its port and the next three, or <c>NAME=ADDRESS</c> for one.
    /// An address is a URL, or the URLs of several replicas with commas between them. What is said of one service
    /// counts wherever it stands.
    /// </param>
    /// <returns>The endpoints, and what is wrong with a text, if something is.</returns>
    public static (MarketEndpoints Endpoints, string? Wrong) Named(int firstPort, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var endpoints = Local(firstPort);
        foreach (var text in texts.OrderBy(IsOfOneService))
        {
            var name = IsOfOneService(text) ? text[..text.IndexOf('=', StringComparison.Ordinal)] : "";
            if (!ServiceAddress.TryParse(IsOfOneService(text) ? text[(name.Length + 1)..] : text, out var address))
                return (endpoints, $"'{text}' is not an address; write it as http://127.0.0.1:7001.");
            switch (name)
            {
                case "" when From(address) is { } all: endpoints = all; break;
                case "":
                    return (endpoints, $"'{text}' leaves no ports for the other services; name the URL of each.");
                case "accounts": endpoints = endpoints with { Accounts = address }; break;
                case "inventory": endpoints = endpoints with { Inventory = address }; break;
                case "leasing": endpoints = endpoints with { Leasing = address }; break;
                case "billing": endpoints = endpoints with { Billing = address }; break;
                default:
                    return (endpoints, $"'{text}': a service is accounts, inventory, leasing or billing.");
            }
        }
        return (endpoints, null);
    }

    private static bool IsOfOneService(string text) => text.Contains('=', StringComparison.Ordinal);

    private static MarketEndpoints? From(ServiceAddress accounts) =>
        accounts.WithPortOffset(1) is { } inventory
        && accounts.WithPortOffset(2) is { } leasing
        && accounts.WithPortOffset(3) is { } billing
            ? new(accounts, inventory, leasing, billing)
            : null;
}
