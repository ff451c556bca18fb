using Dapper;
using Marketplace.Leasing.Matching;
using Marketplace.Leasing.Trading;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Negotiations;

/// <summary>Signatures of both sides over the fixed bytes of the agreed version.</summary>
internal sealed class Signing(InventoryIndex index)
{
    /// <summary>Signs for the caller's side; with the second signature the negotiation is RESERVING.</summary>
    /// <returns>With the second signature: until when nobody but the caller asks Inventory.</returns>
    public async Task<Instant?> SignAsync(
        Transaction transaction, Caller caller, Guid negotiationId, int version, byte[] termsSha256)
    {
        if (caller.IsOperator)
            throw RpcErrors.PermissionDenied("ROLE_NOT_ALLOWED", "An operator runs the market and cannot sign in it.");
        var (row, party) = await NegotiationBook.FindToChangeAsync(transaction, caller, negotiationId);
        await TradingFloor.RequireOpenAsync(transaction);
        index.RequireFor(row.ListingId, row.BuyerOrganisationId);
        if (!row.Is("AGREED", transaction.Now))
            throw RpcErrors.FailedPrecondition(
                "NEGOTIATION_NOT_AGREED", $"The negotiation is {row.State}, or its time is over.");
        var agreed = await NegotiationBook.VersionAsync(transaction, row, row.AgreedVersion);
        if (version != agreed.Version || !termsSha256.AsSpan().SequenceEqual(agreed.TermsSha256))
            throw RpcErrors.FailedPrecondition("TERMS_HASH_MISMATCH",
                $"Agreed is version {agreed.Version}; compute the hash from the bytes that GetTermsVersion returns.");

        var signatures = (await NegotiationBook.SignaturesAsync(transaction, negotiationId))[negotiationId].ToList();
        if (signatures.Exists(signature => signature.Party == ProtoNames.Of(party)))
            throw RpcErrors.FailedPrecondition("ALREADY_SIGNED", "Your side has signed this version.");
        await transaction.Connection.ExecuteAsync(
            """
            insert into signature (negotiation_id, party, organisation_id, api_key_id, version, terms_sha256, sign_time)
            values (@negotiationId, @party, @OrganisationId, @ApiKeyId, @version, @termsSha256, @Now)
            """,
            new
            {
                negotiationId,
                party = ProtoNames.Of(party),
                caller.OrganisationId,
                caller.ApiKeyId,
                version,
                termsSha256,
                transaction.Now,
            });
        if (signatures.Count == 0)
        {
            await transaction.Connection.ExecuteAsync(
                "update negotiation set update_time = @Now where negotiation_id = @negotiationId",
                new { negotiationId, transaction.Now });
            return null;
        }
        var claim = await transaction.Connection.QuerySingleAsync<Instant>(
            """
            update negotiation set lease_id = @leaseId, next_ask_time = clock_timestamp() + @AskDurationMax
            where negotiation_id = @negotiationId returning next_ask_time
            """,
            new { leaseId = Guid.CreateVersion7(), negotiationId, Reserving.AskDurationMax });
        await NegotiationBook.MoveAsync(transaction, row, V1.NegotiationState.Reserving,
            new(caller.OrganisationId, caller.ApiKeyId, "BOTH_SIGNED", "", transaction.Now));
        return claim;
    }
}
