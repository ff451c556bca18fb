using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Billing.Schedules;

/// <summary>What Billing knows of a lease.</summary>
internal sealed record BilledLease
{
    private const string Columns =
        "lease_id, provider_organisation_id, buyer_organisation_id, terms_bytes, terms_sha256, end_date, lease_version";

    private SignedTerms? signed;

    public required Guid LeaseId { get; init; }
    public required Guid ProviderOrganisationId { get; init; }
    public required Guid BuyerOrganisationId { get; init; }
    public required byte[] TermsBytes { get; init; }
    public required byte[] TermsSha256 { get; init; }

    /// <summary>The day after the last service day, with the notices that were served.</summary>
    public required DateOnly EndDate { get; init; }

    /// <summary>The version of the lease's last event that is taken into account.</summary>
    public required long LeaseVersion { get; init; }

    /// <summary>The terms that were signed.</summary>
    public SignedTerms Signed => signed ??= SignedTerms.Read(TermsBytes, TermsSha256);

    /// <summary>What is due up to the lease's present end.</summary>
    public Projection Due => Signed.Projection.CutAt(EndDate);

    public LeaseParties Parties =>
        new(LeaseId, ProviderOrganisationId, BuyerOrganisationId, Signed.Terms.Currency.Code);

    /// <summary>A lease; everything else about it waits until the transaction has ended.</summary>
    public static Task<BilledLease?> LockAsync(Transaction transaction, Guid leaseId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<BilledLease?>(
            $"select {Columns} from lease where lease_id = @leaseId for update", new { leaseId });

    /// <summary>A lease that a party may see.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="leaseId">The lease.</param>
    /// <param name="organisationId">The party; null: an operator, who may see all.</param>
    public static Task<BilledLease?> FindAsync(Transaction transaction, Guid leaseId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<BilledLease?>(
            $"""
            select {Columns} from lease
            where lease_id = @leaseId
              and (@organisationId::uuid is null
                   or @organisationId in (provider_organisation_id, buyer_organisation_id))
            """,
            new { leaseId, organisationId });
}
