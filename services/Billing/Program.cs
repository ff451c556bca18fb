using Marketplace.Billing;

return await BillingService.Compose(args).RunAsync();
