using Dapper;
using Grpc.Core;
using Marketplace.Accounts.Domain;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Keys;

/// <summary>A key to be created.</summary>
/// <param name="OrganisationId">Whose it will be.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="SecretSha256">The SHA-256 of its secret.</param>
/// <param name="ExpireTime">When it expires, or null for the latest that is allowed.</param>
internal sealed record NewKey(
    Guid OrganisationId, string DisplayName, IReadOnlyList<Scope> Scopes, byte[] SecretSha256, Instant? ExpireTime);

/// <summary>The API keys of the organisations.</summary>
internal sealed class KeyRing(Database database, TimeProvider time)
{
    private const string Columns =
        """
        api_key.api_key_id, api_key.organisation_id, api_key.display_name, api_key.scopes, api_key.secret_sha256,
        api_key.creator_organisation_id, api_key.create_time, api_key.expire_time, api_key.revoke_time,
        api_key.predecessor_api_key_id,
        (select successor.api_key_id from api_key successor where successor.predecessor_api_key_id = api_key.api_key_id)
            as successor_api_key_id
        """;

    /// <summary>Creates a key.</summary>
    public async Task<ApiKey> CreateAsync(Transaction transaction, Caller caller, NewKey key)
    {
        await RequireVisibleAsync(transaction, caller, key.OrganisationId);
        RequireHeld(caller, key.OrganisationId, key.Scopes);
        return await InsertAsync(transaction, Guid.CreateVersion7(), caller.OrganisationId, key, predecessor: null);
    }

    /// <summary>Creates a key with a given id for an organisation that has none that could do it.</summary>
    public Task<ApiKey> CreateFirstAsync(Transaction transaction, Guid id, NewKey key) =>
        InsertAsync(transaction, id, key.OrganisationId, key, predecessor: null);

    /// <summary>Creates the successor of a key, which expires after an overlap.</summary>
    public async Task<ApiKey> RotateAsync(
        Transaction transaction,
        Caller caller,
        Guid id,
        byte[] secretSha256,
        int overlapSeconds,
        Instant? expireTime)
    {
        var old = await LockAsync(transaction, caller, id);
        var now = time.Now();
        if (old.StateAt(now) != KeyLifeState.Active)
            throw RpcErrors.FailedPrecondition("API_KEY_NOT_ACTIVE", "The key is expired or revoked; create another.");
        if (old.SuccessorApiKeyId is { } successor)
        {
            throw RpcErrors.FailedPrecondition(
                "API_KEY_ALREADY_ROTATED",
                "The key has a successor; rotate that one.",
                ("successor_api_key_id", $"{successor}"));
        }
        RequireHeld(caller, old.OrganisationId, old.ScopesOf());
        var created = await InsertAsync(
            transaction,
            Guid.CreateVersion7(),
            caller.OrganisationId,
            new(old.OrganisationId, old.DisplayName, old.ScopesOf(), secretSha256, expireTime),
            id);
        await transaction.Connection.ExecuteAsync(
            "update api_key set expire_time = @expiry where api_key_id = @id",
            new { id, expiry = KeyLife.RotatedExpiry(now, old.ExpireTime, overlapSeconds) });
        await KeyInvalidations.AnnounceAsync(transaction, id);
        return created;
    }

    /// <summary>Revokes a key; one that is revoked stays as it is.</summary>
    public async Task<ApiKey> RevokeAsync(Transaction transaction, Caller caller, Guid id)
    {
        var row = await LockAsync(transaction, caller, id);
        if (row.RevokeTime is not null) return row.ToMessage(time.Now());
        var now = time.Now();
        await transaction.Connection.ExecuteAsync(
            "update api_key set revoke_time = @now where api_key_id = @id", new { id, now });
        await KeyInvalidations.AnnounceAsync(transaction, id);
        return (row with { RevokeTime = now }).ToMessage(now);
    }

