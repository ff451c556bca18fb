using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>Inventory: what capacity there is, what of it is for sale, and who holds it.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => Compose(args).RunAsync();

    internal static ServiceHost Compose(string[] args)
    {
        var host = new ServiceHost("inventory", typeof(Program).Assembly, args);
        host.Services.AddSingleton<Availability>();
        host.Services.AddSingleton<CheckCapacity>();
        host.Services.AddSingleton<InventoryWatch>();
        host.Services.AddSingleton<WatchInventoryCall>();
        return host
            .AddWorker<ChangeSignal>()
            .AddWorker<ChangePruning>()
            .AddRpc<InventoryRpc>()
            .AddRpc<CapacityReservationRpc>()
            .AddConsumer(new LeaseConsumer())
            .AddDueWork<ListingExpiry>();
    }
}
