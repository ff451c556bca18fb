using Dapper;
using Google.Protobuf;
using Grpc.Core;
using Marketplace.Options.V1;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Runs mutating RPCs so that each request id has one effect: the same content gives the first answer again, other
/// content is an error. The answer is stored in the transaction of the effect, and only if the call succeeds.
/// </summary>
public sealed class Idempotent(Database database)
{
    private static readonly TimeSpan TwinWait = TimeSpan.FromSeconds(5);

    /// <summary>Runs a mutating RPC.</summary>
    /// <param name="request">The request; it has a field <c>request_id</c>.</param>
    /// <param name="context">The call.</param>
    /// <param name="answers">Reads a stored answer.</param>
    /// <param name="handle">The use case: it decides, and writes in the transaction that it is given.</param>
    /// <param name="keepForEver">Whether the answer never expires, as for signatures, notices and payments.</param>
    public async Task<TAnswer> RunAsync<TRequest, TAnswer>(
        TRequest request,
        ServerCallContext context,
        MessageParser<TAnswer> answers,
        Func<Transaction, Task<TAnswer>> handle,
        bool keepForEver = false)
        where TRequest : IMessage<TRequest>, IDeepCloneable<TRequest>
        where TAnswer : IMessage<TAnswer>
    {
        var key = RequestKey.Of(request, context);
        await using var transaction = IsExempt(context.Caller(), context.Method)
            ? await database.BeginAsync(context.CancellationToken)
            : await database.BeginMutationAsync(context.CancellationToken);
        if (await InsertAsync(transaction, key, keepForEver) == 0)
        {
            var (method, hash, stored) = await transaction.Connection.QuerySingleAsync<(string, byte[], byte[])>(
                """
                select method, content_hash, answer from request_log
                where organisation_id = @OrganisationId and request_id = @RequestId
                """,
                key);
            return key.IsSameAs(method, hash) ? answers.ParseFrom(stored) : throw key.Reused();
        }

        var answer = await handle(transaction);
        await transaction.Connection.ExecuteAsync(
            """
            update request_log set answer = @answer
            where organisation_id = @OrganisationId and request_id = @RequestId
            """,
            new { answer = answer.ToByteArray(), key.OrganisationId, key.RequestId });
        await transaction.CommitAsync(context.CancellationToken);
        return answer;
    }

    // The row of a concurrent twin is waited for: its commit makes this insert do nothing, its rollback lets it in.
    private static async Task<int> InsertAsync(Transaction transaction, RequestKey key, bool keepForEver)
    {
        try
        {
            await transaction.Connection.ExecuteAsync($"set local lock_timeout = '{TwinWait.TotalMilliseconds}ms'");
            var inserted = await transaction.Connection.ExecuteAsync(
                """
                insert into request_log (organisation_id, request_id, method, content_hash, keep_for_ever)
                values (@OrganisationId, @RequestId, @Method, @ContentHash, @keepForEver)
                on conflict (organisation_id, request_id) do nothing
                """,
                new { key.OrganisationId, key.RequestId, key.Method, key.ContentHash, keepForEver });
            await transaction.Connection.ExecuteAsync("set local lock_timeout = default");
            return inserted;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw RpcErrors.Aborted("REQUEST_IN_PROGRESS", "The first call with this request_id is still at work.",
                TimeSpan.FromSeconds(1));
        }
    }

    // Services and those who run the market act while the clock moves.
    private static bool IsExempt(Caller caller, string method) =>
        caller.IsService || AccessCatalogue.Find(method)?.Scope == Scope.OperationsWrite;
}
