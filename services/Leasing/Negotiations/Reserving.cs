using System.Collections.Concurrent;
using Dapper;
using Google.Protobuf;
using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Negotiations;

/// <summary>
/// Leads a negotiation on from RESERVING: asks Inventory for the whole profile, outside of any transaction and
/// idempotent by the lease's id, and then records what it answered. Whoever asks twice, or asks after a crash, gets the
/// same answer.
/// </summary>
/// <remarks>
/// Inventory decides about a pool's capacity one after another, so more questions at once are not answered sooner: they
/// only hold its connections and run into their deadlines. They wait here for their turn, first come first served.
/// </remarks>
internal sealed partial class Reserving(
    Database database,
    CapacityReservationService.CapacityReservationServiceClient inventory,
    IHostApplicationLifetime lifetime,
    ILogger<Reserving> logger) : IAsyncDisposable
{
    /// <summary>
    /// For how long one who asks, or has taken the question in hand, keeps others from asking. A refusal is not
    /// remembered by Inventory, so a second question beside the first could be granted after the first was refused.
    /// After a crash it is also how long nobody asks.
    /// </summary>
    public static readonly TimeSpan AskDurationMax = TimeSpan.FromSeconds(4);

    private const int AsksAtOnceMax = 8;
    private const int InHandMax = 2_048;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim turns = new(AsksAtOnceMax);
    private readonly ConcurrentDictionary<Guid, Task> inHand = new();

    /// <summary>
    /// Has Inventory asked and its answer recorded, however long its caller waits for it. What cannot be asked or is
    /// not answered is left to the sweep.
    /// </summary>
    /// <param name="negotiationId">The negotiation.</param>
    /// <param name="claim">Until when the caller keeps others from asking.</param>
    /// <returns>Ends when the question is settled or given up.</returns>
    public Task FinishAsync(Guid negotiationId, Instant claim)
    {
        if (inHand.Count >= InHandMax) return Task.CompletedTask;
        var isFinished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finished = inHand.GetOrAdd(negotiationId, isFinished.Task);
        return finished == isFinished.Task ? RunAsync() : finished;

        async Task RunAsync()
        {
            try
            {
                await WhenItsTurnAsync(negotiationId, claim, lifetime.ApplicationStopping);
            }
            finally
            {
                inHand.TryRemove(negotiationId, out _);
                isFinished.SetResult();
            }
        }
    }

    /// <summary>Ends when a question that this process has in hand is settled; at once if it has none.</summary>
    public Task FinishedAsync(Guid negotiationId) => inHand.GetValueOrDefault(negotiationId, Task.CompletedTask);

    /// <summary>Takes negotiations that nobody is asking Inventory for, and keeps others from it.</summary>
    public async Task<IReadOnlyList<(Guid NegotiationId, Instant Claim)>> TakeUnansweredAsync(
        int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var taken = (await transaction.Connection.QueryAsync<(Guid, Instant)>(
            """
            update negotiation set next_ask_time = clock_timestamp() + @AskDurationMax
            where negotiation_id in (
                select negotiation_id from negotiation
                where state = 'RESERVING' and next_ask_time < clock_timestamp() and negotiation_id <> all (@inHand)
                order by next_ask_time limit @limit for update skip locked)
            returning negotiation_id, next_ask_time
            """,
            new { limit, AskDurationMax, inHand = inHand.Keys.ToArray() })).AsList();
        await transaction.CommitAsync(cancellationToken);
        return taken;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(inHand.Values);
        turns.Dispose();
    }

    // What goes wrong with one question is logged and asked again; it holds up neither its caller nor the others.
    private async Task WhenItsTurnAsync(Guid negotiationId, Instant claim, CancellationToken stopping)
    {
        try
        {
            await turns.WaitAsync(stopping);
            try
            {
                await AskAsync(negotiationId, claim, stopping);
            }
            finally
            {
                turns.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The next start asks.
        }
        catch (RpcException exception)
        {
            LogUnanswered(logger, negotiationId, exception.Status.Detail);
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, negotiationId);
        }
    }

    private async Task AskAsync(Guid negotiationId, Instant claim, CancellationToken cancellationToken)
    {
        if (await ClaimAsync(negotiationId, claim, cancellationToken) is not var (row, version)) return;
        var terms = TermsReader.Read(version.Terms()).Terms
            ?? throw new InvalidOperationException($"The agreed terms of {negotiationId} cannot be read.");
        CapacityShort? shortage;
        try
        {
            shortage = await ReserveAsync(row, terms, cancellationToken);
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            await PutOffAsync(negotiationId, cancellationToken);
            throw;
        }
        if (!await RecordAsync(row, version, terms, shortage, cancellationToken) && shortage is null)
            await ReleaseAsync(row.LeaseId!.Value, cancellationToken);
    }

    // Waiting for its turn may have taken longer than the claim; null: somebody else has taken the question since.
    private async Task<(NegotiationRow Row, TermsVersionRow Version)?> ClaimAsync(
        Guid id, Instant claim, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var isClaimed = await transaction.Connection.ExecuteAsync(
            """
            update negotiation set next_ask_time = clock_timestamp() + @AskDurationMax
            where negotiation_id = @id and state = 'RESERVING' and next_ask_time = @claim
            """,
            new { id, claim, AskDurationMax });
        if (isClaimed == 0) return null;
        var row = await NegotiationBook.LoadAsync(transaction, id) ?? throw NegotiationBook.NotFound(id);
        var version = await NegotiationBook.VersionAsync(transaction, row, row.AgreedVersion);
        await transaction.CommitAsync(cancellationToken);
        return (row, version);
    }

    // False: somebody else has recorded that the capacity was not there.
    private async Task<bool> RecordAsync(
        NegotiationRow asked,
        TermsVersionRow version,
        LeaseTerms terms,
        CapacityShort? shortage,
        CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = (await NegotiationBook.LoadToChangeAsync(transaction, asked.NegotiationId))!;
        if (row.State != "RESERVING") return row.LeaseId == asked.LeaseId;
        var cause = Cause.Market(shortage is null ? "CAPACITY_RESERVED" : "CAPACITY_SHORT", transaction.Now);
        if (shortage is null)
        {
            await NegotiationBook.MoveAsync(transaction, row, V1.NegotiationState.Signed, cause);
            var signatures = (await NegotiationBook.SignaturesAsync(transaction, row.NegotiationId))[row.NegotiationId];
            await LeaseBook.OpenAsync(
                transaction, row, version, terms, signatures.Max(signature => signature.SignTime));
        }
        else
        {
            await transaction.Connection.ExecuteAsync(
                """
                update negotiation set shortfalls = @shortfalls, lease_id = null
                where negotiation_id = @NegotiationId
                """,
                new { shortfalls = shortage.ToByteArray(), row.NegotiationId });
            await NegotiationBook.MoveAsync(transaction, row, V1.NegotiationState.Short, cause);
        }
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task PutOffAsync(Guid negotiationId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await transaction.Connection.ExecuteAsync(
            "update negotiation set next_ask_time = clock_timestamp() + @Retry where negotiation_id = @negotiationId",
            new { negotiationId, Retry });
        await transaction.CommitAsync(cancellationToken);
    }

    // A question that was granted after another was refused has reserved for a lease that there will never be.
    private async Task ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) =>
        await inventory.ReleaseReservationAsync(
            new() { RequestId = DerivedId.Of("release", leaseId).ToString(), LeaseId = leaseId.ToString() },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline,
            cancellationToken: cancellationToken);

    // Null: all is reserved.
    private async Task<CapacityShort?> ReserveAsync(
        NegotiationRow row, LeaseTerms terms, CancellationToken cancellationToken)
    {
        var request = new ReserveCapacityRequest
        {
            RequestId = DerivedId.Of("reserve", row.LeaseId!).ToString(),
            LeaseId = row.LeaseId.ToString(),
            ProviderOrganisationId = row.ProviderOrganisationId.ToString(),
            BuyerOrganisationId = row.BuyerOrganisationId.ToString(),
            ListingId = row.ListingId.ToString(),
        };
        request.Tranches.Add(terms.Tranches.Select(tranche => new TrancheProfile
        {
            TrancheId = tranche.Id,
            PoolId = tranche.PoolId.ToString(),
            Steps = { tranche.CapacitySteps.Select(Step) },
        }));
        try
        {
            await inventory.ReserveCapacityAsync(
                request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline,
                cancellationToken: cancellationToken);
            return null;
        }
        catch (RpcException refusal) when (RpcErrors.ReasonOf(refusal) == "CAPACITY_SHORT")
        {
            return RpcErrors.DetailsOf(refusal)!.Details
                .FirstOrDefault(detail => detail.Is(CapacityShort.Descriptor))?.Unpack<CapacityShort>()
                    ?? new CapacityShort();
        }
        catch (RpcException refusal) when (refusal.StatusCode is StatusCode.NotFound or StatusCode.InvalidArgument)
        {
            // There is no such pool, or not on these days: of all that is wanted nothing can be had.
            return Shortage.Of(
            [
                .. from tranche in terms.Tranches
                   from step in tranche.CapacitySteps
                   where step.ContractedKw > 0
                   select FreeCapacity.Shortfall($"{tranche.PoolId}", tranche.Id, step.Days, step.ContractedKw, 0),
            ]);
        }
    }

    private static ReservedStep Step(CapacityStep step) => new()
    {
        StartDate = Wire.Date(step.Days.Start),
        EndDate = Wire.Date(step.Days.End),
        ReservedKw = step.ContractedKw,
    };

    [LoggerMessage(EventId = 1, EventName = "negotiation.reserving", Level = LogLevel.Warning,
        Message = "Inventory has not answered for negotiation {NegotiationId} and is asked again: {Reason}")]
    private static partial void LogUnanswered(ILogger logger, Guid negotiationId, string reason);

    [LoggerMessage(EventId = 2, EventName = "negotiation.reserving_failed", Level = LogLevel.Error,
        Message = "Negotiation {NegotiationId} could not be led on from RESERVING and is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid negotiationId);
}
