using Dapper;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Marketplace.Contracts;
using Marketplace.Leasing.Domain;
using Marketplace.Leasing.Matching;
using Marketplace.Leasing.Trading;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Negotiations;

/// <summary>What a side says with an offer.</summary>
internal sealed record Offer(Terms.V1.LeaseTerms Terms, string Comment, Instant ExpireTime);

/// <summary>Offers, counter-offers, and what ends or settles them.</summary>
internal sealed class Offers(InventoryIndex index)
{
    private const int VersionsMax = 100;
    private const int FieldChangesMax = 1_000;

    public async Task<Guid> OpenAsync(
        Transaction transaction, Caller caller, Guid quoteId, Func<Terms.V1.LeaseTerms, Offer> offerOf)
    {
        await TradingFloor.RequireOpenAsync(transaction);
        var quote = await Quotes.FindAsync(transaction, caller, quoteId, toTake: true);
        if (quote.State != "OPEN")
            throw RpcErrors.FailedPrecondition($"QUOTE_{quote.State}", $"The quote is {quote.State}; make a new one.");
        index.RequireFor(quote.ListingId, quote.BuyerOrganisationId);
        await Quotes.TakeAsync(transaction, quoteId);

        var quoted = Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(quote.Terms);
        var offer = OnQuotedPool(offerOf(quoted), quoted);
        var id = Guid.CreateVersion7();
        await transaction.Connection.ExecuteAsync(
            """
            insert into negotiation (negotiation_id, state, quote_id, listing_id, provider_organisation_id,
                buyer_organisation_id, latest_version, latest_offer_party, create_time, update_time, expire_time)
            values (@id, 'OPEN', @QuoteId, @ListingId, @ProviderOrganisationId, @BuyerOrganisationId, 1, 'BUYER',
                @Now, @Now, @ExpireTime)
            """,
            new
            {
                id,
                quote.QuoteId,
                quote.ListingId,
                quote.ProviderOrganisationId,
                quote.BuyerOrganisationId,
                transaction.Now,
                offer.ExpireTime,
            });
        await InsertVersionAsync(transaction, id, 1, V1.Party.Buyer, offer, quote, null);
        await NegotiationBook.RecordAsync(
            transaction, id, null, "OPEN", By(caller, "QUOTE_TAKEN", offer.Comment, transaction.Now));
        if (quote.IsBlind)
            await transaction.PublishAsync(id, aggregateVersion: 1, new ListingDisclosed
            {
                ListingId = quote.ListingId,
                BuyerOrganisationId = quote.BuyerOrganisationId,
            });
        return id;
    }

    public async Task<TermsVersionRow> MakeAsync(
        Transaction transaction, Caller caller, Guid negotiationId, int baseVersion, Offer offer)
    {
        var (row, party) = await NegotiationBook.FindToChangeAsync(transaction, caller, negotiationId);
        await TradingFloor.RequireOpenAsync(transaction);
        RequireOpen(row, transaction.Now);
        RequireLatest(row, baseVersion);
        if (row.LatestVersion == VersionsMax)
            throw RpcErrors.FailedPrecondition(
                "TOO_MANY_VERSIONS", $"A negotiation has at most {VersionsMax} versions.");
        var before = await NegotiationBook.VersionAsync(transaction, row, 0);
        var quote = await Quotes.FindAsync(
            transaction, caller with { OrganisationId = row.BuyerOrganisationId }, row.QuoteId);
        var version = row.LatestVersion + 1;
        await InsertVersionAsync(transaction, negotiationId, version, party, offer, quote, before);
        await transaction.Connection.ExecuteAsync(
            """
            update negotiation set latest_version = @version, latest_offer_party = @party, update_time = @Now,
                expire_time = @ExpireTime
            where negotiation_id = @negotiationId
            """,
            new { version, party = ProtoNames.Of(party), transaction.Now, offer.ExpireTime, negotiationId });
        return await NegotiationBook.VersionAsync(transaction, row, version);
    }

    public static async Task AcceptAsync(Transaction transaction, Caller caller, Guid negotiationId, int version)
    {
        var (row, party) = await NegotiationBook.FindToChangeAsync(transaction, caller, negotiationId);
        await TradingFloor.RequireOpenAsync(transaction);
        RequireOpen(row, transaction.Now);
        RequireLatest(row, version);
        RequireOthers(row, party);
        var latest = await NegotiationBook.VersionAsync(transaction, row, 0);
        if (TermsReader.Read(latest.Terms()) is { Terms: null } reading) throw TermsOpen(reading.Open);
        await transaction.Connection.ExecuteAsync(
            "update negotiation set agreed_version = @version where negotiation_id = @negotiationId",
            new { version, negotiationId });
        await NegotiationBook.MoveAsync(
            transaction, row, V1.NegotiationState.Agreed, By(caller, "VERSION_ACCEPTED", "", transaction.Now));
    }

