using Google.Protobuf.WellKnownTypes;
using Marketplace.Accounts.V1;
using Marketplace.Client;
using Marketplace.Options.V1;

namespace Marketplace.Cli.Demo;

/// <summary>Lets an operator bring new organisations into the market.</summary>
internal static class DemoParties
{
    /// <summary>Registers an organisation with a key of its own; the secret never leaves this process.</summary>
    public static async Task<(string OrganisationId, string Key)> RegisterAsync(
        this MarketClient operators, string name, params Role[] roles)
    {
        var organisation = await operators.Accounts.CreateOrganisationAsync(
            new() { DisplayName = name, Roles = { roles } });
        return (organisation.OrganisationId, await operators.CreateKeyAsync(organisation.OrganisationId));
    }

    /// <summary>Makes a key of an organisation for all that its people do.</summary>
    public static async Task<string> CreateKeyAsync(
        this MarketClient operators, string organisationId, Timestamp? expireTime = null)
    {
        var secret = new ApiKeySecret();
        var request = new CreateApiKeyRequest
        {
            OrganisationId = organisationId,
            DisplayName = "demo",
            ExpireTime = expireTime,
            SecretSha256 = secret.Sha256,
            Scopes =
            {
                Scope.AccountsRead, Scope.InventoryRead, Scope.InventoryWrite, Scope.LeasingRead, Scope.LeasingWrite,
                Scope.LeasingSign, Scope.BillingRead,
            },
        };
        return secret.KeyFor((await operators.Accounts.CreateApiKeyAsync(request)).ApiKeyId);
    }
}
