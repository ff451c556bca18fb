using Dapper;
using Google.Protobuf;
using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Lifecycle;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Leasing.Negotiations;

/// <summary>
/// Leads a negotiation on from RESERVING: asks Inventory for the whole profile, outside of any transaction and
/// idempotent by the lease's id, and then records what it answered. Whoever asks twice, or asks after a crash, gets the
/// same answer.
/// </summary>
internal sealed class Reserving(
    Database database, CapacityReservationService.CapacityReservationServiceClient inventory)
{
    /// <summary>
    /// For how long one who asks keeps others from asking. A refusal is not remembered by Inventory, so a second
    /// question beside the first could be granted after the first was refused.
    /// </summary>
    public static readonly TimeSpan AskDurationMax = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Asks Inventory and records the answer. Only for one who keeps others from asking; without an answer the
    /// negotiation stays as it is and is asked for again after a second.
    /// </summary>
    /// <exception cref="RpcException">Inventory gave no answer.</exception>
    public async Task FinishAsync(Guid negotiationId, CancellationToken cancellationToken)
    {
        var (row, version) = await ReadAsync(negotiationId, cancellationToken);
        if (row.State != "RESERVING") return;
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

    /// <summary>Takes negotiations that nobody is asking Inventory for, and keeps others from it.</summary>
    public async Task<IReadOnlyList<Guid>> TakeUnansweredAsync(int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var taken = (await transaction.Connection.QueryAsync<Guid>(
            """
            update negotiation set next_ask_time = clock_timestamp() + @AskDurationMax
            where negotiation_id in (
                select negotiation_id from negotiation
                where state = 'RESERVING' and next_ask_time < clock_timestamp()
                order by next_ask_time limit @limit for update skip locked)
            returning negotiation_id
            """,
            new { limit, AskDurationMax })).AsList();
        await transaction.CommitAsync(cancellationToken);
        return taken;
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

    private async Task<(NegotiationRow Row, TermsVersionRow Version)> ReadAsync(
        Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await NegotiationBook.LoadAsync(transaction, id) ?? throw NegotiationBook.NotFound(id);
        return (row, await NegotiationBook.VersionAsync(transaction, row, row.AgreedVersion));
    }

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
}