    public static async Task DeclineAsync(Transaction transaction, Caller caller, Guid negotiationId, string comment)
    {
        var (row, party) = await NegotiationBook.FindToChangeAsync(transaction, caller, negotiationId);
        RequireOpen(row, transaction.Now);
        RequireOthers(row, party);
        await NegotiationBook.MoveAsync(
            transaction, row, V1.NegotiationState.Declined, By(caller, "OFFER_DECLINED", comment, transaction.Now));
    }

    public static async Task WithdrawAsync(Transaction transaction, Caller caller, Guid negotiationId, string comment)
    {
        var (row, _) = await NegotiationBook.FindToChangeAsync(transaction, caller, negotiationId);
        if (!row.Is("OPEN", transaction.Now) && !row.Is("AGREED", transaction.Now))
            throw RpcErrors.FailedPrecondition("NEGOTIATION_CLOSED", $"The negotiation is {Shown(row)}.");
        await NegotiationBook.MoveAsync(
            transaction, row, V1.NegotiationState.Withdrawn, By(caller, "SIDE_WITHDREW", comment, transaction.Now));
    }

    public static V1.TermsDifference Compare(TermsVersionRow before, TermsVersionRow after)
    {
        var changes = TermsDifference.Between(before.Terms(), after.Terms());
        return new()
        {
            NegotiationId = after.NegotiationId.ToString(),
            BaseVersion = before.Version,
            Version = after.Version,
            ChangeCount = changes.Count,
            Changes = { changes.Take(FieldChangesMax).Select(Change) },
        };
    }

    // A buyer from whom the pool is hidden until now cannot name it.
    private static Offer OnQuotedPool(Offer offer, Terms.V1.LeaseTerms quoted)
    {
        var terms = offer.Terms.Clone();
        foreach (var tranche in terms.Tranches.Where(tranche => tranche.PoolId.Length == 0))
            tranche.PoolId = quoted.Tranches.Single().PoolId;
        return offer with { Terms = terms };
    }

    private async Task InsertVersionAsync(
        Transaction transaction, Guid id, int version, V1.Party party, Offer offer, QuoteRow quote,
        TermsVersionRow? before)
    {
        var reading = TermsReader.Read(offer.Terms);
        RequireOfferable(reading, offer.Terms, quote);
        RequirePools(offer.Terms, quote);
        var cost = reading.Terms is { } terms
            ? ContractCost.Of(terms, transaction.Now.InZone(terms.Zone).Date.ToDateOnly())
            : null;
        var bytes = FixedTerms.Fix(offer.Terms);
        var row = new TermsVersionRow
        {
            NegotiationId = id,
            Version = version,
            Party = ProtoNames.Of(party),
            Comment = offer.Comment,
            TermsBytes = bytes.Bytes,
            TermsSha256 = bytes.Sha256,
            CurrencyCode = offer.Terms.CurrencyCode,
            TotalMinorUnits = cost?.Total,
            FirmMinorUnits = cost?.Firm,
            CreateTime = transaction.Now,
            ExpireTime = offer.ExpireTime,
        };
        var difference = before is null ? [] : Compare(before, row).ToByteArray();
        await transaction.Connection.ExecuteAsync(
            """
            insert into terms_version (negotiation_id, version, party, comment, terms_bytes, terms_sha256, difference,
                currency_code, total_minor_units, firm_minor_units, create_time, expire_time)
            values (@NegotiationId, @Version, @Party, @Comment, @TermsBytes, @TermsSha256, @difference,
                @CurrencyCode, @TotalMinorUnits, @FirmMinorUnits, @CreateTime, @ExpireTime)
            """,
            new
            {
                row.NegotiationId,
                row.Version,
                row.Party,
                row.Comment,
                row.TermsBytes,
                row.TermsSha256,
                difference,
                row.CurrencyCode,
                row.TotalMinorUnits,
                row.FirmMinorUnits,
                row.CreateTime,
                row.ExpireTime,
            });
        await NegotiationExpiryWork.ScheduleAsync(transaction, id, version, offer.ExpireTime);
    }

