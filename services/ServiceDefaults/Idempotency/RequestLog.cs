using Dapper;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>An answer that was given to a call.</summary>
/// <param name="OrganisationId">The organisation that called.</param>
/// <param name="RequestId">The id that it gave the intended effect.</param>
/// <param name="Method">The RPC.</param>
/// <param name="ContentHash">Of the method and the request without its id.</param>
/// <param name="Answer">The answer's bytes.</param>
public sealed record StoredAnswer(
    Guid OrganisationId, Guid RequestId, string Method, byte[] ContentHash, byte[] Answer);

/// <summary>Answers of calls that are decided many at a time; <see cref="Idempotent"/> is for one.</summary>
public static class RequestLog
{
    /// <summary>Which of some calls have been answered.</summary>
    public static async Task<IReadOnlyList<StoredAnswer>> FindAsync(
        Transaction transaction, IReadOnlyCollection<RequestKey> keys) =>
        (await transaction.Connection.QueryAsync<StoredAnswer>(
            """
            select organisation_id, request_id, method, content_hash, answer
            from request_log join unnest(@organisationIds, @requestIds) as asked (organisation_id, request_id)
                using (organisation_id, request_id)
            where answer is not null
            """,
            new
            {
                organisationIds = keys.Select(key => key.OrganisationId).ToArray(),
                requestIds = keys.Select(key => key.RequestId).ToArray(),
            })).AsList();

    /// <summary>
    /// Stores answers in the transaction of their effects; a call that was answered before fails all of it with a
    /// unique violation.
    /// </summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyCollection<(RequestKey Key, byte[] Answer)> answers) => new(
        """
        insert into request_log (organisation_id, request_id, method, content_hash, answer, keep_for_ever)
        select unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), false
        """)
    {
        Parameters =
        {
            new() { Value = answers.Select(answer => answer.Key.OrganisationId).ToArray() },
            new() { Value = answers.Select(answer => answer.Key.RequestId).ToArray() },
            new() { Value = answers.Select(answer => answer.Key.Method).ToArray() },
            new() { Value = answers.Select(answer => answer.Key.ContentHash).ToArray() },
            new() { Value = answers.Select(answer => answer.Answer).ToArray() },
        },
    };
}
