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
        host.Services.AddSingleton<CapacityCurves>();
        host.Services.AddSingleton<FindCapacity>();
        host.Services.AddSingleton<CheckCapacity>();
        host.Services.AddSingleton<InventoryWatch>();
        host.Services.AddSingleton<WatchInventoryCall>();
        host.Services.AddSingleton<ProviderBooks>();
        host.Services.AddSingleton<ReplicaAddress>();
        host.Services.AddSingleton<ReplicaCalls>();
        return host
            .AddWorker<Replicas>()
            .AddWorker<ChangeSignal>()
            .AddWorker<ChangeSequencer>()
            .AddWorker<ChangePruning>()
            .AddWorker<CapacityAuditor>()
            .AddRpc<InventoryRpc>()
            .AddRpc<CapacityReservationRpc>()
            .AddConsumer<LeaseConsumer>()
            .AddConsumer(new DisclosureConsumer())
            .AddDueWork<ListingExpiry>()
            .AddDueWork<HoldExpiry>();
    }
}