    private static void RequireOfferable(TermsReading reading, Terms.V1.LeaseTerms terms, QuoteRow quote)
    {
        var violations = reading.Violations.ToList();
        for (var i = 0; i < terms.Tranches.Count; i++)
        {
            if (terms.Tranches[i].PoolId.Length == 0)
                violations.Add(
                    new($"tranches[{i}].pool_id", TermsReasons.Required, "Name the pool that supplies the tranche."));
        }
        var siteZone = Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(quote.Terms).TimeZone;
        if (terms.TimeZone.Length > 0 && terms.TimeZone != siteZone)
            violations.Add(new("time_zone", "NOT_SITE_TIME_ZONE", $"The lease's zone is the site's: {siteZone}."));
        if (violations.Count > 0) throw RpcErrors.InvalidFields([.. violations.Select(Field)]);
        if (reading.Unsupported.Count == 0) return;

        var badRequest = new BadRequest();
        badRequest.FieldViolations.Add(reading.Unsupported.Select(finding => new BadRequest.Types.FieldViolation
        {
            Field = $"terms.{finding.Field}",
            Reason = finding.Reason,
            Description = finding.Message,
        }));
        var message = string.Join(
            " ", reading.Unsupported.Select(finding => $"terms.{finding.Field}: {finding.Message}"));
        throw RpcErrors.Error(StatusCode.InvalidArgument, TermsReasons.UnsupportedTerm, message, [], badRequest);
    }

    private void RequirePools(Terms.V1.LeaseTerms terms, QuoteRow quote)
    {
        var quoted = Marketplace.Terms.V1.LeaseTerms.Parser.ParseFrom(quote.Terms).Tranches.Select(
            tranche => tranche.PoolId).ToHashSet();
        var provider = quote.ProviderOrganisationId.ToString();
        foreach (var tranche in terms.Tranches)
        {
            var pool = tranche.PoolId;
            if (!quoted.Contains(pool) && !index.Offers(provider, pool, quote.BuyerOrganisationId))
                throw RpcErrors.FailedPrecondition("POOL_NOT_OFFERED",
                    $"The provider offers the buyer nothing on the pool {pool} of tranche {tranche.TrancheId}.",
                    ("pool_id", pool));
        }
    }

    private static RpcErrors.FieldError Field(TermsFinding finding) => new(
        finding.Field.Length == 0 ? "terms" : $"terms.{finding.Field}", finding.Reason, finding.Message);

    private static RpcException TermsOpen(IReadOnlyList<TermsFinding> open)
    {
        var failure = new PreconditionFailure();
        failure.Violations.Add(open.Select(finding => new PreconditionFailure.Types.Violation
        {
            Type = finding.Reason,
            Subject = finding.Field,
            Description = finding.Message,
        }));
        var message = "Some terms are still open: " + string.Join(
            " ", open.Select(finding => $"{finding.Field}: {finding.Message}"));
        return RpcErrors.Error(StatusCode.FailedPrecondition, "TERMS_OPEN", message, [], failure);
    }

    private static void RequireOpen(NegotiationRow row, Instant now)
    {
        if (!row.Is("OPEN", now)) throw RpcErrors.FailedPrecondition(
            "NEGOTIATION_NOT_OPEN", $"The negotiation is {Shown(row)}.");
    }

    private static void RequireLatest(NegotiationRow row, int version)
    {
        if (version != row.LatestVersion)
            throw RpcErrors.Error(StatusCode.Aborted, "VERSION_OUTDATED",
                $"The latest version is {row.LatestVersion}; read it and decide again.",
                [("latest_version", $"{row.LatestVersion}")]);
    }

    private static void RequireOthers(NegotiationRow row, V1.Party party)
    {
        if (row.LatestOfferParty == ProtoNames.Of(party))
            throw RpcErrors.FailedPrecondition(
                "OWN_OFFER", "The latest version is your own; the other side decides on it.");
    }

    private static string Shown(NegotiationRow row) =>
        row.State is "OPEN" or "AGREED" ? $"{row.State}, and its time is over" : row.State;

    private static Cause By(Caller caller, string reason, string comment, Instant now) =>
        new(caller.OrganisationId, caller.ApiKeyId, reason, comment, now);

    private static V1.FieldChange Change(TermsChange change) => new()
    {
        Field = change.Field,
        Kind = change.Before is null ? V1.FieldChangeKind.Added
            : change.After is null ? V1.FieldChangeKind.Removed
            : V1.FieldChangeKind.Changed,
        BeforeJson = FieldJson.Of(change.Field, change.Before),
        AfterJson = FieldJson.Of(change.Field, change.After),
    };
}
