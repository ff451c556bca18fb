using Grpc.Core;
using Marketplace.Accounts.Clock;
using Marketplace.Accounts.Domain;
using Marketplace.Accounts.Keys;
using Marketplace.Accounts.Participants;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Rpc;

/// <summary>Organisations, keys and the market clock.</summary>
internal sealed class AccountsRpc(
    Idempotent idempotent,
    OrganisationRegister organisations,
    KeyRing keys,
    ClockAdvances advances,
    ClockSignal signal,
    IHostApplicationLifetime lifetime) : AccountsService.AccountsServiceBase
{
    public override Task<Organisation> CreateOrganisation(CreateOrganisationRequest request, ServerCallContext context)
    {
        new FieldChecks()
            .RequestId(request.RequestId)
            .Name("display_name", request.DisplayName, isRequired: true)
            .Set(
                "roles",
                request.Roles,
                role => role is Role.Provider or Role.Buyer,
                "ROLE_PROVIDER, ROLE_BUYER or both")
            .Throw();
        return idempotent.RunAsync(request, context, Organisation.Parser, transaction =>
            organisations.CreateAsync(transaction, request.DisplayName, request.Roles));
    }

    public override async Task<Organisation> GetOrganisation(GetOrganisationRequest request, ServerCallContext context)
    {
        var caller = context.Caller();
        new FieldChecks()
            .OptionalId("organisation_id", request.OrganisationId, caller.OrganisationId, out var id)
            .Throw();
        var isVisible = id == caller.OrganisationId || caller.IsOperator || caller.IsService;
        return (isVisible ? await organisations.FindAsync(id, context.CancellationToken) : null)
            ?? throw RpcErrors.NotFound("ORGANISATION_NOT_FOUND", "organisation", id.ToString());
    }

    public override async Task<ListOrganisationsResponse> ListOrganisations(
        ListOrganisationsRequest request, ServerCallContext context)
    {
        new FieldChecks().Value("role", request.Role).Throw();
        var page = Page.Of(request.PageSize, request.PageToken);
        var role = request.Role == Role.Unspecified ? (Role?)null : request.Role;
        var found = await organisations.ListAsync(page, role, context.CancellationToken);
        return new()
        {
            Organisations = { found.Take(page.Size) },
            NextPageToken = page.NextToken(found.Count, () => Guid.Parse(found[page.Size - 1].OrganisationId)),
        };
    }

    public override Task<ApiKey> CreateApiKey(CreateApiKeyRequest request, ServerCallContext context)
    {
        var caller = context.Caller();
        new FieldChecks()
            .RequestId(request.RequestId)
            .OptionalId("organisation_id", request.OrganisationId, caller.OrganisationId, out var owner)
            .Name("display_name", request.DisplayName, isRequired: false)
            .Set(
                "scopes",
                request.Scopes,
                scope => Enum.IsDefined(scope) && scope != Scope.Unspecified,
                "scopes of the API")
            .Sha256("secret_sha256", request.SecretSha256)
            .OptionalTime("expire_time", request.ExpireTime, out var expireTime)
            .Throw();
        var key = new NewKey(
            owner, request.DisplayName, request.Scopes, request.SecretSha256.ToByteArray(), expireTime);
        return idempotent.RunAsync(
            request, context, ApiKey.Parser, transaction => keys.CreateAsync(transaction, caller, key));
    }

    public override Task<ApiKey> GetApiKey(GetApiKeyRequest request, ServerCallContext context) =>
        keys.GetAsync(context.Caller(), RequestRules.Id("api_key_id", request.ApiKeyId), context.CancellationToken);

    public override async Task<ListApiKeysResponse> ListApiKeys(ListApiKeysRequest request, ServerCallContext context)
    {
        var caller = context.Caller();
        new FieldChecks()
            .OptionalId("organisation_id", request.OrganisationId, caller.OrganisationId, out var owner)
            .Value("state", request.State)
            .Throw();
        var page = Page.Of(request.PageSize, request.PageToken);
        var found = await keys.ListAsync(caller, owner, page, request.State, context.CancellationToken);
        return new()
        {
            ApiKeys = { found.Take(page.Size) },
            NextPageToken = page.NextToken(found.Count, () => Guid.Parse(found[page.Size - 1].ApiKeyId)),
        };
    }

    public override Task<ApiKey> RotateApiKey(RotateApiKeyRequest request, ServerCallContext context)
    {
        var overlapSeconds = request.HasOverlapSeconds ? request.OverlapSeconds : KeyLife.OverlapSecondsDefault;
        new FieldChecks()
            .RequestId(request.RequestId)
            .Id("api_key_id", request.ApiKeyId, out var id)
            .Sha256("secret_sha256", request.SecretSha256)
            .Range("overlap_seconds", overlapSeconds, 0, KeyLife.OverlapSecondsMax)
            .OptionalTime("expire_time", request.ExpireTime, out var expireTime)
            .Throw();
        return idempotent.RunAsync(request, context, ApiKey.Parser, transaction => keys.RotateAsync(
            transaction, context.Caller(), id, request.SecretSha256.ToByteArray(), overlapSeconds, expireTime));
    }

    public override Task<ApiKey> RevokeApiKey(RevokeApiKeyRequest request, ServerCallContext context)
    {
        new FieldChecks().RequestId(request.RequestId).Id("api_key_id", request.ApiKeyId, out var id).Throw();
        return idempotent.RunAsync(request, context, ApiKey.Parser, transaction =>
            keys.RevokeAsync(transaction, context.Caller(), id));
    }

    public override Task<V1.MarketClock> GetMarketClock(GetMarketClockRequest request, ServerCallContext context) =>
        advances.ReadClockAsync(context.CancellationToken);

    public override async Task<ClockAdvance> AdvanceClock(AdvanceClockRequest request, ServerCallContext context)
    {
        new FieldChecks()
            .RequestId(request.RequestId)
            .RequiredTime("target_market_time", request.TargetMarketTime, out var target)
            .Throw();
        var advance = await idempotent.RunAsync(request, context, ClockAdvance.Parser, transaction =>
            advances.BeginAsync(transaction, target));
        signal.Announce();
        return advance;
    }

    public override Task<ClockAdvance> GetClockAdvance(GetClockAdvanceRequest request, ServerCallContext context) =>
        advances.GetAsync(RequestRules.Id("clock_advance_id", request.ClockAdvanceId), context.CancellationToken);

    public override Task WatchClockAdvance(
        WatchClockAdvanceRequest request, IServerStreamWriter<ClockAdvance> responseStream, ServerCallContext context)
    {
        var id = RequestRules.Id("clock_advance_id", request.ClockAdvanceId);
        return OpenStreams.RunAsync(context, lifetime, async cancellationToken =>
        {
            ClockAdvance? told = null;
            while (told is null or { State: ClockAdvanceState.Running })
            {
                var changed = signal.Changed;
                var advance = await advances.GetAsync(id, cancellationToken);
                if (!advance.Equals(told)) await responseStream.WriteAsync(told = advance, cancellationToken);
                else await ClockSignal.WaitAsync(changed, cancellationToken);
            }
        });
    }

    public override async Task<ClockAdvance> ResumeClockAdvance(
        ResumeClockAdvanceRequest request, ServerCallContext context)
    {
        new FieldChecks()
            .RequestId(request.RequestId)
            .Id("clock_advance_id", request.ClockAdvanceId, out var id)
            .Throw();
        var advance = await idempotent.RunAsync(request, context, ClockAdvance.Parser, transaction =>
            advances.ResumeAsync(transaction, id));
        signal.Announce();
        return advance;
    }
}
