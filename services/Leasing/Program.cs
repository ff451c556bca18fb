using Marketplace.Inventory.V1;
using Marketplace.Leasing.Consumers;
using Marketplace.Leasing.Lifecycle;
using Marketplace.Leasing.Matching;
using Marketplace.Leasing.Negotiations;
using Marketplace.Leasing.Rpc;
using Marketplace.Leasing.Termination;
using Marketplace.Leasing.Workers;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing;

internal static class Program
{
    public static Task<int> Main(string[] args) => Compose(args).RunAsync();

    internal static ServiceHost Compose(string[] args)
    {
        var host = new ServiceHost("leasing", typeof(Program).Assembly, args);
        host.AddClient("inventory", invoker => new InventoryService.InventoryServiceClient(invoker))
            .AddClient("inventory", invoker => new CapacityReservationService.CapacityReservationServiceClient(invoker))
            .AddConsumer(new ScheduleConsumer())
            .AddDueWork<LeasePhaseWork>()
            .AddDueWork<NegotiationExpiryWork>()
            .AddRpc<LeasingRpc>();
        host.Services
            .AddSingleton<InventoryIndex>()
            .AddSingleton<CapacityRequests>().AddSingleton<CapacitySearch>().AddSingleton<Quotes>()
            .AddSingleton<Offers>().AddSingleton<Signing>().AddSingleton<Reserving>()
            .AddSingleton<NoticeWithdrawal>();
        return host
            .AddWorker<InventoryFollower>().AddWorker<StandingRequestMatcher>()
            .AddWorker<ReservationSweep>().AddWorker<RestorationSweep>();
    }
}
