using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Billing.Books;

/// <summary>A ledger account as it is read: its balance follows from its legs.</summary>
internal sealed record AccountReading
{
    private const string Select =
        """
        select account.*, sums.debit_amount, sums.credit_amount
        from ledger_account as account
        cross join lateral (
            select coalesce(sum(amount) filter (where amount > 0), 0)::bigint as debit_amount,
                   coalesce(-sum(amount) filter (where amount < 0), 0)::bigint as credit_amount
            from ledger_leg where ledger_leg.ledger_account_id = account.ledger_account_id
        ) as sums
        where (@organisationId::uuid is null or account.organisation_id = @organisationId)
        """;

    public Guid LedgerAccountId { get; init; }
    public AccountKind Kind { get; init; }
    public Guid? OrganisationId { get; init; }
    public required string CurrencyCode { get; init; }
    public long DebitAmount { get; init; }
    public long CreditAmount { get; init; }
    public Instant CreateTime { get; init; }

    public static Task<AccountReading?> FindAsync(Transaction transaction, Guid accountId, Guid? organisationId) =>
        transaction.Connection.QuerySingleOrDefaultAsync<AccountReading?>(
            $"{Select} and ledger_account_id = @accountId", new { accountId, organisationId });

    /// <summary>Accounts in the order of their ids, one more than the page holds if there are more.</summary>
    public static async Task<List<AccountReading>> ListAsync(
        Transaction transaction, Page page, Guid? organisationId, Guid? ofOrganisationId, int? kind) =>
        (await transaction.Connection.QueryAsync<AccountReading>(
            $"""
            {Select}
              and (@ofOrganisationId::uuid is null or account.organisation_id = @ofOrganisationId)
              and (@kind::int is null or kind = @kind)
              and (@After::uuid is null or ledger_account_id > @After)
            order by ledger_account_id limit @limit
            """,
            new { organisationId, ofOrganisationId, kind, page.After, limit = page.Size + 1 })).AsList();
}