    /// <summary>A key that the caller may see.</summary>
    public async Task<ApiKey> GetAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from api_key where api_key_id = @id", new { id });
        return Visible(caller, id, row).ToMessage(time.Now());
    }

    /// <summary>One key more than the page holds, if there are as many.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(
        Caller caller, Guid organisationId, Page page, ApiKeyState state, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await RequireVisibleAsync(transaction, caller, organisationId);
        var now = time.Now();
        var rows = await transaction.Connection.QueryAsync<Row>(
            $"""
            select {Columns} from api_key
            where organisation_id = @organisationId and (@After::uuid is null or api_key_id > @After)
                and case @state
                    when {(int)ApiKeyState.Active} then revoke_time is null and expire_time > @now
                    when {(int)ApiKeyState.Expired} then revoke_time is null and expire_time <= @now
                    when {(int)ApiKeyState.Revoked} then revoke_time is not null
                    else true
                end
            order by api_key_id limit @limit
            """,
            new { organisationId, page.After, state = (int)state, now, limit = page.Size + 1 });
        return [.. rows.Select(row => row.ToMessage(now))];
    }

    private async Task<ApiKey> InsertAsync(
        Transaction transaction, Guid id, Guid creator, NewKey key, Guid? predecessor)
    {
        var now = time.Now();
        if (key.ExpireTime is { } expiry && !KeyLife.MayExpireAt(now, expiry))
        {
            throw RpcErrors.InvalidFields([
                new("expire_time", "OUT_OF_RANGE", $"Must be in the future and at most {KeyLife.DaysMax} days ahead."),
            ]);
        }
        var row = new Row
        {
            ApiKeyId = id,
            OrganisationId = key.OrganisationId,
            DisplayName = key.DisplayName,
            Scopes = [.. key.Scopes.Order().Select(scope => (int)scope)],
            SecretSha256 = key.SecretSha256,
            CreatorOrganisationId = creator,
            CreateTime = now,
            ExpireTime = key.ExpireTime ?? KeyLife.LatestExpiry(now),
            PredecessorApiKeyId = predecessor,
        };
        var inserted = await transaction.Connection.ExecuteAsync(
            """
            insert into api_key (api_key_id, organisation_id, display_name, scopes, secret_sha256,
                creator_organisation_id, create_time, expire_time, predecessor_api_key_id)
            values (@ApiKeyId, @OrganisationId, @DisplayName, @Scopes, @SecretSha256, @CreatorOrganisationId,
                @CreateTime, @ExpireTime, @PredecessorApiKeyId)
            on conflict on constraint api_key_secret_is_unique do nothing
            """,
            row);
        if (inserted == 0)
            throw RpcErrors.FailedPrecondition("API_KEY_SECRET_REUSED", "Another key has this secret; make a new one.");
        return row.ToMessage(now);
    }

    private static async Task<Row> LockAsync(Transaction transaction, Caller caller, Guid id)
    {
        // Two rotations of a key wait for each other here; a statement of its own then sees the successor of the first.
        await transaction.Connection.ExecuteAsync("select from api_key where api_key_id = @id for update", new { id });
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from api_key where api_key_id = @id", new { id });
        return Visible(caller, id, row);
    }

    private static Row Visible(Caller caller, Guid id, Row? row) =>
        row is not null && (caller.IsOperator || row.OrganisationId == caller.OrganisationId)
            ? row
            : throw RpcErrors.NotFound("API_KEY_NOT_FOUND", "API key", id.ToString());

    private static async Task RequireVisibleAsync(Transaction transaction, Caller caller, Guid organisationId)
    {
        if (organisationId == caller.OrganisationId) return;
        var isThere = caller.IsOperator && await transaction.Connection.QuerySingleAsync<bool>(
            "select exists (select from organisation where organisation_id = @organisationId)", new { organisationId });
        if (!isThere) throw RpcErrors.NotFound("ORGANISATION_NOT_FOUND", "organisation", organisationId.ToString());
    }

    private static void RequireHeld(Caller caller, Guid organisationId, IEnumerable<Scope> scopes)
    {
        if (caller.IsOperator && organisationId != caller.OrganisationId) return;
        var missing = scopes.Where(scope => !caller.Scopes.Contains(scope)).ToList();
        if (missing.Count == 0) return;
        var names = string.Join(", ", missing.Select(ProtoNames.Of));
        throw RpcErrors.Error(
            StatusCode.PermissionDenied,
            "SCOPE_NOT_HELD",
            $"The key that you call with lacks {names}; it cannot give what it does not have.",
            [("scopes", names)]);
    }

    // Properties and no constructor: that is how Dapper reads arrays.
    private sealed record Row
    {
        public Guid ApiKeyId { get; init; }

        public Guid OrganisationId { get; init; }

        public string DisplayName { get; init; } = "";

        public int[] Scopes { get; init; } = [];

        public byte[] SecretSha256 { get; init; } = [];

        public Guid CreatorOrganisationId { get; init; }

        public Instant CreateTime { get; init; }

        public Instant ExpireTime { get; init; }

        public Instant? RevokeTime { get; init; }

        public Guid? PredecessorApiKeyId { get; init; }

        public Guid? SuccessorApiKeyId { get; init; }

        public KeyLifeState StateAt(Instant now) => KeyLife.StateAt(now, ExpireTime, RevokeTime);

        public IReadOnlyList<Scope> ScopesOf() => [.. Scopes.Select(scope => (Scope)scope)];

        public ApiKey ToMessage(Instant now) => new()
        {
            ApiKeyId = ApiKeyId.ToString(),
            OrganisationId = OrganisationId.ToString(),
            DisplayName = DisplayName,
            Scopes = { ScopesOf() },
            State = (ApiKeyState)StateAt(now),
            CreatorOrganisationId = CreatorOrganisationId.ToString(),
            CreateTime = CreateTime.ToTimestamp(),
            ExpireTime = ExpireTime.ToTimestamp(),
            RevokeTime = RevokeTime?.ToTimestamp(),
            PredecessorApiKeyId = PredecessorApiKeyId?.ToString() ?? "",
            SuccessorApiKeyId = SuccessorApiKeyId?.ToString() ?? "",
        };
    }
}
