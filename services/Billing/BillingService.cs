using Marketplace.Billing.Consumers;
using Marketplace.Billing.Rpc;
using Marketplace.Billing.Workers;
using Marketplace.ServiceDefaults;

namespace Marketplace.Billing;

/// <summary>What Billing is made of.</summary>
internal static class BillingService
{
    public static ServiceHost Compose(string[] args) =>
        new ServiceHost("billing", typeof(BillingService).Assembly, args)
            .AddRpc<BillingRpc>()
            .AddConsumer(new LeaseConsumer())
            .AddDueWork<InvoiceWork>();
}
