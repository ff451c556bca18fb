using System.Security.Cryptography;
using Dapper;
using Marketplace.Accounts.Domain;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using NodaTime;
using Npgsql;

namespace Marketplace.Accounts.Keys;

/// <summary>Says whose a key is, from the database.</summary>
internal sealed class KeyResolver(NpgsqlDataSource source, TimeProvider time) : IKeyResolver
{
    public async Task<ResolvedApiKey> ResolveAsync(ApiKeyText key, CancellationToken cancellationToken)
    {
        var row = await FindAsync(key.Id, cancellationToken);
        // An unknown key and a wrong secret are one answer.
        if (row is null || !CryptographicOperations.FixedTimeEquals(row.SecretSha256, key.SecretSha256))
            return new() { Verdict = KeyVerdict.Invalid };
        return KeyLife.StateAt(time.Now(), row.ExpireTime, row.RevokeTime) switch
        {
            KeyLifeState.Revoked => new() { Verdict = KeyVerdict.Revoked },
            KeyLifeState.Expired => new() { Verdict = KeyVerdict.Expired },
            _ => new()
            {
                Verdict = KeyVerdict.Valid,
                ApiKeyId = key.Id.ToString(),
                OrganisationId = row.OrganisationId.ToString(),
                Roles = { row.Roles.Select(role => (Role)role) },
                Scopes = { row.Scopes.Select(scope => (Scope)scope) },
                ExpireTime = row.ExpireTime.ToTimestamp(),
            },
        };
    }

    private async Task<Row?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await connection.QuerySingleOrDefaultAsync<Row>(
                """
                select api_key.organisation_id, organisation.roles, api_key.scopes, api_key.secret_sha256,
                    api_key.expire_time, api_key.revoke_time
                from api_key join organisation using (organisation_id) where api_key_id = @id
                """,
                new { id });
        }
        catch (NpgsqlException exception) when (exception.IsTransient)
        {
            throw RpcErrors.Unavailable(
                "ACCOUNTS_UNAVAILABLE", "Keys cannot be checked now; try again.", TimeSpan.FromSeconds(1));
        }
    }

    private sealed record Row
    {
        public Guid OrganisationId { get; init; }

        public int[] Roles { get; init; } = [];

        public int[] Scopes { get; init; } = [];

        public byte[] SecretSha256 { get; init; } = [];

        public Instant ExpireTime { get; init; }

        public Instant? RevokeTime { get; init; }
    }
}
