namespace Marketplace.Client;

/// <summary>Names a service of the market. Each has a channel of its own.</summary>
public enum MarketService
{
    /// <summary>Organisations, API keys and the market clock.</summary>
    Accounts,

    /// <summary>Sites, pools, listings and reservations.</summary>
    Inventory,

    /// <summary>Requests, quotes, negotiations, leases and notices.</summary>
    Leasing,

    /// <summary>Schedules, invoices, payments and the ledger.</summary>
    Billing,
}
