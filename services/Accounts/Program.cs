using Marketplace.Accounts.Clock;
using Marketplace.Accounts.Keys;
using Marketplace.Accounts.Participants;
using Marketplace.Accounts.Rpc;
using Marketplace.Accounts.Workers;
using Marketplace.Operations.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts;

internal static class Program
{
    private static readonly string[] ServiceNames = ["accounts", "inventory", "leasing", "billing"];

    public static Task<int> Main(string[] args) => Compose(args).RunAsync();

    internal static ServiceHost Compose(string[] args)
    {
        var host = new ServiceHost("accounts", typeof(Program).Assembly, args);
        host.Services.AddSingleton<OrganisationRegister>().AddSingleton<KeyRing>();
        host.Services.AddSingleton<IKeyResolver, KeyResolver>();
        host.Services.AddSingleton<ClockSignal>().AddSingleton<ClockAdvances>().AddSingleton<ServiceClocks>();
        foreach (var name in ServiceNames)
        {
            host.AddClient(
                name,
                invoker => new ServiceClock(name, new ClockWindowService.ClockWindowServiceClient(invoker)));
        }
        host.AddWorker<KeyInvalidations>().AddWorker<FirstStart>().AddWorker<ClockAdvancer>();
        return host.AddRpc<AccountsRpc>().AddRpc<KeyResolutionRpc>().AddRpc<MarketClockRpc>();
    }
}
